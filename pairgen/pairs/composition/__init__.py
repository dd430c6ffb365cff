"""Compositions: which items meet in a batch."""

from pairgen.pairs.composition.base import BatchPlan, ComposedBatches, Composition
from pairgen.pairs.composition.groups import ByLength, Grouped
from pairgen.pairs.composition.hard import HardBatches
from pairgen.pairs.composition.mixed import Mixed
from pairgen.pairs.composition.spread import NoDuplicates, PerClass

__all__ = [
    "BatchPlan",
    "ByLength",
    "ComposedBatches",
    "Composition",
    "Grouped",
    "HardBatches",
    "Mixed",
    "NoDuplicates",
    "PerClass",
]
