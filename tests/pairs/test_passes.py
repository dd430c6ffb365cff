"""Passes of a loader: each `iter()` is a whole one, and only a state continues one."""

from __future__ import annotations

import itertools
import json

import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    IterableDataset,
    RandomSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

from pairgen.pairs import PairSampler
from tests.helpers.toy import Series, SeriesData


def sampler(**options) -> PairSampler:
    return PairSampler(Series(), "whole", **{"seed": 11, **options})


class Stream(IterableDataset):
    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return -(-self.n // 4)

    def __iter__(self):
        return ((i, SeriesData(self.n)[i][0]) for i in range(self.n))


def indices(batches) -> list[int]:
    return [i for batch in batches for i in batch.index.tolist()]


DATA = {"map-style": SeriesData(10), "iterable": Stream(10)}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_a_consumer_that_takes_exactly_the_batches_of_a_pass_gets_as_many_in_the_next(data, workers) -> None:
    def by_next(loader):
        batches = iter(loader)
        return [next(batches) for _ in range(3)]

    takes = (
        lambda loader: [batch for _, batch in zip(range(3), loader, strict=False)],
        lambda loader: list(itertools.islice(loader, 3)),
        by_next,
    )
    if workers:
        takes = takes[1:2]
    options = {"num_workers": workers if data is DATA["map-style"] else 0}
    whole = [list(loader) for loader in [sampler().loader(data, 4, **options)] for _ in range(3)]
    for take in takes:
        loader = sampler().loader(data, 4, **options)
        for epoch in range(3):
            batches = take(loader)
            assert indices(batches) == list(range(10))
            assert all(torch.equal(b.first, w.first) for b, w in zip(batches, whole[epoch], strict=True))


def test_a_look_at_a_batch_and_an_error_in_the_loop_lose_no_batch_of_the_next_pass() -> None:
    loader = sampler().loader(SeriesData(10), 4, shuffle=True)
    next(iter(loader))
    next(iter(loader))
    assert sorted(indices(loader)) == list(range(10))

    def train() -> None:
        for _ in loader:
            raise MemoryError

    with pytest.raises(MemoryError):
        train()
    assert sorted(indices(loader)) == list(range(10))


def test_a_pass_that_is_broken_off_is_followed_by_the_next_epoch() -> None:
    loader = sampler().loader(SeriesData(10), 4)
    first, second = ([batch.first for batch in itertools.islice(loader, 2)] for _ in range(2))
    assert len(first) == len(second) == 2
    assert not torch.equal(first[0], second[0])
    loader.set_epoch(0)
    assert torch.equal(next(iter(loader)).first, first[0])


def test_two_passes_at_once_do_not_disturb_each_other() -> None:
    loader = sampler().loader(SeriesData(10), 4)
    one = iter(loader)
    next(one)
    other = iter(loader)
    next(other)
    assert indices(one) == list(range(4, 10))
    assert loader.state_dict()["epoch"] == 1
    assert indices(other) == list(range(4, 10))


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_a_state_taken_after_the_last_batch_continues_with_the_next_epoch(data) -> None:
    loader = sampler().loader(data, 4)
    states = [loader.state_dict() for _ in loader]
    expected = [batch.first for batch in loader]
    resumed = sampler().loader(data, 4)
    resumed.load_state_dict(json.loads(json.dumps(states[-1])))
    batches = list(resumed)
    assert indices(batches) == list(range(10))
    assert all(torch.equal(batch.first, first) for batch, first in zip(batches, expected, strict=True))


def test_a_state_before_batches_that_were_left_out_whole_continues_with_the_next_epoch() -> None:
    data = SeriesData(10, bad=frozenset({8, 9}))
    loader = sampler(on_error="skip").loader(data, 4)
    with pytest.warns(UserWarning, match="2 items were left out"):
        states = [loader.state_dict() for _ in loader]
    resumed = sampler(on_error="skip").loader(data, 4)
    resumed.load_state_dict(states[-1])
    with pytest.warns(UserWarning, match="left out"):
        assert indices(resumed) == list(range(8))


def test_a_consumer_of_exactly_all_batches_is_warned_of_items_left_out() -> None:
    loader = sampler(on_error="skip").loader(SeriesData(10, bad=frozenset({1})), 4)
    with pytest.warns(UserWarning, match="1 items were left out"):
        assert len(list(itertools.islice(loader, len(loader)))) == 3


class ByParity:
    """Batches of even and of odd indices; no length, as a generator has none."""

    def __init__(self) -> None:
        self.epochs = []

    def __iter__(self):
        yield [0, 2, 4]
        yield [1, 3]
        yield [2, 2, 5]

    def set_epoch(self, epoch: int) -> None:
        self.epochs.append(epoch)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_batch_sampler_determines_the_batches(batched, workers) -> None:
    batches = ByParity()
    loader = sampler().loader(SeriesData(6), batch_sampler=batches, batched=batched, num_workers=workers)
    assert [batch.index.tolist() for batch in loader] == [[0, 2, 4], [1, 3], [2, 2, 5]]
    list(loader)
    assert batches.epochs == [0, 1]
    torch_batches = BatchSampler(range(6), 4, drop_last=True)
    assert indices(sampler().loader(SeriesData(6), batch_sampler=torch_batches)) == [0, 1, 2, 3]


def test_a_batch_sampler_is_continued_where_it_gives_the_same_batches() -> None:
    loader = sampler().loader(SeriesData(6), batch_sampler=ByParity())
    whole = [batch.first for batch in loader]
    loader.set_epoch(0)
    next(batches := iter(loader))
    state = loader.state_dict()
    del batches
    resumed = sampler().loader(SeriesData(6), batch_sampler=ByParity())
    resumed.load_state_dict(state)
    assert all(torch.equal(a.first, b) for a, b in zip(resumed, whole[1:], strict=True))


@pytest.mark.parametrize("batched", [False, True])
def test_an_index_that_comes_again_in_a_pass_gets_other_views_whatever_the_workers(batched) -> None:
    def load(workers):
        order = WeightedRandomSampler([9.0, 9.0, 1.0, 1.0], 24, generator=torch.Generator().manual_seed(0))
        return list(sampler().loader(SeriesData(4), 8, order=order, num_workers=workers, batched=batched))

    batches = load(0)
    rows = torch.cat([batch.first for batch in batches])
    assert len(torch.unique(rows, dim=0)) == 24
    assert sorted(set(indices(batches))) == [0, 1, 2, 3]
    for one, other in zip(batches, load(2), strict=True):
        assert torch.equal(one.first, other.first)
    first = next(i for i, index in enumerate(indices(batches)) if index == 0)
    torch.testing.assert_close(rows[first], sampler().loader(SeriesData(1), 1).__iter__().__next__().first[0])


ORDERS = {
    "random": lambda rng: RandomSampler(range(40), generator=rng),
    "subset": lambda rng: SubsetRandomSampler(range(40), generator=rng),
    "weighted": lambda rng: WeightedRandomSampler([1.0] * 40, 40, generator=rng),
}


@pytest.mark.parametrize("make", ORDERS.values(), ids=ORDERS)
def test_a_resume_that_would_lose_items_is_refused(make) -> None:
    def start(seed):
        rng = None if seed is None else torch.Generator().manual_seed(seed)
        return sampler().loader(SeriesData(40), 4, order=make(rng))

    loader = start(0)
    batches = iter(loader)
    done = indices(next(batches) for _ in range(5))
    state = loader.state_dict()
    rest = indices(batches)
    for other in (1, None):
        with pytest.raises(ValueError, match=r"after batch 5 of epoch 0.*lost or repeated.*shuffle=True"):
            start(other).load_state_dict(state)
    again = start(0)  # the same order is continued
    again.load_state_dict(state)
    assert indices(again) == rest
    assert len(done) + len(rest) == 40


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 12}, "seed=11, this loader has 12"),
        ({"data": SeriesData(11)}, "length=12, this loader has 11"),
        ({"shuffle": False}, "order='shuffled', this loader has 'in order'"),
        ({"batch_size": 3}, "batch_size=4, this loader has 3"),
    ],
)
def test_the_state_of_another_loader_is_refused(change, message) -> None:
    def make(seed=11, data=None, shuffle=True, batch_size=4):
        return sampler(seed=seed).loader(data or SeriesData(12), batch_size, shuffle=shuffle)

    loader = make()
    next(iter(loader))
    with pytest.raises(ValueError, match=message):
        make(**change).load_state_dict(loader.state_dict())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 4, "batch_sampler": ByParity()}, ValueError, "leave batch_size out"),
        ({"batch_sampler": ByParity(), "shuffle": True}, ValueError, "leave shuffle out"),
        ({"batch_sampler": ByParity(), "drop_last": True}, ValueError, "leave drop_last out"),
        ({}, TypeError, "needs a batch_size"),
        ({"batch_size": 4, "sampler": [0, 1]}, TypeError, "no option 'sampler'; pass it as order="),
        ({"batch_size": 4, "collate_fn": list}, TypeError, "no option 'collate_fn'"),
        ({"batch_size": 4, "workers": 2}, TypeError, "no option 'workers'; it has: num_workers"),
    ],
)
def test_options_that_would_be_ignored_are_refused(options, error, message) -> None:
    with pytest.raises(error, match=message):
        sampler().loader(SeriesData(6), **options)


