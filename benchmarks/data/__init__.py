"""Real data for the subjects, or stand-ins of the same form."""
