"""Pairs: from items to views, or from items that belong together, and into the loaders that users have."""

from pairgen.pairs.loader import PairLoader
from pairgen.pairs.member import Member
from pairgen.pairs.pair import Pair, PairBatch, Skipped
from pairgen.pairs.pair_sample import PairColumnNames, PairItem
from pairgen.pairs.sampler import PairSampler

__all__ = ["Member", "Pair", "PairBatch", "PairColumnNames", "PairItem", "PairLoader", "PairSampler", "Skipped"]
