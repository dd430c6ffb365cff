"""The queue of keys against Python's own deque."""

from __future__ import annotations

from collections import deque

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.methods.key_queue import KeyQueue


@given(size=st.integers(0, 9), batches=st.lists(st.integers(0, 12), max_size=8))
def test_it_holds_the_newest_keys_whatever_its_size_and_the_batches(size: int, batches: list[int]) -> None:
    queue, reference = KeyQueue(size, 2), deque[int](maxlen=size)
    seen = 0
    for n in batches:
        index = torch.arange(seen, seen + n)
        queue.push(torch.stack([index, -index], dim=1).float(), index)
        reference.extend(index.tolist())
        seen += n
        keys, held = queue.read()
        assert len(queue) == len(held) == len(reference)
        assert sorted(held.tolist()) == sorted(reference)
        assert torch.equal(keys, torch.stack([held, -held], dim=1).float())


def test_what_was_read_stays_when_the_queue_moves_on() -> None:
    queue = KeyQueue(2, 1)
    queue.push(torch.ones(2, 1), torch.arange(2))
    keys, _ = queue.read()
    queue.push(torch.zeros(2, 1), torch.arange(2))
    assert keys.sum() == 2


def test_it_is_saved_and_goes_on_where_it_was() -> None:
    one, other = KeyQueue(3, 1), KeyQueue(3, 1)
    one.push(torch.ones(2, 1), torch.tensor([7, 8]))
    other.load_state_dict(one.state_dict())
    for queue in (one, other):
        queue.push(torch.zeros(2, 1), torch.tensor([9, 10]))
    assert sorted(other.read()[1].tolist()) == sorted(one.read()[1].tolist()) == [8, 9, 10]


@pytest.mark.parametrize("size", [-1, 2.5, True])
def test_a_size_that_is_no_number_of_keys_is_refused(size: object) -> None:
    with pytest.raises(ValueError, match="queue is"):
        KeyQueue(size, 4)  # type: ignore[arg-type]
