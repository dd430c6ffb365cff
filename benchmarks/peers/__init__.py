"""The work of each subject as other libraries do it."""
