"""Items of one index are told apart, by whatever way they come into a batch."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import ChainDataset, ConcatDataset, DataLoader, IterableDataset

import pairgen
from pairgen.methods import MoCo, Siamese
from pairgen.pairs import PairBatch, PairSampler
from pairgen.pairs._identity import identity_of
from tests.helpers.method_toys import linear
from tests.helpers.toy import Series, SeriesData


def sampler(**options) -> PairSampler:
    return PairSampler(Series(), "whole", seed=7, **options)


class Other(SeriesData):
    """Other items of the same indices, by position or as they say themselves."""

    def __init__(self, n: int, by: float = 100.0, says_index: bool = False) -> None:
        super().__init__(n)
        self.by = by
        self.says_index = says_index

    def __getitem__(self, i):
        value, label = super().__getitem__(i)
        return (i, value + self.by, label) if self.says_index else (value + self.by, label)


class Rows(IterableDataset):
    def __init__(self, data) -> None:
        self.data = data

    def __iter__(self):
        return ((i, self.data[i][-2]) for i in range(len(self.data)))


def concatenated(make: PairSampler, **options):
    both = ConcatDataset([make.wrap_dataset(SeriesData(6)), make.wrap_dataset(Other(6))])
    return DataLoader(both, batch_size=6, collate_fn=make.collate, **options)


WAYS = {
    "wrapped and concatenated": concatenated,
    "in two workers": lambda make: concatenated(make, num_workers=2),
    "of two samplers": lambda make: DataLoader(
        ConcatDataset([make.wrap_dataset(SeriesData(6)), sampler().wrap_dataset(Other(6))]),
        batch_size=6,
        collate_fn=make.collate,
    ),
    "loader of indexed items": lambda make: make.loader(ConcatDataset([Other(6, b, True) for b in (0.0, 100.0)]), 6),
    "in whole batches": lambda make: make.loader(
        ConcatDataset([Other(6, b, True) for b in (0.0, 100.0)]), 6, batched=True
    ),
    "stream": lambda make: make.loader(ChainDataset([Rows(SeriesData(6)), Rows(Other(6))]), 6),
    "wrapped loader of indices": lambda make: make.wrap_loader(
        DataLoader(ConcatDataset([Other(6, b, True) for b in (0.0, 100.0)]), batch_size=6)
    ),
    "collated": lambda make: DataLoader(
        ConcatDataset([Other(6, b, True) for b in (0.0, 100.0)]), batch_size=6, collate_fn=make.collate_items
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_items_of_one_index_have_ids_of_their_own_the_same_in_each_epoch(way) -> None:
    loader = way(sampler())
    passes = [list(loader) for _ in range(2)]
    for batches in passes:
        assert [batch.index.tolist() for batch in batches] == [list(range(6))] * 2
    ids = [torch.cat([batch.item_id for batch in batches]) for batches in passes]
    assert len(ids[0].unique()) == 12
    assert torch.equal(*ids)


def test_positions_of_a_wrapped_loader_are_no_items() -> None:
    rows = torch.arange(24, dtype=torch.float64).reshape(6, 4)
    wrapped = sampler().wrap_loader(DataLoader(rows, batch_size=3, shuffle=True))  # type: ignore[arg-type]
    ids = torch.cat([batch.item_id for _ in range(3) for batch in wrapped])
    assert len(ids.unique()) == 18


def test_a_batch_made_by_hand_is_told_by_its_indices() -> None:
    batch = PairBatch(torch.ones(2, 1), torch.ones(2, 1), torch.tensor([4, 9]))
    assert batch.item_id.tolist() == [4, 9]
    known = replace(batch, identity=torch.tensor([1, 2])).to(torch.float16)
    assert known.item_id.tolist() == [1, 2]


def test_moco_keeps_the_negatives_of_other_items_with_the_same_indices() -> None:
    first, second = concatenated(sampler())

    def loss(*batches: PairBatch) -> torch.Tensor:
        torch.manual_seed(0)
        method = MoCo(linear(4), 4, queue=12).double()
        return torch.stack([method.loss(batch) for batch in batches])[-1]

    apart = [replace(batch, identity=None, index=batch.index + 10 * i) for i, batch in enumerate((first, second))]
    torch.testing.assert_close(loss(first, second), loss(*apart))
    by_index = [replace(batch, identity=None) for batch in (first, second)]
    torch.testing.assert_close(loss(first, first), loss(by_index[0], by_index[0]))  # the same item is no negative
    assert (loss(*by_index) - loss(*apart)).abs() > 1e-3  # so the comparisons above can fail


@pytest.mark.parametrize("make", [lambda: Siamese(linear(4), None, pairs="view"), lambda: MoCo(linear(4), 4, queue=0)])
def test_two_items_of_one_index_in_a_batch_are_not_one(make) -> None:
    first, second = concatenated(sampler())
    rows = torch.cat([first.first[:2], second.first[:2]]), torch.cat([first.second[:2], second.second[:2]])
    ids = torch.cat([first.item_id[:2], second.item_id[:2]])
    index = torch.tensor([0, 1, 0, 1])

    def loss(batch: PairBatch) -> torch.Tensor:
        torch.manual_seed(0)
        return make().double().loss(batch)

    together = loss(PairBatch(*rows, index, identity=ids))
    torch.testing.assert_close(together, loss(PairBatch(*rows, ids)))
    assert (together - loss(PairBatch(*rows, index))).abs() > 1e-6


def test_webdataset_keys_that_restart_in_each_shard_are_other_items(tmp_path) -> None:
    wds = pytest.importorskip("webdataset")
    rng = np.random.default_rng(0)
    for shard in range(2):
        with tarfile.open(tmp_path / f"{shard}.tar", "w") as tar:
            for key in range(4):
                content = io.BytesIO()
                np.save(content, rng.normal(size=(50, 2)).astype(np.float32))
                entry = tarfile.TarInfo(f"{key:04}.npy")
                entry.size = content.tell()
                content.seek(0)
                tar.addfile(entry, content)
    shards = [str(tmp_path / f"{shard}.tar") for shard in range(2)]
    data = wds.WebDataset(shards, shardshuffle=False, empty_check=False).decode().rename(timeseries="npy")
    loader = pairgen.PairSampler("timeseries", "jitter-scale").loader(data, 4)
    passes = [list(loader) for _ in range(2)]
    index, ids = (torch.cat([getattr(batch, name) for batch in passes[0]]) for name in ("index", "item_id"))
    assert len(index.unique()) == 4
    assert len(ids.unique()) == 8
    assert torch.equal(ids, torch.cat([batch.item_id for batch in passes[1]]))


def test_an_item_is_told_from_its_like_by_any_part_of_it() -> None:
    base = {"x": torch.zeros(3, 2000), "name": "a", "more": [1.0, (b"z", np.arange(4))]}
    others = [
        {**base, "x": torch.ones(3, 2000)},
        {**base, "x": torch.zeros(2000, 3)},
        {**base, "x": torch.zeros(3, 2000, dtype=torch.bfloat16)},
        {**base, "name": "b"},
        {**base, "more": [1.0, (b"z", np.arange(5))]},
        {**base, "more": [1.5, (b"z", np.arange(4))]},
    ]
    assert len({identity_of(3, item) for item in (base, *others)}) == 7
    assert identity_of(3, base) == identity_of(3, {**base, "x": torch.zeros(3, 2000)}) != identity_of(4, base)
