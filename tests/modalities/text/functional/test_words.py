"""Words within chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgen.modalities.text._kernels.words import Core, core_of


@given(st.text(st.characters(categories=["L"]), min_size=1))
def test_letters_alone_are_a_word_of_any_script(letters):
    assert core_of(letters) == Core(letters, letters.lower(), 0, len(letters))


@given(st.text(st.characters(categories=["L"]), min_size=1))
def test_punctuation_around_a_word_is_not_of_it(letters):
    assert core_of(f"({letters}),") == Core(letters, letters.lower(), 1, 1 + len(letters))


@pytest.mark.parametrize("chunk", ["", "7", "192.168.1.1", "example.com", "U.S.", "a@b.org", "snake_case", "x2"])
def test_what_is_no_word_has_no_core(chunk):
    assert core_of(chunk) is None
