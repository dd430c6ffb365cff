"""A torch `DataLoader` over `wrap_dataset` needs no collate function."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, Subset, get_worker_info

import pairgen
from pairgen.pairs import Pair, PairBatch

ITEMS = {
    "image": [np.full((8, 8, 3), i, np.uint8) for i in range(6)],
    "audio": [np.sin(np.arange(4_000) / (i + 1)).astype(np.float32) for i in range(6)],
    "timeseries": [np.sin(np.arange(30) / (i + 1)).astype(np.float32)[:, None] for i in range(6)],
    "graph": [nx.path_graph(4 + i) for i in range(6)],
    "text": [f"a text with the number {i}" for i in range(6)],
}


@pytest.mark.parametrize("modality", list(ITEMS))
def test_a_loader_without_a_collate_function_gives_the_sampler_s_batches(modality: str) -> None:
    sampler = pairgen.PairSampler(modality, recipe="eval")
    pairs = sampler.wrap_dataset([(item, i % 2) for i, item in enumerate(ITEMS[modality])])
    batches = list(DataLoader(pairs, batch_size=4))
    expected = list(DataLoader(pairs, batch_size=4, collate_fn=sampler.collate))
    assert [batch.index.tolist() for batch in batches] == [[0, 1, 2, 3], [4, 5]]
    for batch, same in zip(batches, expected, strict=True):
        assert isinstance(batch, PairBatch)
        assert batch.label.tolist() == same.label.tolist()
        assert type(batch.first) is type(same.first)
        if isinstance(batch.first, torch.Tensor):
            assert torch.equal(batch.first, same.first)


def test_subsets_workers_and_left_out_items_work_without_a_collate_function() -> None:
    items = [np.zeros(0, np.float32), *ITEMS["audio"]]
    sampler = pairgen.PairSampler("audio", recipe="eval", on_error="skip")
    subset = Subset(sampler.wrap_dataset(items), [0, 3, 1])
    (batch,) = DataLoader(subset, batch_size=3, num_workers=1)
    assert batch.index.tolist() == [3, 1]
    assert [left_out.index for left_out in batch.skipped] == [0]


class Stream(IterableDataset):
    """The items of a modality, behind one another, of which each worker takes its share."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        return iter(self.items[first::step])


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("modality", list(ITEMS))
def test_an_iterable_dataset_needs_no_collate_function(modality: str, workers: int) -> None:
    sampler = pairgen.PairSampler(modality, recipe="eval")
    pairs = sampler.wrap_dataset(Stream(ITEMS[modality]))
    batches = list(DataLoader(pairs, batch_size=2, num_workers=workers))
    expected = list(DataLoader(pairs, batch_size=2, num_workers=workers, collate_fn=sampler.collate))
    assert sum(map(len, batches)) == len(ITEMS[modality])
    assert [batch.index.tolist() for batch in batches] == [batch.index.tolist() for batch in expected]
    assert all(type(batch.first) is type(same.first) for batch, same in zip(batches, expected, strict=True))


def test_a_stream_that_begins_with_a_left_out_item_is_collated() -> None:
    sampler = pairgen.PairSampler("audio", recipe="eval", on_error="skip")
    (batch,) = DataLoader(sampler.wrap_dataset(Stream([np.zeros(0, np.float32), *ITEMS["audio"][:2]])), batch_size=3)
    assert (len(batch), len(batch.skipped)) == (2, 1)


def test_pairs_of_a_stream_pickle_and_copy_as_plain_pairs() -> None:
    pair = next(iter(pairgen.PairSampler("image", recipe="eval").wrap_dataset(Stream(ITEMS["image"]))))
    for other in (pickle.loads(pickle.dumps(pair)), copy.deepcopy(pair)):
        assert type(other) is Pair
        assert other.index == pair.index
