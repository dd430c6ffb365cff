"""Keyed randomness: streams of draws, and random arrays that are computed where the item lives."""

from pairgen.random.arrays import RandomArray
from pairgen.random.stream import Index, Integers, Numbers, Size, Stream, key_of

__all__ = ["Index", "Integers", "Numbers", "RandomArray", "Size", "Stream", "key_of"]
