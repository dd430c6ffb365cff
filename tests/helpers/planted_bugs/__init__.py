"""Augmentations with one fault each, beside correct twins."""
