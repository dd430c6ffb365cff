"""The named pipelines for texts.

All take `tokenizer` (its JSON text, see `train_tokenizer`) and `max_length`: with a tokenizer the loader's
workers turn views into token ids, `PaddedBatch` (B, L); without one batches are lists of strings, which encoders tokenise.
"""

from __future__ import annotations

from pairgen.augmentation import Augmentation, Compose, OneOf, Range
from pairgen.modalities.text.augmentations import (
    Identity,
    SpanCrop,
    SynonymInsertion,
    SynonymSwap,
    WordDropout,
    WordSwap,
)
from pairgen.modalities.text.tokens import Tokenize
from pairgen.modality import Recipe

__all__ = ["crop", "eda", "evaluation", "simcse", "synonyms"]


def _symmetric(view: Augmentation, tokenizer: str | None, max_length: int) -> Recipe:
    return Recipe(view, view, None if tokenizer is None else Tokenize(tokenizer, max_length))


def synonyms(
    rate: float = 0.1,
    senses: int | None = None,
    lexicon: str | None = None,
    tokenizer: str | None = None,
    max_length: int = 128,
) -> Recipe:
    """Synonyms from WordNet, one word in ten, of all senses; part of speech and form agree."""
    return _symmetric(Compose([SynonymSwap(rate, senses=senses, lexicon=lexicon)]), tokenizer, max_length)


def eda(rate: float = 0.1, lexicon: str | None = None, tokenizer: str | None = None, max_length: int = 128) -> Recipe:
    """Easy data augmentation (Wei and Zou 2019): synonyms, insertion, swap or deletion, one of them an item.

    rate: the paper's alpha, the share of words that changes. Unlike its code, case and punctuation stay.
    """
    operations = [SynonymSwap(rate, lexicon=lexicon), SynonymInsertion(rate, lexicon=lexicon), WordSwap(rate)]
    return _symmetric(OneOf([*operations, WordDropout(rate)]), tokenizer, max_length)


def simcse(tokenizer: str | None = None, max_length: int = 128) -> Recipe:
    """Unsupervised SimCSE (Gao et al. 2021): the text twice; the encoder's dropout tells the views apart."""
    return _symmetric(Identity(), tokenizer, max_length)


def crop(scale: Range = (0.5, 1.0), tokenizer: str | None = None, max_length: int = 128) -> Recipe:
    """A run of consecutive words, as in Declutr (Giorgi et al. 2021). scale: the share of the words that is kept."""
    return _symmetric(SpanCrop(scale), tokenizer, max_length)


def evaluation(tokenizer: str | None = None, max_length: int = 128) -> Recipe:
    """The text as it is, for evaluation."""
    return _symmetric(Identity(), tokenizer, max_length)
