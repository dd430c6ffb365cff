"""Lexicon of synonyms: compiled once from WordNet or a user's own words, then mapped into memory."""

from __future__ import annotations

from pairgen.modalities.text.lexicon.download import prepare_lexicon
from pairgen.modalities.text.lexicon.lexicon import LANGUAGES, Lexicon, open_lexicon
from pairgen.modalities.text.lexicon.types import FORMS, FORMS_OF, POS, Candidate, Reading
from pairgen.modalities.text.lexicon.wordnet import LexiconNotFoundError, find_wordnet

__all__ = [
    "FORMS",
    "FORMS_OF",
    "LANGUAGES",
    "POS",
    "Candidate",
    "Lexicon",
    "LexiconNotFoundError",
    "Reading",
    "find_wordnet",
    "open_lexicon",
    "prepare_lexicon",
]
