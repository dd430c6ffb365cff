"""Pairs: from items to two views each, and into the loaders that users have."""

from pairgen.pairs.loader import PairLoader
from pairgen.pairs.pair import Pair, PairBatch, Skipped
from pairgen.pairs.sampler import PairSampler

__all__ = ["Pair", "PairBatch", "PairLoader", "PairSampler", "Skipped"]
