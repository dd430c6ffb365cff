"""Padded batches: what a batch of sequences of unequal length keeps, and the operations on it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

from pairgen.batch import PaddedBatch, SequenceFeatures, concat, pad, put, stack, take


def ragged(*lengths: int, channels: int = 2) -> list[torch.Tensor]:
    return [torch.full((channels, n), float(k + 1)) for k, n in enumerate(lengths)]


def test_padding_is_zero_and_items_come_back_as_they_were() -> None:
    items = ragged(3, 1, 5)
    batch = pad(items, axis=-1)
    assert batch.values.shape == (3, 2, 5)
    assert batch.lengths.tolist() == [3, 1, 5]
    assert not batch.values.mul(~batch.mask()[:, None]).any()
    for k, item in enumerate(items):
        torch.testing.assert_close(batch.item(k), item)


def test_rows_are_taken_and_put_back_even_if_they_became_longer() -> None:
    batch = pad(ragged(3, 1, 5), axis=-1)
    where = np.array([True, False, True])
    taken = take(batch, where)
    assert taken.lengths.tolist() == [3, 5]
    longer = pad([torch.ones(2, 7), torch.ones(2, 2)], axis=-1)
    changed = put(batch, where, longer)
    assert changed.lengths.tolist() == [7, 1, 2]
    assert changed.values.shape == (3, 2, 7)
    assert batch.lengths.tolist() == [3, 1, 5]


def test_two_batches_are_joined_and_items_stacked() -> None:
    both = concat(pad(ragged(3), axis=-1), pad(ragged(1, 4), axis=-1))
    assert both.lengths.tolist() == [3, 1, 4]
    assert both.values.shape == (3, 2, 4)
    again = stack(both, [both.item(k) for k in range(3)])
    torch.testing.assert_close(again.values, both.values)
    assert concat(pad(ragged(3), axis=-1), pad(ragged(3, channels=1), axis=-1)) is None


def test_the_mask_of_features_is_true_for_valid_steps() -> None:
    steps = SequenceFeatures(torch.zeros(2, 3, 4), torch.tensor([1, 3]))
    assert steps.mask().tolist() == [[True, False, False], [True, True, True]]


def test_a_padded_batch_pickles_and_moves() -> None:
    batch = pickle.loads(pickle.dumps(pad(ragged(2, 1), axis=-1))).to("cpu")
    assert len(batch) == 2
    assert batch.device.type == "cpu"


def test_what_does_not_fit_is_refused_with_the_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(1, 3\)"):
        pad([torch.ones(2, 3), torch.ones(1, 3)], axis=-1)
    with pytest.raises(ValueError, match="at least one"):
        pad([])
    with pytest.raises(ValueError, match="one length a sequence"):
        PaddedBatch(torch.ones(2, 3), torch.tensor([3]))


def test_the_sequences_of_a_batch_come_without_their_padding():
    batch = pad([torch.ones(2, 1), torch.ones(3, 1)])
    assert [len(sequence) for sequence in batch] == [2, 3]
