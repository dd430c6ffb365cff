"""Named pipelines for texts.

All take `tokenizer` (its JSON text, see `train_tokenizer`) and `max_length`: with a tokenizer the loader's workers turn
views into token ids, `PaddedBatch` (B, L); without one batches are lists of strings, which encoders tokenize.
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
from pairgen.modalities.text.lexicon.lexicon import LexiconSource
from pairgen.modalities.text.tokens import Tokenize
from pairgen.modality import Recipe

__all__ = ["crop", "eda", "evaluation", "simcse", "synonyms"]


def _symmetric(view: Augmentation, tokenizer: str | None, max_length: int) -> Recipe:
    return Recipe(view, view, None if tokenizer is None else Tokenize(tokenizer, max_length))


def synonyms(
    ratio: float = 0.1,
    senses: int | None = None,
    lexicon: LexiconSource | None = None,
    tokenizer: str | None = None,
    max_length: int = 128,
) -> Recipe:
    """Replace words by synonyms that agree with them in part of speech and form.

    Args:
        ratio: Probability, in [0, 1], with which each word that has synonyms is replaced.
        senses: Only synonyms in that many senses of a word, the most frequent first; None for all.
        lexicon: What `open_lexicon` takes; None for WordNet.
        tokenizer: JSON text of a tokenizer; None leaves the views strings.
        max_length: Tokens a text, at least 1; longer texts are cut.
    """
    return _symmetric(Compose([SynonymSwap(ratio, senses=senses, lexicon=lexicon)]), tokenizer, max_length)


def eda(
    ratio: float = 0.1,
    lexicon: LexiconSource | None = None,
    tokenizer: str | None = None,
    max_length: int = 128,
) -> Recipe:
    """Easy data augmentation (Wei and Zou 2019): synonyms, insertion, swap or deletion, one of them an item.

    Unlike in the paper's code, case and punctuation stay.

    Args:
        ratio: The paper's alpha: ratio of the words that changes, in [0, 1].
        lexicon: What `open_lexicon` takes; None for WordNet.
        tokenizer: JSON text of a tokenizer; None leaves the views strings.
        max_length: Tokens a text, at least 1; longer texts are cut.
    """
    operations = [SynonymSwap(ratio, lexicon=lexicon), SynonymInsertion(ratio, lexicon=lexicon), WordSwap(ratio)]
    return _symmetric(OneOf([*operations, WordDropout(ratio)]), tokenizer, max_length)


def simcse(tokenizer: str | None = None, max_length: int = 128) -> Recipe:
    """Unsupervised SimCSE (Gao et al. 2021): the text twice; the encoder's dropout makes the features differ.

    Args:
        tokenizer: JSON text of a tokenizer; None leaves the views strings.
        max_length: Tokens a text, at least 1; longer texts are cut.
    """
    return _symmetric(Identity(), tokenizer, max_length)


def crop(scale: Range = (0.5, 1.0), tokenizer: str | None = None, max_length: int = 128) -> Recipe:
    """Keep a run of consecutive words, as in DeCLUTR (Giorgi et al. 2021).

    Args:
        scale: Ratio of the words that is kept, in (0, 1]: a number, or a pair (low, high) from which it is drawn.
        tokenizer: JSON text of a tokenizer; None leaves the views strings.
        max_length: Tokens a text, at least 1; longer texts are cut.
    """
    return _symmetric(SpanCrop(scale), tokenizer, max_length)


def evaluation(tokenizer: str | None = None, max_length: int = 128) -> Recipe:
    """Return the text as it is, for evaluation.

    Args:
        tokenizer: JSON text of a tokenizer; None leaves the views strings.
        max_length: Tokens a text, at least 1; longer texts are cut.
    """
    return _symmetric(Identity(), tokenizer, max_length)