@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_a_loop_over_a_dataset_of_pairs_ends_with_its_items(on_error) -> None:
    pairs = sampler(on_error=on_error).wrap_dataset(SeriesData(5))
    assert len(list(itertools.islice(pairs, 100))) == 5
    assert pairs[-1].index == 4
    assert torch.equal(pairs[-1].first, pairs[4].first)
    assert torch.equal(pairs[-5].second, pairs[0].second)
    for position in (5, -6, 100):
        with pytest.raises(IndexError, match="a dataset of 5 items"):
            pairs[position]


def test_an_index_error_of_an_item_does_not_end_a_loop_in_silence() -> None:
    class Gap(SeriesData):
        def __getitem__(self, i):
            return [][0] if i == 2 else super().__getitem__(i)

    with pytest.raises(IndexError, match="list index"):
        list(sampler().wrap_dataset(Gap(5)))
    skipped = list(sampler(on_error="skip").wrap_dataset(Gap(5)))
    assert [pair.index for pair in skipped] == [0, 1, 2, 3, 4]
    assert "IndexError" in skipped[2].error


@pytest.mark.parametrize("options", [{}, {"num_workers": 2}, {"num_workers": 2, "persistent_workers": True}])
@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_each_pass_of_a_torch_loader_over_pairs_is_the_next_epoch(data, options) -> None:
    if data is DATA["iterable"] and options:
        options = {**options, "num_workers": 1}
    make = sampler()
    loader = DataLoader(make.wrap_dataset(data), batch_size=4, collate_fn=make.collate, **options)
    ready = sampler().loader(data, 4)
    for epoch in (0, 1, 2, 7, 8):
        if epoch == 7:
            make.set_epoch(7)
        ready.set_epoch(epoch)
        for batch, expected in zip(loader, ready, strict=True):
            assert torch.equal(batch.first, expected.first)


