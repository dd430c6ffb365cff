"""Five ways into a loader: the same pairs whatever the workers, batch size, order, process or start method."""

from __future__ import annotations

import pickle
import warnings

import datasets as huggingface
import pytest
import torch
import webdataset
from torch.utils.data import DataLoader, DistributedSampler, IterableDataset, TensorDataset

from pairgen.pairs import PairBatch, PairLoader, PairSampler
from tests.helpers.toy import Series, SeriesData

N = 23


def sampler(**options) -> PairSampler:
    return PairSampler(Series(), "whole", seed=11, **options)


def as_dict(batches) -> dict[int, tuple]:
    """Every pair by index, as plain numbers; refuses an index that comes twice."""
    seen: dict[int, tuple] = {}
    for batch in batches:
        for i, index in enumerate(batch.index.tolist()):
            assert index not in seen
            seen[index] = (*batch.first[i].tolist(), *batch.second[i].tolist())
    return seen


@pytest.fixture(scope="module")
def expected() -> dict[int, tuple]:
    data = SeriesData(N)
    make = sampler()
    return as_dict(make.collate([make(data[i][0], i, epoch=2)]) for i in range(N))


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("batch_size", [1, 7, 64])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_ready_loader_gives_the_same_pairs(expected, workers, batch_size, shuffle) -> None:
    loader = sampler().loader(SeriesData(N), batch_size, num_workers=workers, shuffle=shuffle)
    loader.set_epoch(2)
    assert as_dict(loader) == expected


@pytest.mark.parametrize("workers", [0, 2])
def test_augmenting_whole_batches_gives_the_same_pairs(expected, workers) -> None:
    loader = sampler().loader(SeriesData(N), 5, num_workers=workers, batched=True)
    loader.set_epoch(2)
    got = as_dict(loader)
    assert got.keys() == expected.keys()
    for index, values in expected.items():
        assert got[index] == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize("context", ["fork", "spawn"])
@pytest.mark.parametrize("persistent", [False, True])
def test_workers_follow_the_epoch_under_fork_and_spawn(expected, context, persistent) -> None:
    make = sampler()
    options = {"num_workers": 1, "multiprocessing_context": context, "persistent_workers": persistent}
    torch_loader = DataLoader(make.wrap_dataset(SeriesData(N)), batch_size=5, collate_fn=make.collate, **options)
    ready = make.loader(SeriesData(N), 5, **options)
    passes = []
    ready.set_epoch(1)
    for epoch in (1, 2):
        make.set_epoch(epoch)
        passes.append(as_dict(torch_loader))
        assert as_dict(ready) == passes[-1]
    assert passes[1] == expected
    assert passes[0] != passes[1]


def test_a_collate_function_over_the_users_own_dataset(expected) -> None:
    class Indexed(SeriesData):
        def __getitem__(self, i):
            return i, *super().__getitem__(i)

    make = sampler()
    make.set_epoch(2)
    for workers in (0, 2):
        loader = DataLoader(Indexed(N), batch_size=4, shuffle=True, num_workers=workers, collate_fn=make.collate_items)
        assert as_dict(loader) == expected


def test_a_collate_function_without_indices_keys_by_content() -> None:
    make = sampler()
    passes = [
        as_dict(DataLoader(SeriesData(N), batch_size=b, num_workers=w, collate_fn=make.collate_items))
        for b, w in ((4, 0), (7, 2))
    ]
    assert passes[0] == passes[1]
    assert len(passes[0]) == N


def test_wrapping_a_loader_keys_by_position(expected) -> None:
    class Items(SeriesData):
        def __getitem__(self, i):
            return super().__getitem__(i)[0]

    wrapped = sampler().wrap_loader(DataLoader(Items(N), batch_size=6))
    wrapped.set_epoch(2)
    batches = list(wrapped)
    assert len(wrapped) == len(batches) == 4
    got = as_dict(batches)
    assert got.keys() == expected.keys()
    for index, values in expected.items():
        assert got[index] == pytest.approx(values, rel=1e-12)


def test_wrapping_a_loader_takes_labels_indices_and_lists_of_items() -> None:
    make = sampler()
    items = torch.arange(8, dtype=torch.float64).reshape(2, 4)
    label = torch.tensor([1, 0])
    index = torch.tensor([5, 9])
    (plain,) = make.wrap_loader([items])
    (labelled,) = make.wrap_loader([[items, label]])
    (indexed,) = make.wrap_loader([[index, items, label]])
    (listed,) = make.wrap_loader([[items[0], items[1]]])
    assert plain.index.tolist() == labelled.index.tolist() == [0, 1]
    assert labelled.label.tolist() == indexed.label.tolist() == [1, 0]
    assert indexed.index.tolist() == [5, 9]
    torch.testing.assert_close(listed.first, plain.first)
    with pytest.raises(TypeError, match="columns"):
        list(make.wrap_loader([{"series": items}]))


