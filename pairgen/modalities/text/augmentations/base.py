"""Base of all augmentations of strings: they draw edits, and an edit is applied by splicing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from pairgen.augmentation import Augmentation
from pairgen.augmentation.params import ItemParams, Params
from pairgen.modalities.text._kernels.numbers import BatchNumbers, item_numbers
from pairgen.modalities.text._kernels.words import Edits, splice
from pairgen.modalities.text.io.codec import check_string
from pairgen.random import Stream

__all__ = ["TextAugmentation"]


class TextAugmentation(Augmentation[str, Edits]):
    """An augmentation of strings, and of batches that are lists of strings.

    A subclass gives `edits`: what to change, as a function of the text and of uniform random numbers. The params are
    these edits, so a view can be replayed without the lexicon it was made with. All that no edit touches stays
    byte-identical.

    Example:
        >>> from pairgen.random import Stream
        >>> from pairgen.modalities.text._kernels.words import Edit
        >>> class Shout(TextAugmentation):
        ...     def edits(self, text, numbers):
        ...         return (Edit(0, len(text), text.upper()),) if next(numbers) < 0.5 else ()
        >>> sorted({Shout()("a dog", Stream(0, index=i)) for i in range(20)})
        ['A DOG', 'a dog']
    """

    @abstractmethod
    def edits(self, text: str, numbers: Iterator[float]) -> Edits:
        """Return the edits to a text, in order.

        Args:
            text: The text.
            numbers: Uniform in [0, 1), without end; take as many as needed.
        """

    def draw(self, item: str | Sequence[str], rng: Stream) -> Params:
        """Draw the edits of one text; for a stream of many keys, `ItemParams` of them.

        Raises:
            TypeError: The item is no string.
        """
        if rng.is_batched:
            return ItemParams(tuple(self.edits_of_batch(item, BatchNumbers(rng))))
        return self.edits(check_string(item), item_numbers(rng))

    def edits_of_batch(self, texts: Sequence[str], numbers: BatchNumbers) -> Iterable[Edits]:
        """Return the `edits` of each text; for subclasses that have a shorter way to many."""
        return (self.edits(text, numbers.of(i)) for i, text in enumerate(texts))

    def apply(self, item: str, params: Edits) -> str:
        """Return the text with the edits applied."""
        return splice(item, params)

    def apply_batch(self, batch: Sequence[str], params: ItemParams) -> list[str]:
        """Return the texts, each with its own edits."""
        return [splice(text, edits) for text, edits in zip(batch, params.items, strict=True)]
