"""The arithmetic of text: pure functions of strings and numbers, without policy."""

from __future__ import annotations

from pairgen.modalities.text._kernels.articles import article_before
from pairgen.modalities.text._kernels.edits import Edit, Edits, splice
from pairgen.modalities.text._kernels.numbers import Numbers, chosen, numbers_of, thinned
from pairgen.modalities.text._kernels.words import case_of, core_of, recased, spans_of

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
