"""Random numbers of texts, and words within chunks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgen.modalities.text._kernels.numbers import BatchNumbers, first_gaps, item_numbers, thin_positions
from pairgen.modalities.text._kernels.words import Core, core_of
from pairgen.random import Stream

SEEDS = st.integers(0, 2**32)
RATIOS = st.floats(0.01, 0.99)


@given(SEEDS)
def test_the_first_number_is_the_first_of_the_sequence(seed):
    alone = item_numbers(Stream(seed, index=7).fold_in("a"))
    batch = BatchNumbers(Stream(seed, index=np.array([3, 7])).fold_in("a"))
    assert next(alone) == batch.first()[1] == next(batch.of(1))


@given(SEEDS, RATIOS, st.integers(0, 30))
def test_a_first_gap_beyond_the_words_means_that_none_is_taken(seed, ratio, count):
    numbers = BatchNumbers(Stream(seed, index=[0]))
    gap = int(first_gaps(numbers.first(), ratio)[0])
    taken = thin_positions(count, ratio, numbers.of(0))
    assert taken[:1] == [gap] * (gap < count)


@given(st.text(st.characters(categories=["L"]), min_size=1))
def test_letters_alone_are_a_word_of_any_script(letters):
    assert core_of(letters) == Core(letters, letters.lower(), 0, len(letters))


@given(st.text(st.characters(categories=["L"]), min_size=1))
def test_punctuation_around_a_word_is_not_of_it(letters):
    assert core_of(f"({letters}),") == Core(letters, letters.lower(), 1, 1 + len(letters))


@pytest.mark.parametrize("chunk", ["", "7", "192.168.1.1", "example.com", "U.S.", "a@b.org", "snake_case", "x2"])
def test_what_is_no_word_has_no_core(chunk):
    assert core_of(chunk) is None
