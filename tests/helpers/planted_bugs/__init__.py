"""Augmentations with one bug each, beside correct ones."""
