"""The hash: Random123's known answers, and its three implementations against each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.random._philox import philox_block, philox_numpy, philox_torch

WORD = st.integers(0, 2**32 - 1)
INDEX = st.integers(-(2**63), 2**63 - 1)

# Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds: counter, key, words.
KNOWN = [
    ("00000000 " * 4, "00000000 " * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff " * 4, "ffffffff " * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers_of_random123(counter: str, key: str, expected: str) -> None:
    assert philox_block(words(counter), words(key)) == words(expected)


@given(st.lists(INDEX, min_size=1, max_size=4), WORD, st.integers(1, 5), st.tuples(WORD, WORD))
def test_three_implementations_give_the_same_words(
    index: list[int], call: int, blocks: int, key: tuple[int, int]
) -> None:
    array = np.array(index, dtype=np.int64)
    by_numpy = philox_numpy(array, call, blocks, key)
    by_torch = philox_torch(torch.from_numpy(array), call, blocks, key)
    one_by_one = [
        [w for b in range(blocks) for w in philox_block((b, call, i & 0xFFFFFFFF, (i >> 32) & 0xFFFFFFFF), key)]
        for i in index
    ]
    assert by_numpy.tolist() == one_by_one
    assert by_torch.tolist() == one_by_one


@pytest.mark.gpu
def test_cuda_gives_the_same_words() -> None:
    index = torch.arange(-500, 500)
    expected = philox_torch(index, 3, 7, (1, 2))
    assert torch.equal(philox_torch(index.cuda(), 3, 7, (1, 2)).cpu(), expected)


def test_no_index_gives_no_words() -> None:
    assert philox_numpy(np.zeros(0, np.int64), 0, 2, (0, 0)).shape == (0, 8)
    assert philox_torch(torch.zeros(0, dtype=torch.int64), 0, 2, (0, 0)).shape == (0, 8)