SERIES_BATCHES = {
    "two of three steps": ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 2, None),
    "two in a tuple": (([1, 2, 3], [0, 1, 1]), 2, None),
    "two of two channels": ([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], 2, None),
    "three": ([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], 3, None),
    "items and labels": ([[[1.0, 2.0], [3.0, 4.0]], [0, 1]], 2, [0, 1]),
    "items and labels in tensors": ([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], torch.tensor([2, 0, 1])], 3, [2, 0, 1]),
    "samples": ([([1.0, 2.0], 4), ([3.0, 4.0], 7)], 2, [4, 7]),
}


@pytest.mark.parametrize(("batch", "count", "labels"), SERIES_BATCHES.values(), ids=SERIES_BATCHES)
def test_wrapping_a_loader_tells_series_that_are_lists_from_items_with_labels(batch, count, labels) -> None:
    (pairs,) = PairSampler("timeseries", "eval").wrap_loader([batch])
    assert len(pairs) == count
    assert (None if pairs.label is None else pairs.label.tolist()) == labels


def test_each_pass_of_an_wrapped_or_ready_loader_is_the_next_epoch() -> None:
    make = sampler()
    for loader in (make.wrap_loader([torch.ones(2, 4)]), make.loader(SeriesData(2), 2)):
        (first,), (second,) = list(loader), list(loader)
        assert not torch.equal(first.first, second.first)
        loader.set_epoch(0)
        (again,) = list(loader)
        assert torch.equal(again.first, first.first)


class Stream(IterableDataset):
    """An iterable dataset that shards itself among workers, as users' do."""

    def __init__(self, indexed: bool = True) -> None:
        self.indexed = indexed

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        start, step = (info.id, info.num_workers) if info else (0, 1)
        for i in range(start, N, step):
            item, label = SeriesData(N)[i]
            yield (i, item, label) if self.indexed else (item, label)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_iterable_datasets_give_the_same_pairs_whatever_the_workers(expected, workers) -> None:
    make = sampler()
    make.set_epoch(2)
    torch_loader = DataLoader(make.wrap_dataset(Stream()), batch_size=4, num_workers=workers, collate_fn=make.collate)
    assert as_dict(torch_loader) == expected
    ready = make.loader(Stream(), 4, num_workers=workers)
    ready.set_epoch(2)
    assert as_dict(ready) == expected
    by_content = [as_dict(make.loader(Stream(indexed=False), 4, num_workers=w)) for w in (0, workers)]
    assert by_content[0] == by_content[1]
    assert len(by_content[0]) == N


def test_hugging_face_datasets_by_wrap_dataset_and_by_with_transform(expected) -> None:
    columns = {"id": list(range(N)), "values": [SeriesData(N)[i][0].tolist() for i in range(N)]}
    data = huggingface.Dataset.from_dict(columns)
    make = sampler()
    make.set_epoch(2)
    names = {"item": "values", "label": None, "index": "id"}

    def to_tensor(batch):
        return {**batch, "values": [torch.tensor(v, dtype=torch.float64) for v in batch["values"]]}

    wrapped = make.wrap_dataset(data.with_transform(to_tensor), **names)
    assert as_dict(DataLoader(wrapped, batch_size=4, collate_fn=make.collate)) == expected
    columns_to_pairs = make.hf_transform(**names)
    transformed = data.with_transform(lambda batch: columns_to_pairs(to_tensor(batch)))
    for workers in (0, 2):
        loader = DataLoader(transformed, batch_size=4, num_workers=workers, collate_fn=make.collate)
        assert as_dict(loader) == expected


def test_webdataset_pipelines_are_keyed_by_their_keys(tmp_path) -> None:
    for shard in range(4):
        with webdataset.TarWriter(str(tmp_path / f"{shard}.tar")) as sink:
            for i in range(shard * 5, shard * 5 + 5):
                item, label = SeriesData(N)[i]
                sink.write({"__key__": f"{i:04d}", "values.pth": item, "cls": label})
    make = sampler()
    shards = str(tmp_path / "{0..3}.tar")
    passes = []
    for workers in (0, 2):
        pipeline = webdataset.WebDataset(shards, shardshuffle=False, empty_check=False).decode()
        pairs = make.wrap_dataset(pipeline, item="values.pth", label="cls")
        passes.append(as_dict(DataLoader(pairs, batch_size=3, num_workers=workers, collate_fn=make.collate)))
    assert passes[0] == passes[1]
    assert len(passes[0]) == 20


