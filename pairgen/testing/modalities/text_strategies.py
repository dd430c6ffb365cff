"""Hypothesis strategies for texts of every kind. Needs hypothesis (the extra `testing`)."""

from __future__ import annotations

import torch
from hypothesis import strategies as st

from pairgen.batch import PaddedBatch, pad

__all__ = ["batches", "ids", "padded_ids", "sentences", "texts"]

_WORDS = """
the a an old big dogs walked quickly children answer questions city largest is was I He Paris NASA don't it's John's
well-known 192.168.1.1 https://example.com/a_b?c=d me@example.org 3.14 1990s U.S. e.g. (see) "quoted" end. Why? naïve
Straße \u043f\u0440\u0438\u0432\u0435\u0442 你好 مرحبا שלום 👩\u200d👩\u200d👧 🇩🇪 e\u0301te\u0301 _x_ #tag @name c++ a/b
"""
_SPACES = (" ", "  ", "\n", "\t", "\u00a0", " \r\n", "\u2003")


@st.composite
def sentences(draw: st.DrawFn, max_words: int = 12) -> str:
    """Words, names, addresses, numbers and scripts of all kinds between white space of all kinds."""
    words = draw(st.lists(st.sampled_from(_WORDS.split()), max_size=max_words))
    ends = st.sampled_from(["", *_SPACES])
    spaces = [draw(ends), *(draw(st.sampled_from(_SPACES)) for _ in words[1:])]
    return "".join(space + word for space, word in zip(spaces, words, strict=bool(words))) + draw(ends)


def texts() -> st.SearchStrategy[str]:
    """Sentences, and text of any characters at all, empty ones among both; no lone surrogates."""
    return st.one_of(sentences(), st.text(max_size=40))


def batches(min_size: int = 0, max_size: int = 5) -> st.SearchStrategy[list[str]]:
    """Lists of texts."""
    return st.lists(texts(), min_size=min_size, max_size=max_size)


@st.composite
def ids(draw: st.DrawFn, vocabulary: int = 50, max_length: int = 12, min_length: int = 0) -> torch.Tensor:
    """Token ids below `vocabulary`: int64 or int32 tensors (L,)."""
    values = draw(st.lists(st.integers(0, vocabulary - 1), min_size=min_length, max_size=max_length))
    return torch.tensor(values, dtype=draw(st.sampled_from([torch.int64, torch.int32])))


def padded_ids(vocabulary: int = 50) -> st.SearchStrategy[PaddedBatch]:
    """Batches of one to four sequences of token ids of unequal length, int64."""
    rows = st.lists(st.lists(st.integers(0, vocabulary - 1), max_size=8), min_size=1, max_size=4)
    return rows.map(lambda values: pad([torch.tensor(row, dtype=torch.int64) for row in values]))
