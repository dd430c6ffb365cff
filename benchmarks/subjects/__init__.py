"""The subjects: every module here defines `SUBJECT` and is found by its file name."""