def test_shuffled_subsets_get_the_next_epoch_too() -> None:
    make = sampler()
    data = Subset(make.wrap_dataset(SeriesData(9)), [1, 3, 5, 7, 8])
    loader = DataLoader(data, batch_size=2, shuffle=True, collate_fn=make.collate)
    rows = torch.cat([batch.first for _ in range(6) for batch in loader])
    assert len(torch.unique(rows, dim=0)) == 30


def test_a_tensor_dataset_with_weighted_draws_has_no_two_equal_views_in_a_torch_loader() -> None:
    make = sampler()
    data = TensorDataset(torch.ones(3, 4, dtype=torch.float64))
    order = WeightedRandomSampler([1.0, 1.0, 1.0], 30)
    loader = DataLoader(make.wrap_dataset(data), batch_size=6, sampler=order, collate_fn=make.collate)
    assert len(torch.unique(torch.cat([batch.first for batch in loader]), dim=0)) == 30


class Through:
    """A dataset of the user's own that reads another one."""

    def __init__(self, data) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i]


READERS = {
    "concatenated": lambda pairs: ConcatDataset([pairs(SeriesData(5)), pairs(SeriesData(3))]),
    "subset of concatenated": lambda pairs: Subset(
        ConcatDataset([pairs(SeriesData(9)), pairs(SeriesData(3))]), range(8)
    ),
    "by the user": lambda pairs: Through(Through(pairs(SeriesData(8)))),
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_datasets_that_read_pairs_item_by_item_get_the_next_epoch_in_each_pass(read, workers) -> None:
    make = sampler()
    options = {"num_workers": workers, "persistent_workers": workers > 0}
    loader = DataLoader(read(make.wrap_dataset), batch_size=4, collate_fn=make.collate, **options)
    for epoch in (0, 1, 2, 7, 8):
        if epoch == 7:
            make.set_epoch(7)
        for batch in loader:
            for index, first in zip(batch.index, batch.first, strict=True):
                item = SeriesData(9)[int(index)][0]
                torch.testing.assert_close(first, make(item, int(index), epoch).first.double())


@pytest.mark.parametrize("workers", [0, 1])
def test_a_loader_without_batches_gets_the_next_epoch_in_each_pass(workers) -> None:
    make = sampler()
    pairs = make.wrap_dataset(SeriesData(5))
    loader = DataLoader(pairs, batch_size=None, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    rows = torch.stack([pair.first for _ in range(4) for pair in loader])
    assert len(torch.unique(rows, dim=0)) == 20
    assert torch.equal(pairs[3].first, pairs[3].first)  # an index alone is at the sampler's epoch
    torch.testing.assert_close(pairs[3].first, make(SeriesData(5)[3][0], 3, 0).first)
