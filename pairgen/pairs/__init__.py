"""Pairs: from items to views, or from items that belong together, into the batches and the loaders that users have."""

from pairgen.pairs.composition import (
    BatchPlan,
    ByLength,
    Composition,
    Grouped,
    HardBatches,
    Mixed,
    NoDuplicates,
    PerClass,
)
from pairgen.pairs.composition.report import BatchReport, batch_report
from pairgen.pairs.loader import PairLoader
from pairgen.pairs.member import Member
from pairgen.pairs.mining import MinedNegatives, MiningReport, mine_negatives
from pairgen.pairs.pair import Pair, PairBatch, Skipped
from pairgen.pairs.pair_sample import PairColumnNames, PairItem
from pairgen.pairs.sampler import PairSampler

__all__ = [
    "BatchPlan",
    "BatchReport",
    "ByLength",
    "Composition",
    "Grouped",
    "HardBatches",
    "Member",
    "MinedNegatives",
    "MiningReport",
    "Mixed",
    "NoDuplicates",
    "Pair",
    "PairBatch",
    "PairColumnNames",
    "PairItem",
    "PairLoader",
    "PairSampler",
    "PerClass",
    "Skipped",
    "batch_report",
    "mine_negatives",
]
