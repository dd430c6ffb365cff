"""What the batches of a loader hold: padding, false negatives, items that are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pairgen.pairs.batch_sampler import ShardedSampler
from pairgen.pairs.composition.base import BatchPlan, ComposedBatches, IntArray
from pairgen.pairs.composition.groups import check_lengths
from pairgen.pairs.composition.values import ValuesLike, encode, labels_of, values_of

if TYPE_CHECKING:
    from pairgen.pairs.loader import PairLoader

__all__ = ["BatchReport", "batch_report"]


@dataclass(frozen=True)
class BatchReport:
    """What the batches of one epoch hold, on this rank.

    Args:
        batches: Number of batches.
        items: Items read, repeats included.
        smallest: Items of the smallest batch.
        left_out: Items of the dataset that the epoch does not read; with several ranks, those that this one does not.
        repeated: Items read again.
        false_negatives: Ratio of the ordered pairs of two items of a batch that have the same label, in [0, 1]: what a
            loss without labels takes for negatives wrongly. None without labels.
        padding: Ratio of the steps of padded batches that are padding, in [0, 1). None without lengths.
    """

    batches: int
    items: int
    smallest: int
    left_out: int
    repeated: int
    false_negatives: float | None
    padding: float | None


def batch_report(
    loader: PairLoader, *, labels: ValuesLike | None = None, lengths: ValuesLike | None = None
) -> BatchReport:
    """Report what the batches of the loader's current epoch hold, without reading an item.

    Args:
        loader: A loader over a map-style dataset, with `batches=` or in the order of this package.
        labels: N labels, the name of a column, or a function of a sample; None for those of the dataset, or of its
            composition.
        lengths: N lengths; None for those of `ByLength`.

    Raises:
        ValueError: The loader has an order or batches of its own, which reading would advance, or reads a stream.

    Example:
        ```python
        loader = sampler.loader(dataset, batch_size=64, batches=ByLength(lengths))
        print(batch_report(loader).padding)
        ```
    """
    keyed = loader.batch_sampler
    if keyed is None or not isinstance(keyed.sampler, (ShardedSampler, ComposedBatches)):
        raise ValueError(
            "batch_report reads the batches of a map-style dataset in an order of this package: batches=, shuffle, or "
            "neither; the batches of another order are not known before they are read"
        )
    dataset = loader.dataset
    plan = keyed.sampler.plan if isinstance(keyed.sampler, ComposedBatches) else None
    codes = _labels(dataset, labels, plan)
    sizes = _lengths(dataset, lengths, plan)
    tally = _Tally(np.zeros(len(dataset), dtype=np.int32), codes, sizes)
    for batch in keyed.batches:
        tally.add(np.asarray(batch, dtype=np.int64))
    return tally.report()


class _Tally:
    """Counts over the batches of an epoch."""

    def __init__(
        self, seen: npt.NDArray[np.int32], codes: IntArray | None, lengths: npt.NDArray[np.float64] | None
    ) -> None:
        self.seen, self.codes, self.lengths = seen, codes, lengths
        self.sizes: list[int] = []
        self.same = self.pairs = self.steps = self.used = 0.0

    def add(self, batch: IntArray) -> None:
        """Add a batch of indices."""
        np.add.at(self.seen, batch, 1)
        self.sizes.append(len(batch))
        self.pairs += len(batch) * (len(batch) - 1)
        if self.codes is not None:
            counts = np.unique(self.codes[batch], return_counts=True)[1]
            self.same += float((counts * (counts - 1)).sum())
        if self.lengths is not None:
            lengths = self.lengths[batch]
            self.steps += float(lengths.max(initial=0)) * len(batch)
            self.used += float(lengths.sum())

    def report(self) -> BatchReport:
        """Return the report of what was added."""
        return BatchReport(
            batches=len(self.sizes),
            items=sum(self.sizes),
            smallest=min(self.sizes),
            left_out=int(np.count_nonzero(self.seen == 0)),
            repeated=int(np.maximum(self.seen - 1, 0).sum()),
            false_negatives=None if self.codes is None or not self.pairs else self.same / self.pairs,
            padding=None if self.lengths is None or not self.steps else 1 - self.used / self.steps,
        )


def _labels(dataset: Any, given: ValuesLike | None, plan: BatchPlan | None) -> IntArray | None:
    if given is not None:
        return encode(values_of(dataset, given, "labels"), "the label")
    values = labels_of(dataset)
    if values is not None:
        return encode(values, "the label")
    return None if plan is None else plan.labels


def _lengths(dataset: Any, given: ValuesLike | None, plan: BatchPlan | None) -> npt.NDArray[np.float64] | None:
    if given is not None:
        return check_lengths(values_of(dataset, given, "lengths"))
    return None if plan is None else plan.lengths
