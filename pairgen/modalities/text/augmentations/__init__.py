"""The text augmentations, by subject: synonyms, deletion, order, characters, token ids."""

from __future__ import annotations

from pairgen.modalities.text.augmentations.base import TextAugmentation
from pairgen.modalities.text.augmentations.characters import CharacterNoise
from pairgen.modalities.text.augmentations.deletion import SpanCrop, WordDropout
from pairgen.modalities.text.augmentations.identity import Identity
from pairgen.modalities.text.augmentations.insertion import SynonymInsertion
from pairgen.modalities.text.augmentations.order import SentenceShuffle, WordSwap
from pairgen.modalities.text.augmentations.synonyms import SynonymSwap
from pairgen.modalities.text.augmentations.tokens import TokenSwap, TokenTable

__all__ = [
    "CharacterNoise",
    "Identity",
    "SentenceShuffle",
    "SpanCrop",
    "SynonymInsertion",
    "SynonymSwap",
    "TextAugmentation",
    "TokenSwap",
    "TokenTable",
    "WordDropout",
    "WordSwap",
]
