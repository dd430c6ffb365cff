"""What all augmentations of strings share: they draw edits, and an edit is applied by splicing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pairgen.augmentation import Augmentation
from pairgen.augmentation.params import ItemParams
from pairgen.modalities.text._kernels.edits import Edits, splice
from pairgen.modalities.text._kernels.numbers import Numbers, numbers_of
from pairgen.modalities.text.io.codec import check_text
from pairgen.random import Stream

__all__ = ["TextAugmentation", "checked_count", "checked_rate"]


class TextAugmentation(Augmentation):
    """An augmentation of texts: `str`, and batches that are lists of `str`.

    A subclass gives `edits`: what to change, as a function of the text and of uniform random numbers. The params are
    these edits, so a view can be replayed without the lexicon it was made with. All that no edit touches stays
    byte-identical.
    """

    @abstractmethod
    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """The edits to a text, in order. numbers: uniform in [0, 1), without end; take as many as needed."""

    def draw(self, item: Any, rng: Stream) -> Any:
        """Edits of one text; for many, `ItemParams` of them."""
        if rng.is_batched:
            return ItemParams(tuple(self.edits_of_many(item, Numbers(rng))))
        return self.edits(check_text(item), numbers_of(rng))

    def edits_of_many(self, texts: Sequence[str], numbers: Numbers) -> Iterable[Edits]:
        """The `edits` of each text, each with its own numbers; for subclasses that have a shorter way to many."""
        return (self.edits(text, numbers.of(i)) for i, text in enumerate(texts))

    def apply(self, item: str, params: Edits) -> str:
        """The text with the edits made."""
        return splice(item, params)

    def apply_batch(self, batch: Sequence[str], params: ItemParams) -> list[str]:
        """The texts, each with its own edits."""
        return [splice(text, edits) for text, edits in zip(batch, params.items, strict=True)]


def checked_rate(name: str, rate: Any) -> float:
    """A probability in [0, 1]; ValueError or TypeError with the name for anything else."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)):
        raise TypeError(f"{name} is a number in [0, 1], got {rate!r}")
    if not 0 <= rate <= 1:
        raise ValueError(f"{name} lies in [0, 1], got {rate}; 0.1 means one in ten")
    return float(rate)


def checked_count(name: str, count: Any, least: int = 0) -> int:
    """A whole number of at least `least`; ValueError or TypeError with the name for anything else."""
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{name} is a whole number, got {count!r}")
    if count < least:
        raise ValueError(f"{name} is at least {least}, got {count}")
    return count
