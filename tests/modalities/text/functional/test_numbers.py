"""What tells at once that a text stays as it is agrees with the numbers that would be drawn for it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pairgen.modalities.text.functional.numbers import Numbers, first_gaps, thinned
from pairgen.randomness import Stream

SEEDS = st.integers(0, 2**32)
RATES = st.floats(0.01, 0.99)


@given(SEEDS)
def test_the_first_number_is_the_first_of_the_sequence(seed):
    stream = Stream(seed, index=7)
    one, many = Numbers(stream.child("a")), Numbers(Stream(seed, index=np.array([3, 7])).child("a"))
    assert one.first()[0] == next(one.of()) == many.first()[1] == next(many.of(1))


@given(SEEDS, RATES, st.integers(0, 30))
def test_a_first_gap_beyond_the_words_means_that_none_is_taken(seed, rate, count):
    numbers = Numbers(Stream(seed))
    gap = int(first_gaps(numbers.first(), rate)[0])
    taken = thinned(count, rate, numbers.of())
    assert taken[:1] == [gap] * (gap < count)
