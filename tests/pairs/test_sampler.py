"""`PairSampler`: a pair is a pure function of (seed, epoch, index), one by one or as a batch."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.modality import Recipe
from pairgen.pairs import Pair, PairBatch, PairSampler, Skipped
from tests.helpers.global_state import is_independent_of_global_state
from tests.helpers.toy import Jitter, Scale, Series, SeriesData, double

ITEM = torch.arange(4, dtype=torch.float64) + 1


def sampler(**options) -> PairSampler:
    return PairSampler(Series(), "whole", **options)


@given(seed=st.integers(0, 2**64), epoch=st.integers(0, 100), index=st.integers(0, 2**62))
def test_the_same_seed_epoch_and_index_give_the_same_pair(seed, epoch, index) -> None:
    one, other = (sampler(seed=seed)(ITEM, index=index, epoch=epoch) for _ in range(2))
    assert torch.equal(one.first, other.first)
    assert torch.equal(one.second, other.second)
    assert one.index == index


@given(seed=st.integers(0, 2**64), epoch=st.integers(0, 100), index=st.integers(0, 2**62))
def test_another_seed_epoch_index_or_view_gives_another_pair(seed, epoch, index) -> None:
    make = sampler(seed=seed)
    views = [
        make(ITEM, index, epoch).first,
        make(ITEM, index, epoch).second,
        make(ITEM, index, epoch + 1).first,
        make(ITEM, index + 1, epoch).first,
        sampler(seed=seed + 1)(ITEM, index, epoch).first,
    ]
    assert len({tuple(view.tolist()) for view in views}) == 5


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=6), st.integers(0, 50))
def test_a_batch_is_its_items(indices, epoch) -> None:
    make = sampler(seed=3)
    items = [ITEM * (i % 5 + 1) for i in indices]
    batch = make.augment(torch.stack(items), indices, epoch, label=[1] * len(indices))
    alone = make.collate([make(item, index, epoch, label=1) for item, index in zip(items, indices, strict=True)])
    torch.testing.assert_close(batch.first, alone.first, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(batch.second, alone.second, rtol=1e-12, atol=1e-12)
    assert torch.equal(batch.index, alone.index)
    assert torch.equal(batch.label, alone.label)


def test_global_random_state_is_neither_read_nor_written() -> None:
    assert is_independent_of_global_state(lambda: sampler().augment(torch.stack([ITEM] * 4), range(4)).first)


def test_the_item_is_not_changed() -> None:
    item = ITEM.clone()
    sampler()(item, 0)
    sampler().augment(item[None], [0])
    assert torch.equal(item, ITEM)


def test_two_recipes_make_two_different_views() -> None:
    make = PairSampler(Series(), (Recipe(Scale(1, 1), Scale(9, 9), double), Recipe(Scale(9, 9), Scale(2, 2))))
    pair = make(ITEM, 0)
    assert torch.equal(pair.first, ITEM)
    assert torch.equal(pair.second, ITEM * 2)
    assert make.collate([pair]).first.dtype == torch.float64


def test_an_augmentation_serves_as_recipe_for_both_views() -> None:
    pair = PairSampler(Series(), Jitter())(ITEM, 0)
    assert not torch.equal(pair.first, pair.second)


def test_the_spec_says_what_rebuilds_it() -> None:
    assert sampler(seed=4, size=4).spec == {
        "modality": "series",
        "recipe": "whole",
        "options": {"size": 4},
        "seed": 4,
    }
    assert PairSampler(Series(), ("whole", "whole")).spec["recipe"] == ["whole", "whole"]
    assert PairSampler(Series(), Jitter()).spec["recipe"] is None


def test_it_pickles() -> None:
    make = sampler(seed=1)
    make.set_epoch(5)
    copy = pickle.loads(pickle.dumps(make))
    assert copy.epoch == 5
    assert torch.equal(copy(ITEM, 3).first, make(ITEM, 3).first)


def test_collate_makes_a_batch_with_labels_and_index() -> None:
    make = sampler()
    batch = make.collate([make(ITEM, 5, label=2), make(ITEM, 9, label=0)])
    assert isinstance(batch, PairBatch)
    assert batch.first.shape == batch.second.shape == (2, 4)
    assert batch.first.dtype == torch.float64
    assert batch.index.tolist() == [5, 9]
    assert batch.label.tolist() == [2, 0]
    assert len(batch) == 2
    moved = batch.to("cpu")
    assert torch.equal(moved.second, batch.second)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_a_batch_in_another_dtype_keeps_its_indices_and_labels(dtype) -> None:
    make = sampler()
    for label in (70001, 70001.5, "seventy"):
        batch = make.collate([make(ITEM, 70001, label=label)])
        for moved in (batch.to(dtype), batch.to("cpu", dtype), batch.to(torch.empty(0, dtype=dtype))):
            assert moved.first.dtype == moved.second.dtype == dtype
            assert moved.index.tolist() == [70001]
            assert list(moved.label) == [label]
            assert moved.index.dtype == torch.int64
    with pytest.raises(TypeError, match="a floating dtype"):
        batch.to(torch.int32)


def test_a_batch_can_be_changed_in_place_as_lightning_does() -> None:
    batch = sampler().collate([sampler()(ITEM, 5)])
    batch.first = batch.first.half()
    assert batch.first.dtype == torch.float16


def test_labels_and_scores_are_set_to_anything_but_their_cast() -> None:
    numbers = torch.tensor([0.1, 70001.5, torch.nan])
    batch = PairBatch(torch.zeros(3, 2), torch.zeros(3, 2), torch.arange(3), numbers, score=numbers)
    for name in ("label", "score"):
        for dtype in (torch.float16, torch.bfloat16, torch.float64):
            setattr(batch, name, numbers.to(dtype))
            assert getattr(batch, name) is numbers
        for other in (numbers.half() + 1, numbers.clone(), torch.arange(3), ["a", "b", "c"], None, numbers.half()):
            setattr(batch, name, other)
            assert getattr(batch, name) is other


@pytest.mark.gpu
def test_a_batch_moves_to_cuda_and_is_pinned() -> None:
    make = sampler()
    batch = make.collate([make(ITEM, 5, label=2)]).pin_memory()
    assert batch.first.is_pinned()
    assert batch.to("cuda").first.is_cuda


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([None, None], None),
        ([1, np.int64(2)], torch.tensor([1, 2])),
        ([torch.tensor(1), torch.tensor(0)], torch.tensor([1, 0])),
        ([0.5, 1], torch.tensor([0.5, 1.0])),
        (["a", "b"], ["a", "b"]),
        ([None, 1], [None, 1]),
    ],
)
def test_labels_become_tensors_where_they_are_numbers(labels, expected) -> None:
    make = sampler()
    got = make.collate([make(ITEM, i, label=label) for i, label in enumerate(labels)]).label
    if isinstance(expected, torch.Tensor):
        assert torch.equal(got, expected)
        assert got.dtype == expected.dtype
    else:
        assert got == expected


def test_collate_items_takes_every_form_of_sample() -> None:
    make = sampler()
    forms = make.collate_items([(3, ITEM), (4, ITEM, 1), (ITEM, 1), ITEM, {"series": ITEM, "label": 1}])
    assert forms.index[:2].tolist() == [3, 4]
    assert torch.equal(forms.first[0], make.collate([make(ITEM, 3)]).first[0])
    assert len(set(forms.index[2:].tolist())) == 1  # the same content, the same key
    other = make.collate_items([(ITEM + 1, 1)])
    assert other.index[0] != forms.index[2]


def test_set_epoch_changes_collated_pairs() -> None:
    make = sampler()
    before = make.collate_items([(3, ITEM)]).first
    make.set_epoch(1)
    assert not torch.equal(make.collate_items([(3, ITEM)]).first, before)
    assert torch.equal(make.collate_items([(3, ITEM)]).first[0], make(ITEM, 3, epoch=1).first)


def test_string_keys_serve_as_index() -> None:
    make = sampler()
    a, b = make(ITEM, "shard-0/0001"), make(ITEM, "shard-0/0002")
    assert a.index == make(ITEM, "shard-0/0001").index
    assert a.index != b.index
    assert 0 <= a.index < 2**63


def test_a_bad_item_raises_with_its_number() -> None:
    with pytest.raises(ValueError, match="item 2: a series must be finite"):
        sampler().wrap_dataset(SeriesData(4, bad=frozenset({2})))[2]


def test_a_bad_item_is_left_out_and_listed_when_asked_for() -> None:
    make = sampler(on_error="skip")
    pairs = make.wrap_dataset(SeriesData(4, bad=frozenset({2})))
    batch = make.collate([pairs[i] for i in range(4)])
    assert batch.index.tolist() == [0, 1, 3]
    assert batch.skipped == (Skipped(2, "ValueError: a series must be finite; fill the gaps"),)
    nothing = make.collate([pairs[2]])
    assert len(nothing) == 0
    assert len(nothing.skipped) == 1


def test_other_errors_keep_their_type_and_get_a_note() -> None:
    class Broken(SeriesData):
        def __getitem__(self, i):
            raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone") as caught:
        sampler().wrap_dataset(Broken(3))[1]
    assert "item 1" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: PairSampler("imagee", "simclr"), ValueError, "no modality is called 'imagee'.*Did you mean 'image'"),
        (lambda: PairSampler(Series(), "hole"), ValueError, "no recipe is called 'hole'.*Did you mean 'whole'"),
        (lambda: sampler(on_error="ignore"), ValueError, "on_error"),
        (lambda: sampler(sizes=3), TypeError, "recipe 'whole' with options"),
        (lambda: sampler(seed=1.5), TypeError, "seed"),
        (lambda: PairSampler(Series(), Scale(), size=3), TypeError, r"options \['size'\]"),
        (lambda: PairSampler(Series(), ("whole",)), ValueError, "two recipes, got 1"),
        (lambda: PairSampler(Series(), 5), TypeError, "a recipe is a name"),
        (lambda: sampler()([1.0], 0), TypeError, "a series is a tensor"),
        (lambda: sampler()(ITEM, 0.5), TypeError, "an index is an integer or a string"),
        (lambda: sampler().augment(ITEM[None], [1, 2]), ValueError, "a batch of 1 items needs 1 indices"),
        (lambda: sampler().set_epoch(-1), ValueError, "at least 0"),
        (lambda: sampler().collate_items([{"img": ITEM}]), ValueError, "no column 'series'; it has 'img'"),
        (lambda: sampler().collate_items([(1, 2, 3, 4)]), ValueError, "4 members"),
        (lambda: PairSampler(Series(), "whole").collate_items([object()]), TypeError, "let the dataset give"),
    ],
)
def test_misuse_is_named(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_pair_is_what_it_says() -> None:
    pair = sampler()(ITEM, 7, label="x")
    assert isinstance(pair, Pair)
    assert (pair.index, pair.label) == (7, "x")


class Doubling:
    """Decodes an item to twice itself, and halves its views again."""

    def decode(self, item):
        return 2 * item

    def restore(self, view, item):
        return view / 2


def test_a_recipe_may_have_a_codec_of_its_own() -> None:
    plain = Recipe(Scale(2.0, 2.0), Scale(1.0, 1.0))
    make = PairSampler(Series(), Recipe(plain.first, plain.second, codec=Doubling()))
    assert torch.equal(make(ITEM, 0).first, 2 * ITEM)
    assert torch.equal(make.collate_items([(0, ITEM)]).first[0], 4 * ITEM)
    other = PairSampler(Series(), (Recipe(plain.first, plain.second, codec=Doubling()), plain))
    assert torch.equal(other(ITEM, 0).second, ITEM)


def test_the_shared_augmentation_happens_once_for_both_views_and_in_batches_too() -> None:
    identity = Scale(1.0, 1.0)
    make = PairSampler(Series(), Recipe(identity, identity, shared=Jitter(1.0)), seed=5)
    pairs = [make(ITEM, i) for i in range(3)]
    for pair in pairs:
        assert torch.equal(pair.first, pair.second)
        assert not torch.equal(pair.first, ITEM)
    assert not torch.equal(pairs[0].first, pairs[1].first)
    batch = make.augment(torch.stack([ITEM] * 3), range(3))
    torch.testing.assert_close(batch.first, torch.stack([pair.first for pair in pairs]))
    assert torch.equal(batch.first, batch.second)
    assert not torch.equal(make(ITEM, 0, epoch=1).first, pairs[0].first)
