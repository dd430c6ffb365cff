"""Pure functions of strings and numbers that the text augmentations are built from."""
