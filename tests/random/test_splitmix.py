"""The hash of elements: known answers, its implementations against each other, and ragged draws from a random array."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.random import Stream
from pairgen.random._splitmix import GOLDEN, mix, mix_int, mix_numpy, mix_torch, signed

WORDS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20)

# The reference implementation's first numbers from seed 1234567 (Vigna, splitmix64.c).
KNOWN = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


def test_known_answers_of_the_reference() -> None:
    states = np.uint64(1234567) + np.arange(1, 6, dtype=np.uint64) * np.uint64(GOLDEN)
    assert mix_numpy(states).tolist() == KNOWN


@given(WORDS)
def test_numpy_and_torch_give_the_same_bits(words: list[int]) -> None:
    there = torch.tensor(words, dtype=torch.int64)
    by_numpy = mix_numpy(there.numpy().view(np.uint64)).view(np.int64)
    assert np.array_equal(mix_torch(there).numpy(), by_numpy)
    assert np.array_equal(mix(there).numpy(), by_numpy)
    assert np.array_equal(mix(there.numpy()), by_numpy)
    assert [signed(mix_int(word % 2**64)) for word in words] == by_numpy.tolist()


@given(st.integers(-(2**70), 2**70))
def test_signed_keeps_64_bits(word: int) -> None:
    assert -(2**63) <= signed(word) < 2**63
    assert (signed(word) - word) % 2**64 == 0


def ragged(sizes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """(number, owner) of the elements of items of those sizes."""
    return np.concatenate([np.arange(n) for n in sizes]), np.repeat(np.arange(len(sizes)), sizes)


@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy])
def test_an_element_has_the_same_bits_alone_and_in_any_batch(convert) -> None:
    number, owner = ragged([3, 1, 5])
    array = Stream(0, index=[4, 9, -2]).array()
    together = np.asarray(array.ragged(convert(number), convert(owner)))
    for i, key in enumerate([4, 9, -2]):
        alone = Stream(0, index=key).array()
        mine = number[owner == i]
        assert np.array_equal(np.asarray(alone.ragged(convert(mine))), together[owner == i])
        assert np.array_equal(np.asarray(array[i].ragged(convert(mine))), together[owner == i])
        assert np.array_equal(np.asarray(alone.batch_of_one().ragged(convert(mine))), together[owner == i])


def test_items_draws_and_elements_have_bits_of_their_own() -> None:
    stream = Stream(0, index=np.arange(50))
    number, owner = ragged([40] * 50)
    words = [stream.array().ragged(number, owner), stream.array().ragged(number, owner)]
    assert len(np.unique(np.concatenate(words))) == 4000


def test_the_bits_are_uniform_and_neighbors_independent() -> None:
    number, owner = ragged([1000] * 40)
    words = Stream(3, index=np.arange(40)).array().ragged(number, owner)
    ratios = ((words[:, None] >> np.arange(64)) & 1).mean(axis=0)
    assert np.all(np.abs(ratios - 0.5) < 5 * 0.5 / np.sqrt(len(words)))
    unit = (words.view(np.uint64) >> np.uint64(11)) * 2.0**-53
    assert abs(np.corrcoef(unit[:-1], unit[1:])[0, 1]) < 5 / np.sqrt(len(words))
    by_item = unit.reshape(40, 1000)
    assert abs(np.corrcoef(by_item[:-1].ravel(), by_item[1:].ravel())[0, 1]) < 5 / np.sqrt(len(words))


@pytest.mark.gpu
def test_an_element_has_the_same_bits_on_cuda() -> None:
    number, owner = map(torch.from_numpy, ragged([30, 1, 500]))
    array = Stream(0, index=np.arange(3)).array()
    assert torch.equal(array.ragged(number.cuda(), owner.cuda()).cpu(), array.ragged(number, owner))
