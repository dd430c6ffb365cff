"""Convert user items to the internal representation and back, and read them from files."""
