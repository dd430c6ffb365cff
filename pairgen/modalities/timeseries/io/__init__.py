"""Convert user items to the internal representation and back."""
