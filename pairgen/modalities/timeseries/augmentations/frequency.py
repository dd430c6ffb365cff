"""Augmentations in the frequency domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.modalities.timeseries import _kernels
from pairgen.modalities.timeseries.augmentations.base import SeriesAugmentation, checked_pair, seed_of
from pairgen.modalities.timeseries.batch.segments import Segments
from pairgen.random import Stream

__all__ = ["FrequencyPerturbation"]


@dataclass(frozen=True)
class FrequencyPerturbation(SeriesAugmentation):
    """Take some frequencies away and strengthen others (Zhang et al. 2022, TF-C, section 4.2). The mean stays.

    removed, added: the share of the frequencies, each in [0, 1]. strength: the largest amplitude that is added, in
    units of the largest one of the channel, in [0, 2].
    """

    removed: float = 0.1
    added: float = 0.1
    strength: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_pair("removed", self.removed, 0, 1)
        checked_pair("added", self.added, 0, 1)
        checked_pair("strength", self.strength, 0, 2)

    def draw(self, item: Any, rng: Stream) -> Any:
        """The seed of the choice: int, or int64 (B,)."""
        return seed_of(rng)

    def apply_batch(self, batch: Segments, params: Any) -> Segments:
        """(B, T, C) -> the same shape and lengths."""
        return _kernels.perturb_frequencies(batch, self.removed, self.added, self.strength, params)
