"""Operations on batches of tensors, arrays, lists and types that a modality registers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from pairgen.batch import NodeEncoder, SequenceEncoder, SequenceFeatures, concat, put, stack, take, unbatch

BATCHES = {
    "tensor": torch.arange(6.0).reshape(3, 2),
    "bytes": torch.arange(6, dtype=torch.uint8).reshape(3, 2),
    "array": np.arange(6).reshape(3, 2),
    "list": [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])],
}
EACH = pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)


def rows(batch) -> list[list[float]]:
    return [item.tolist() for item in unbatch(batch)]


@EACH
def test_rows_are_taken_by_mask_and_by_position(batch) -> None:
    by_mask = take(batch, np.array([True, False, True]))
    by_position = take(batch, np.array([0, 2]))
    assert type(by_mask) is type(batch)
    assert rows(by_mask) == rows(by_position) == [[0, 1], [4, 5]]
    assert rows(take(batch, np.array([2, 0, 0]))) == [[4, 5], [0, 1], [0, 1]]
    assert rows(take(batch, np.zeros(3, bool))) == []


@EACH
def test_rows_are_put_into_a_copy(batch) -> None:
    items = take(batch, np.array([2, 1]))
    changed = put(batch, np.array([True, False, True]), items)
    assert rows(changed) == [[4, 5], [2, 3], [2, 3]]
    assert rows(batch) == [[0, 1], [2, 3], [4, 5]]


@EACH
def test_items_are_stacked_to_a_batch_of_the_same_type(batch) -> None:
    again = stack(batch, list(unbatch(batch)))
    assert type(again) is type(batch)
    assert rows(again) == rows(batch)
    empty = take(batch, np.zeros(3, bool))
    assert len(stack(empty, [])) == 0


def test_batches_are_concatenated_where_they_fit() -> None:
    tensor = BATCHES["tensor"]
    assert concat(tensor, tensor).shape == (6, 2)
    assert concat(tensor, torch.ones(3, 4)) is None
    assert concat(tensor, [1]) is None
    assert concat([1], [2, 3]) == [1, 2, 3]
    assert concat([1], (2,)) is None
    assert concat("a", "b") is None


@pytest.mark.parametrize("items", [torch.ones(2, 3), torch.ones(2, 2, dtype=torch.float64)])
def test_items_of_another_shape_or_dtype_are_refused(items) -> None:
    with pytest.raises(ValueError, match="must keep their shape and dtype"):
        put(BATCHES["tensor"], np.array([0, 1]), items)


@dataclass
class Unknown:
    name: str = "a"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: take(Unknown(), np.array([0])), "cannot take rows of a batch of type Unknown.*take.register"),
        (
            lambda: put(Unknown(), np.array([0]), Unknown()),
            "cannot put rows into a batch of type Unknown.*put.register",
        ),
        (lambda: stack(Unknown(), []), "cannot stack items to a batch of type Unknown.*stack.register"),
    ],
)
def test_an_unknown_type_is_an_error_that_says_how_to_register_it(call, message) -> None:
    with pytest.raises(TypeError, match=message):
        call()


def test_a_batch_type_is_registered_by_its_annotation() -> None:
    class Names:
        def __init__(self, names: str) -> None:
            self.names = names

    def take_names(batch: Names, where: np.ndarray) -> Names:
        return Names("".join(batch.names[i] for i in where))

    take.register(Names, take_names)
    assert take(Names("abc"), np.array([2, 0])).names == "ca"


def test_encoders_are_recognized_by_what_they_give() -> None:
    class Steps(torch.nn.Module):
        out_features = 4

        def steps(self, views):
            return SequenceFeatures(views, torch.tensor([1]))

    assert isinstance(Steps(), SequenceEncoder)
    assert not isinstance(Steps(), NodeEncoder)
    assert not isinstance(torch.nn.Linear(2, 2), SequenceEncoder)
