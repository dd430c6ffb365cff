"""Synonym augmentations: which words are eligible, what replaces them, and the two augmentations."""