@pytest.mark.parametrize("drop_last", [False, True])
def test_a_distributed_sampler_parts_out_the_same_pairs(expected, drop_last) -> None:
    make = sampler()
    data = SeriesData(22)
    ranks = []
    for rank in range(2):
        order = DistributedSampler(data, num_replicas=2, rank=rank, shuffle=True, drop_last=drop_last)
        make.set_epoch(2)
        torch_loader = DataLoader(make.wrap_dataset(data), batch_size=4, sampler=order, collate_fn=make.collate)
        ready = make.loader(data, 4, order=order)
        ready.set_epoch(2)
        order.set_epoch(2)
        ranks.append(as_dict(torch_loader))
        assert as_dict(ready) == ranks[-1]
    assert not ranks[0].keys() & ranks[1].keys()
    assert {**ranks[0], **ranks[1]} == {i: expected[i] for i in range(22)}


class Whole(IterableDataset):
    """An iterable dataset that gives every rank all samples."""

    def __iter__(self):
        return ((i, *SeriesData(N)[i]) for i in range(N))


def part_of_rank(rank: int, address: str, out: str) -> None:
    torch.distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    make = sampler()
    loader = make.loader(SeriesData(N - 1), 4, shuffle=True, num_workers=1)
    loader.set_epoch(2)
    wrapped = make.wrap_loader([torch.ones(3, 4), torch.ones(2, 4)])
    shares = [[i for batch in make.loader(Whole(), 4, num_workers=w) for i in batch.index.tolist()] for w in (0, 1)]
    state = (as_dict(loader), len(loader), [i for batch in wrapped for i in batch.index.tolist()], shares)
    with open(f"{out}.{rank}", "wb") as file:
        pickle.dump(state, file)
    torch.distributed.destroy_process_group()


def test_two_ranks_give_the_pairs_of_one_process(expected, tmp_path) -> None:
    address, out = f"file://{tmp_path}/rendezvous", f"{tmp_path}/part"
    torch.multiprocessing.spawn(part_of_rank, args=(address, out), nprocs=2)
    parts = [pickle.loads((tmp_path / f"part.{rank}").read_bytes()) for rank in range(2)]
    assert not parts[0][0].keys() & parts[1][0].keys()
    assert {**parts[0][0], **parts[1][0]} == {i: expected[i] for i in range(N - 1)}
    assert parts[0][1] == parts[1][1] == 3
    assert parts[0][2] == [0, 2, 4, 6, 8]
    assert parts[1][2] == [1, 3, 5, 7, 9]
    assert parts[0][3] == [list(range(0, N, 2))] * 2
    assert parts[1][3] == [[*range(1, N, 2), 0]] * 2  # as many on each rank


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("data", [SeriesData(N), Stream()], ids=["map-style", "iterable"])
def test_a_loader_resumes_at_every_batch(data, workers) -> None:
    def order(batches) -> list[tuple]:
        return [(batch.index.tolist(), batch.first.tolist()) for batch in batches]

    options = {"num_workers": workers, **({"shuffle": True} if isinstance(data, SeriesData) else {})}
    whole = sampler().loader(data, 6, **options)
    whole.set_epoch(1)
    expected, states = [], [whole.state_dict()]
    for batch in whole:
        expected.append((batch.index.tolist(), batch.first.tolist()))
        states.append(whole.state_dict())
    after = order(whole)
    for done, state in enumerate(states[:-1]):
        resumed = sampler().loader(data, 6, **options)
        resumed.load_state_dict(state)
        assert order(resumed) == expected[done:]
        assert order(resumed) == after


def test_shuffling_changes_the_order_by_epoch_only() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        loader = PairSampler(Series(), "whole", seed=seed).loader(SeriesData(N), 4, shuffle=True)
        loader.set_epoch(epoch)
        return [i for batch in loader for i in batch.index.tolist()]

    assert order(0, 0) == order(0, 0)
    assert len({tuple(order(s, e)) for s in range(2) for e in range(2)}) == 4
    assert sorted(order(0, 0)) == list(range(N))


