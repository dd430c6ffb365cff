"""Scripts that the processes of a test run: `python -m tests.workers.NAME`."""
