"""Which items meet in a batch: what each composition promises, over epochs, ranks, resumes and bad input."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import ConcatDataset, Subset

import pairgen.pairs.composition.base as base
from pairgen.data import LabelledDataset
from pairgen.pairs import (
    ByLength,
    Composition,
    Grouped,
    HardBatches,
    Mixed,
    NoDuplicates,
    PairSampler,
    PerClass,
    batch_report,
)
from pairgen.pairs.composition.base import ComposedBatches, shuffle
from pairgen.random import Stream


@dataclass
class Labelled:
    """A map-style dataset whose item is its number."""

    labels: Any

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> int:
        return index


def batches_of(composition: Composition, labels: Any, size: int, *, drop_last: bool = False, seed: int = 0) -> Any:
    return ComposedBatches(composition, Labelled(labels), size, seed=seed, drop_last=drop_last)


labels = st.lists(st.integers(0, 8), min_size=1, max_size=60)
ROUNDS = settings(max_examples=200, deadline=None)


@given(st.integers(0, 300), st.integers(0, 2**40), st.integers(1, 9))
@settings(deadline=None)
def test_a_shuffle_is_an_order_of_all_items_code_by_code(count: int, seed: int, classes: int) -> None:
    codes = np.arange(count) * 7 % classes
    for given_codes in (None, codes):
        order = shuffle(Stream(seed), count, given_codes)
        assert sorted(order.tolist()) == list(range(count))
    assert (np.diff(codes[order]) >= 0).all()


def test_every_order_of_four_items_is_about_equally_frequent() -> None:
    counts = Counter(tuple(shuffle(Stream(seed), 4).tolist()) for seed in range(4800))
    assert len(counts) == 24
    assert max(abs(count - 200) for count in counts.values()) < 75  # five standard deviations


@given(labels, st.integers(2, 4), st.integers(2, 4), st.booleans(), st.sampled_from(["leave out", "repeat"]))
@ROUNDS
@pytest.mark.filterwarnings("ignore:.*classes have fewer")
def test_per_class_has_m_items_of_each_class_of_a_batch_and_reads_none_twice(labels, m, classes, drop, few) -> None:
    try:
        batches = batches_of(PerClass(m, few=few), labels, m * classes, drop_last=drop)
    except ValueError:
        enough = sum(count >= m or few == "repeat" for count in Counter(labels).values())
        assert enough < classes
        return
    keys = [key for batch in batches.iterate_keys(0) for key in batch]
    assert len(set(keys)) == len(keys)
    assert few == "repeat" or not any(key.repeat for key in keys)
    listed = list(batches)
    assert len(listed) == len(batches)
    for batch in listed:
        assert set(Counter(labels[index] for index in batch).values()) == {m}
    assert all(len(batch) == m * classes for batch in (listed if drop else listed[:-1]))


def test_per_class_makes_as_many_batches_as_the_classes_allow() -> None:
    labels = [0] * 40 + [1] * 12 + [2] * 8 + [3] * 8  # chunks of 4: 10, 3, 2, 2
    assert len(batches_of(PerClass(4), labels, 8, drop_last=True)) == 7  # 7 of class 0, each beside one of the others
    assert len(batches_of(PerClass(4), labels, 12, drop_last=True)) == 3  # 3 + 3 + 2 + 2 chunks, in batches of 3


@given(labels, st.integers(1, 9), st.booleans())
@ROUNDS
@pytest.mark.filterwarnings("ignore:.*left out of each epoch")
def test_no_two_items_of_a_batch_have_the_same_key_and_all_are_read_where_they_can(labels, size, drop) -> None:
    keys = [label if label < 5 else 100 + position for position, label in enumerate(labels)]
    try:
        listed = list(batches_of(NoDuplicates("label"), keys, size, drop_last=drop))
    except ValueError:
        assert len(set(keys)) < min(size, len(keys)) or (drop and len(keys) < size)
        return
    for batch in listed:
        assert len({keys[index] for index in batch}) == len(batch)
    read = Counter(index for batch in listed for index in batch)
    assert set(read.values()) == {1}
    if not drop and max(Counter(keys).values()) <= len(listed):
        assert len(read) == len(keys)


def test_the_items_of_a_frequent_key_that_an_epoch_leaves_out_come_in_other_epochs() -> None:
    keys = [0] * 12 + list(range(1, 9))
    with pytest.warns(UserWarning, match="are left out of each epoch"):
        batches = batches_of(NoDuplicates("label"), keys, 4)
    seen = set()
    for epoch in range(30):
        batches.set_epoch(epoch)
        seen |= {index for batch in batches for index in batch}
    assert seen == set(range(20))


def test_classes_meet_in_all_combinations_about_equally_often() -> None:
    labels = np.repeat(np.arange(12), 40)
    batches = batches_of(PerClass(2), labels, 8)
    met = Counter()
    for epoch in range(40):
        batches.set_epoch(epoch)
        for batch in batches:
            classes = sorted({int(labels[index]) for index in batch})
            met.update((a, b) for a in classes for b in classes if a < b)
    assert len(met) == 66
    assert sum(met.values()) == 40 * 60 * 6
    assert 0.75 * 14400 / 66 < min(met.values()) <= max(met.values()) < 1.25 * 14400 / 66


@given(labels, st.integers(1, 9), st.booleans())
@ROUNDS
@pytest.mark.filterwarnings("ignore:.*groups have")
def test_a_batch_is_of_one_group_and_all_items_are_read(labels, size, drop) -> None:
    complete = sum(count // size for count in Counter(labels).values())
    if drop and not complete:
        with pytest.raises(ValueError, match="makes no batch"):
            batches_of(Grouped("label"), labels, size, drop_last=True)
        return
    listed = list(batches_of(Grouped("label"), labels, size, drop_last=drop))
    assert all(len({labels[index] for index in batch}) == 1 for batch in listed)
    if drop:
        assert [len(batch) for batch in listed] == [size] * complete
    else:
        assert sorted(index for batch in listed for index in batch) == list(range(len(labels)))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 9), st.integers(1, 5))
@ROUNDS
def test_by_length_reads_all_items_and_the_incomplete_batch_comes_last(lengths, size, buckets) -> None:
    listed = list(batches_of(ByLength("label", buckets), lengths, size))
    assert sorted(index for batch in listed for index in batch) == list(range(len(lengths)))
    assert all(len(batch) == size for batch in listed[:-1])


def test_by_length_pads_less_than_a_shuffled_order_and_the_report_says_so() -> None:
    texts = ["word " * (1 + index * 13 % 40) for index in range(400)]
    sampler = PairSampler("text", recipe="crop")
    lengths = [len(text) for text in texts]
    composed = batch_report(sampler.loader(texts, 16, batches=ByLength(len)))
    shuffled = batch_report(sampler.loader(texts, 16, shuffle=True), lengths=lengths)
    assert composed.padding < 0.1 < 0.3 < shuffled.padding
    wide = batch_report(sampler.loader(texts, 16, batches=ByLength(lengths, buckets=[100])))
    assert composed.padding < wide.padding < shuffled.padding


def test_mixed_batches_have_the_proportions_on_each_rank(monkeypatch) -> None:
    both = ConcatDataset([Labelled([0] * 90), Labelled([1] * 40)])
    monkeypatch.setattr(base, "rank_and_size", lambda: (1, 2))
    batches = list(ComposedBatches(Mixed((3, 1)), both, 8, seed=0, drop_last=False))
    assert len(batches) == 7  # 90 // 12
    assert all(sum(index < 90 for index in batch) == 6 for batch in batches)


def test_mixed_in_turn_reads_one_dataset_a_batch_and_the_small_ones_again_with_other_views() -> None:
    both = ConcatDataset([Labelled([0] * 12), Labelled([1] * 5)])
    batches = ComposedBatches(Mixed("in turn", stop="all"), both, 4, seed=0, drop_last=False)
    keys = list(batches.iterate_keys(0))
    assert [{key.index < 12 for key in batch} for batch in keys] == [{True}, {False}] * 3
    flat = [key for batch in keys for key in batch]
    assert len(set(flat)) == len(flat)
    assert {key.repeat for key in flat if key.index >= 12} == {0, 1, 2}
    assert len(ComposedBatches(Mixed("in turn"), both, 4, seed=0, drop_last=False)) == 2


def test_hard_batches_keep_neighbors_together_and_read_each_item_once() -> None:
    centers = np.repeat(np.eye(10), 8, axis=0)
    embeddings = centers + 0.01 * np.random.default_rng(0).standard_normal(centers.shape)
    listed = list(batches_of(HardBatches(embeddings, group=4), [0] * 80, 8))
    assert sorted(index for batch in listed for index in batch) == list(range(80))
    assert max(len({index // 8 for index in batch}) for batch in listed) <= 2  # two groups of four neighbors
    apart = batches_of(HardBatches(embeddings, group=4, labels=np.repeat(np.arange(10), 8)), [0] * 80, 8)
    assert min(len({index // 8 for index in batch}) for batch in apart) >= 4  # no neighbor of the same label


class FlatIndex:
    """The methods of a FAISS index that are used."""

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors, self.ntotal = vectors, len(vectors)

    def reconstruct_n(self, start: int, count: int) -> np.ndarray:
        return self.vectors[start : start + count]

    def search(self, x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(-(x @ self.vectors.T), axis=1, kind="stable")[:, :k]
        return np.take_along_axis(x @ self.vectors.T, order, axis=1), order


def test_hard_batches_of_an_index_are_those_of_its_embeddings() -> None:
    rows = np.random.default_rng(1).standard_normal((50, 6))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    of_rows, of_index = (list(batches_of(HardBatches(source), [0] * 50, 10)) for source in (rows, FlatIndex(rows)))
    assert of_rows == of_index


LABELS = (np.arange(120) * 11 % 10).tolist()
LENGTHS = (np.arange(120) * 17 % 30).tolist()
COMPOSITIONS = {
    "PerClass": PerClass(2),
    "NoDuplicates": NoDuplicates("label"),
    "Grouped": Grouped("label"),
    "ByLength": ByLength(LENGTHS),
    "HardBatches": HardBatches(np.random.default_rng(0).standard_normal((120, 4))),
}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_the_ranks_share_the_batches_that_one_rank_would_read(name, monkeypatch) -> None:
    alone = list(batches_of(COMPOSITIONS[name], LABELS, 8))
    shares = []
    for rank in range(2):
        monkeypatch.setattr(base, "rank_and_size", lambda rank=rank: (rank, 2))
        shares.append(list(batches_of(COMPOSITIONS[name], LABELS, 4)))
    assert [a + b for a, b in zip(*shares, strict=True)] == alone
    assert all(len(a) == len(b) for a, b in zip(*shares, strict=True))


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_an_epoch_is_a_pure_function_of_seed_and_epoch_and_continues_anywhere(name) -> None:
    first, second = (batches_of(COMPOSITIONS[name], LABELS, 8, seed=3) for _ in range(2))
    second.set_epoch(4)
    other = list(second)
    second.set_epoch(0)
    whole = list(first.iterate_keys(0))
    assert list(second.iterate_keys(0)) == whole
    assert list(second.iterate_keys(5)) == whole[5:]
    assert other != list(first) != list(batches_of(COMPOSITIONS[name], LABELS, 8, seed=4))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_composed_loader_is_continued_at_any_batch(workers) -> None:
    data = LabelledDataset([f"one two three four {index}" for index in range(120)], LABELS)
    sampler = PairSampler("text", recipe="crop", seed=5)
    loader = sampler.loader(data, 8, batches=PerClass(2), shuffle=True, num_workers=workers)
    whole = [batch.index.tolist() for batch in loader]
    loader.set_epoch(0)
    iterator = iter(loader)
    for _ in range(3):
        next(iterator)
    state = loader.state_dict()
    again = sampler.loader(data, 8, batches=PerClass(2))
    again.load_state_dict(state)
    assert [batch.index.tolist() for batch in again] == whole[3:]


@pytest.mark.parametrize("change", [PerClass(4), PerClass(2, few="repeat"), PerClass(2, labels=[*LABELS[1:], 0])])
def test_the_state_of_another_composition_is_refused(change) -> None:
    sampler = PairSampler("text", recipe="crop")
    data = LabelledDataset(["one two three"] * 120, LABELS)
    state = sampler.loader(data, 8, batches=PerClass(2)).state_dict()
    with pytest.raises(ValueError, match="the state was saved with order="):
        sampler.loader(data, 8, batches=change).load_state_dict(state)


@pytest.mark.filterwarnings("ignore:2 groups have one item")
def test_labels_are_found_through_subsets_and_concatenations() -> None:
    parts = [Subset(Labelled([0, 1, 0, 1]), [1, 2, 3]), Labelled(["a", "a", "b"])]
    batches = ComposedBatches(Grouped("label"), ConcatDataset(parts), 8, seed=0, drop_last=False)
    assert sorted(sorted(batch) for batch in batches) == [[0, 2], [1], [3, 4], [5]]


def test_duplicates_are_told_by_a_column_by_a_function_and_by_content() -> None:
    samples = [{"text": text, "label": number} for number, text in enumerate(["a", "b", "a", "c", "b", "d"])]
    for key in ("text", lambda sample: sample["text"], None):
        batches = list(ComposedBatches(NoDuplicates(key), samples, 2, seed=0, drop_last=False))
        assert all(len({samples[index]["text"] for index in batch}) == 2 for batch in batches)
        assert len(batches) == 3


@pytest.mark.parametrize(
    ("composition", "labels", "size", "error", "message"),
    [
        (PerClass(2), [0] * 9, 4, ValueError, "needs 2 classes of at least 2 items, the data has 1; take other labels"),
        (PerClass(4), [0, 1] * 9, 4, ValueError, "take a smaller m"),
        (PerClass(3), [0, 1] * 9, 4, ValueError, "batch_size=4 is no multiple of m=3"),
        (PerClass(2), None, 4, ValueError, "the dataset has no labels"),
        (PerClass(2), [0, 1, None, 1], 4, ValueError, "the label of item 2 is None"),
        (PerClass(2, labels=[0, 1]), [0] * 4, 4, ValueError, "4 items but 2 labels"),
        (NoDuplicates("label"), [7] * 9, 2, ValueError, "all items have the same key"),
        (NoDuplicates("label"), [1, 2, 3] * 3, 4, ValueError, "there are only 3 different keys"),
        (NoDuplicates("caption"), [1, 2], 2, ValueError, "the dataset has no column 'caption'"),
        (NoDuplicates([[1], [2]]), [1, 2], 2, TypeError, "the key of item 0 cannot be compared"),
        (ByLength([1, float("nan")]), [1, 2], 2, ValueError, "item 1 has nan"),
        (ByLength([1, None]), [1, 2], 2, ValueError, "item 1 has None"),
        (ByLength([1, -1]), [1, 2], 2, ValueError, "item 1 has -1"),
        (HardBatches([[1.0], [float("nan")]]), [1, 2], 2, ValueError, "NaN or infinite entries, first in row 1"),
        (HardBatches([[1.0], [0.0]]), [1, 2], 2, ValueError, "row 1 of embeddings is zero"),
        (HardBatches([[1.0]]), [1, 2], 2, ValueError, "2 items but 1 embeddings"),
        (Mixed((1, 1)), [1, 2], 2, TypeError, "Mixed reads a torch.utils.data.ConcatDataset"),
    ],
)
def test_bad_input_is_an_error_that_says_what_to_do(composition, labels, size, error, message) -> None:
    data = Labelled(labels) if labels is not None else ["a"] * 4
    with pytest.raises(error, match=message):
        ComposedBatches(composition, data, size, seed=0, drop_last=False)


def test_mixed_refuses_proportions_that_leave_a_dataset_out_and_datasets_that_are_too_small() -> None:
    both = ConcatDataset([Labelled([0] * 90), Labelled([1] * 3)])
    for proportions, message in (
        ((99, 1), "has none of dataset 1"),
        ((1, 1), "fewer than its 4"),
        ((1,), "2 datasets"),
    ):
        with pytest.raises(ValueError, match=message):
            ComposedBatches(Mixed(proportions), both, 8, seed=0, drop_last=False)


def test_a_loader_refuses_a_composition_beside_another_order_and_of_a_stream() -> None:
    sampler = PairSampler("text", recipe="crop")
    with pytest.raises(ValueError, match="leave order and batch_sampler out"):
        sampler.loader(["a", "b"], 2, batches=NoDuplicates(), order=[0, 1])
    with pytest.raises(ValueError, match="needs a dataset that is read by index"):
        sampler.loader(iter(["a", "b"]), 2, batches=NoDuplicates())
    with pytest.raises(TypeError, match="pass batches as batch_sampler="):
        sampler.loader(["a", "b"], 2, batches=[[0], [1]])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="makes no batch of 2 items; lower batch_size"):
        sampler.loader(["a", "b"], 4, batches=NoDuplicates(), drop_last=True)


def test_classes_with_few_items_and_groups_of_one_are_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"1 classes have fewer than m=2 items \(1 items in all\); they are left out"):
        batches_of(PerClass(2), [0, 0, 1, 1, 2], 4)
    with pytest.warns(UserWarning, match="1 groups have one item: their batches have no negatives"):
        batches_of(Grouped("label"), [0, 0, 1], 2)
    with pytest.warns(UserWarning, match="none of their 3 items is read"):
        batches_of(Grouped("label"), [0] * 4 + [1] * 3, 4, drop_last=True)


def test_the_report_counts_false_negatives_as_a_loop_over_pairs_does() -> None:
    data = LabelledDataset(["one two"] * 120, LABELS)
    loader = PairSampler("text", recipe="crop").loader(data, 12, batches=ByLength(LENGTHS))
    same = total = 0
    for batch in loader.batch_sampler.batches:
        pairs = [(a, b) for a in batch for b in batch if a != b]
        same += sum(LABELS[a] == LABELS[b] for a, b in pairs)
        total += len(pairs)
    report = batch_report(loader)
    assert report.false_negatives == same / total
    assert (report.batches, report.items, report.smallest, report.left_out, report.repeated) == (10, 120, 12, 0, 0)
    clean = PairSampler("text", recipe="crop").loader(data, 10, batches=NoDuplicates("label"))
    assert batch_report(clean).false_negatives == 0.0
    with pytest.raises(ValueError, match="are not known before they are read"):
        batch_report(PairSampler("text", recipe="crop").loader(data, 10, order=[1, 2, 3]))
