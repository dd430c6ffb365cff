"""Side by side with the peers: `python -m benchmarks SUBJECT`, one module a subject."""
