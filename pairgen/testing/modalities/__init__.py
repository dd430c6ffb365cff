"""Strategies of items, and what the augmentations of each built-in modality promise."""
