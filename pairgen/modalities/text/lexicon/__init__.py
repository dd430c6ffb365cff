"""The synonym lexicon: compiled once from WordNet or a user's own words, then mapped into memory."""

from __future__ import annotations

from pairgen.modalities.text.lexicon.forms import FORMS, FORMS_OF, POS, Candidate, Reading
from pairgen.modalities.text.lexicon.opening import LANGUAGES, Lexicon, open_lexicon
from pairgen.modalities.text.lexicon.preparing import prepare_lexicon
from pairgen.modalities.text.lexicon.sources import LexiconNotFoundError, find_wordnet

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
