"""What tells at once that a text stays as it is agrees with the numbers that would be drawn for it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pairgen.modalities.text._kernels.numbers import Numbers, first_gaps, numbers_of, thinned
from pairgen.random import Stream

SEEDS = st.integers(0, 2**32)
RATES = st.floats(0.01, 0.99)


@given(SEEDS)
def test_the_first_number_is_the_first_of_the_sequence(seed):
    one = numbers_of(Stream(seed, index=7).child("a"))
    many = Numbers(Stream(seed, index=np.array([3, 7])).child("a"))
    assert next(one) == many.first()[1] == next(many.of(1))


@given(SEEDS, RATES, st.integers(0, 30))
def test_a_first_gap_beyond_the_words_means_that_none_is_taken(seed, rate, count):
    numbers = Numbers(Stream(seed, index=[0]))
    gap = int(first_gaps(numbers.first(), rate)[0])
    taken = thinned(count, rate, numbers.of(0))
    assert taken[:1] == [gap] * (gap < count)
