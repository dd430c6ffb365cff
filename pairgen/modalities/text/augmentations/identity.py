"""`Identity`: both views are the text itself; what makes them differ is the dropout of the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.augmentation import Augmentation
from pairgen.random import Stream

__all__ = ["Identity"]


@dataclass(frozen=True)
class Identity(Augmentation):
    """The item as it is: SimCSE's positive pair (Gao et al. 2021), told apart by dropout in the encoder alone.

    The encoder has to be in training mode and to have dropout, else the two views have the same features.
    """

    def draw(self, item: Any, rng: Stream) -> None:
        """Nothing is random here."""
        return

    def apply(self, item: Any, params: None) -> Any:
        """The item."""
        return item

    def apply_batch(self, batch: Any, params: None) -> Any:
        """The batch."""
        return batch
