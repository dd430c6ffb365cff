"""`Identity`: both views are the text itself; what makes them differ is the dropout of the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pairgen.augmentation import Augmentation
from pairgen.batch import PaddedBatch
from pairgen.modalities.text.io.codec import DecodedText
from pairgen.random import Stream

__all__ = ["Identity"]


@dataclass(frozen=True)
class Identity(Augmentation[DecodedText, None]):
    """Return the item as it is: SimCSE's positive pair (Gao et al. 2021), which only dropout in the encoder varies.

    The encoder has to be in training mode and to have dropout, else the two views have the same features.

    Example:
        >>> from pairgen.random import Stream
        >>> Identity()("a dog", Stream(0))
        'a dog'
    """

    def draw(self, item: DecodedText | Sequence[str] | PaddedBatch, rng: Stream) -> None:
        """Return None: nothing is random."""
        return

    def apply(self, item: DecodedText, params: None) -> DecodedText:
        """Return the item."""
        return item

    def apply_batch(self, batch: Sequence[str] | PaddedBatch, params: None) -> Sequence[str] | PaddedBatch:
        """Return the batch."""
        return batch
