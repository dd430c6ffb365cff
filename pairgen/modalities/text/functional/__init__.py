"""The arithmetic of text: pure functions of strings and numbers, without policy."""

from __future__ import annotations

from pairgen.modalities.text.functional.articles import article_before
from pairgen.modalities.text.functional.edits import Edit, Edits, splice
from pairgen.modalities.text.functional.numbers import Numbers, chosen, numbers_of, thinned
from pairgen.modalities.text.functional.words import case_of, core_of, recased, spans_of

__all__ = [
    "Edit",
    "Edits",
    "Numbers",
    "article_before",
    "case_of",
    "chosen",
    "core_of",
    "numbers_of",
    "recased",
    "spans_of",
    "splice",
    "thinned",
]
