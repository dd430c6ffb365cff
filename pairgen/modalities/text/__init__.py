"""Texts: items, augmentations, the synonym lexicon, recipes, encoders, reader and drawing.

>>> from pairgen.modalities.text import WordDropout, modality
>>> modality.recipes.names()
['crop', 'eda', 'none', 'simcse', 'slides']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pairgen.modalities.text.plugin import TextModality, modality

if TYPE_CHECKING:
    from pairgen.modalities.text.augmentations import (
        CharacterNoise,
        Identity,
        SentenceShuffle,
        SpanCrop,
        SynonymInsertion,
        SynonymSwap,
        TextAugmentation,
        TokenSwap,
        TokenTable,
        WordDropout,
        WordSwap,
    )
    from pairgen.modalities.text.lexicon import Lexicon, LexiconNotFoundError, open_lexicon
    from pairgen.modalities.text.tokens import Tokenize, token_table, train_tokenizer

__all__ = [
    "CharacterNoise",
    "Identity",
    "Lexicon",
    "LexiconNotFoundError",
    "SentenceShuffle",
    "SpanCrop",
    "SynonymInsertion",
    "SynonymSwap",
    "TextAugmentation",
    "TextModality",
    "TokenSwap",
    "TokenTable",
    "Tokenize",
    "WordDropout",
    "WordSwap",
    "modality",
    "open_lexicon",
    "token_table",
    "train_tokenizer",
]

_ROOMS = {
    "lexicon": ("Lexicon", "LexiconNotFoundError", "open_lexicon"),
    "tokens": ("Tokenize", "token_table", "train_tokenizer"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = next((room for room, names in _ROOMS.items() if name in names), "augmentations")
    return getattr(import_module(f"{__name__}.{room}"), name)