def test_bad_items_are_left_out_listed_and_warned_of() -> None:
    loader = sampler(on_error="skip").loader(SeriesData(10, bad=frozenset({3, 4, 5})), 2, num_workers=2)
    with pytest.warns(UserWarning, match="3 items were left out:\n  3: ValueError: a series must be finite"):
        batches = list(loader)
    assert [i for b in batches for i in b.index.tolist()] == [0, 1, 2, 6, 7, 8, 9]
    assert [item.index for item in loader.skipped] == [3, 4, 5]
    batched = sampler(on_error="skip").loader(SeriesData(10, bad=frozenset({3, 4, 5})), 2, batched=True)
    with pytest.warns(UserWarning, match="3 items"):
        assert as_dict(batched).keys() == as_dict(batches).keys()


def test_a_bad_item_in_a_worker_raises_with_its_number() -> None:
    with pytest.raises(ValueError, match="item 3: a series must be finite"):
        list(sampler().loader(SeriesData(10, bad=frozenset({3})), 2, num_workers=1))


@pytest.mark.parametrize("as_list", [False, True])
def test_a_wrapped_loader_leaves_bad_items_out_and_lists_them(as_list) -> None:
    rows = [SeriesData(6, bad=frozenset({4}))[i][0] for i in range(6)]
    batches = [rows[:3], rows[3:]] if as_list else [torch.stack(rows[:3]), torch.stack(rows[3:])]

    class Checked(Series):
        def check_batch(self, batch):
            if not batch.isfinite().all():
                raise ValueError("a series must be finite; fill the gaps")
            return batch

    wrapped = PairSampler(Checked(), "whole", on_error="skip").wrap_loader(batches)
    with pytest.warns(UserWarning, match="1 items were left out"):
        assert [batch.index.tolist() for batch in wrapped] == [[0, 1, 2], [3, 5]]
    assert [item.index for item in wrapped.skipped] == [4]
    with pytest.raises(ValueError, match="must be finite"):
        list(PairSampler(Checked(), "whole").wrap_loader(batches))


def test_skipped_items_of_a_stream_are_listed_by_position_or_key() -> None:
    class Rows(IterableDataset):
        def __init__(self, keys):
            self.keys = keys

        def __iter__(self):
            for i in range(6):
                item = SeriesData(6, bad=frozenset({1, 4}))[i][0]
                yield {"series": item, "__key__": f"shard/{i}"} if self.keys else item

    for keys, expected in ((True, ["shard/1", "shard/4"]), (False, [1, 4])):
        loader = sampler(on_error="skip").loader(Rows(keys), 4)
        with pytest.warns(UserWarning, match="2 items were left out"):
            list(loader)
        assert [item.index for item in loader.skipped] == expected
        with pytest.raises(ValueError, match=f"item {expected[0]}: a series must be finite"):
            list(sampler().loader(Rows(keys), 4))


def test_no_warning_without_bad_items() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loader = sampler(on_error="skip").loader(SeriesData(4), 2)
        assert len(list(loader)) == 2
    assert loader.skipped == []


def test_a_batch_size_above_the_data_set_gives_one_batch() -> None:
    batches = list(sampler().loader(SeriesData(3), 64))
    assert [len(batch) for batch in batches] == [3]


def test_lengths_are_batches() -> None:
    assert len(sampler().loader(SeriesData(10), 4)) == 3
    assert len(sampler().loader(SeriesData(10), 4, drop_last=True)) == 2


def test_a_tensor_dataset_is_a_dataset() -> None:
    (batch,) = sampler().loader(TensorDataset(torch.ones(3, 4), torch.tensor([1, 2, 3])), 4)
    assert isinstance(batch, PairBatch)
    assert batch.label.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sampler().loader(SeriesData(0), 4), ValueError, "the dataset is empty"),
        (lambda: sampler().loader(SeriesData(3), 4, drop_last=True), ValueError, "leaves no batch of 3 items"),
        (lambda: sampler().loader(SeriesData(3), 0), ValueError, "batch_size"),
        (lambda: sampler().loader(SeriesData(3), 2.0), TypeError, "batch_size"),
        (lambda: sampler().loader(Stream(), 2, shuffle=True), ValueError, "shuffle within it"),
        (lambda: sampler().loader(SeriesData(3), 2, shuffle=True, order=[0]), ValueError, "not both"),
        (lambda: sampler().loader(SeriesData(3), 2).set_epoch(-1), ValueError, "at least 0"),
        (
            lambda: sampler().loader(SeriesData(3), 2).load_state_dict({"epoch": 0, "batches": 1, "batch_size": 3}),
            ValueError,
            "batch_size=3",
        ),
    ],
)
def test_misuse_is_named(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_ready_loader_is_a_pair_loader() -> None:
    assert isinstance(sampler().loader(SeriesData(3), 2), PairLoader)
