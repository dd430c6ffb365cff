"""A `PairSampler` of two modalities: pairs that exist, each member augmented by a recipe of its own."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, IterableDataset

from pairgen.modality import get_modality
from pairgen.pairs import Pair, PairBatch, PairSampler
from pairgen.random import Stream
from tests.helpers.toy import Series

ITEM = torch.arange(4, dtype=torch.float64) + 1
CAPTIONS = [
    "a small dog runs over the green field",
    "two old men sit and talk in the sun",
    "the quick fox jumps across a cold river",
    "some people walk home late at night",
]


def sampler(**options) -> PairSampler:
    """Series, of a third party, with texts; neither knows the other."""
    return PairSampler((Series(), "text"), recipe=("whole", "crop"), **options)


def rows(n: int = 7) -> list[object]:
    """Samples with no, one or two negatives, several candidates here and there, a score and a label each."""
    samples = []
    for i in range(n):
        text = CAPTIONS[i % 4] if i % 3 else [CAPTIONS[i % 4], f"{CAPTIONS[i % 4]} and so on"]
        negatives = [f"{CAPTIONS[(i + 1 + k) % 4]} number {k}" for k in range(i % 3)]
        samples.append((ITEM + i, text, *negatives, i / 8, i % 2))
    return samples


def by_index(batches) -> dict[int, tuple[object, ...]]:
    """What belongs to each index in batches of pairs."""
    found = {}
    for batch in batches:
        negatives = [[] for _ in batch.index]
        for row, view in zip(
            [] if batch.negative_of is None else batch.negative_of, batch.negatives or [], strict=True
        ):
            negatives[row].append(view)
        for row, index in enumerate(batch.index.tolist()):
            first = [round(value, 9) for value in batch.first[row].tolist()]
            found[index] = (first, batch.second[row], negatives[row], float(batch.score[row]), int(batch.label[row]))
    return found


@pytest.fixture(scope="module")
def expected() -> dict[int, tuple[object, ...]]:
    """The pairs of `rows`, one by one."""
    make = sampler(seed=3)
    return by_index(
        [make.collate([make.process(lambda s=s: make.columns().parse(s), i, 2)]) for i, s in enumerate(rows())]
    )


class Streamed(IterableDataset):
    def __iter__(self):
        return iter(enumerate(rows()))


def test_each_member_has_the_view_of_its_own_modality_and_recipe() -> None:
    make, text = sampler(seed=4), get_modality("text")
    pair = make((ITEM, CAPTIONS[0], CAPTIONS[1], CAPTIONS[2]), 9, epoch=1)
    first, second = make.members
    assert torch.equal(pair.first, first.recipe.first(ITEM, Stream(4, 1, 9, view=0)))
    assert pair.second == second.recipe.second(CAPTIONS[0], Stream(4, 1, 9, view=1))
    assert pair.negatives == tuple(second.recipe.second(CAPTIONS[1 + j], Stream(4, 1, 9, view=2 + j)) for j in range(2))
    assert second.modality is text
    assert make.modalities == ("series", "text")
    assert make.modality is first.modality


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 1},
        {"batch_size": 3, "shuffle": True},
        {"batch_size": 2, "num_workers": 2},
        {"batch_size": 3, "batched": True},
        {"batch_size": 7, "batched": True, "num_workers": 1},
    ],
)
def test_a_loader_gives_the_pairs_of_the_samples_one_by_one(expected, options) -> None:
    loader = sampler(seed=3).loader(rows(), **options)
    loader.set_epoch(2)
    assert by_index(loader) == expected


def test_every_entrance_gives_the_same_pairs(expected) -> None:
    make = sampler(seed=3)
    make.set_epoch(2)
    keyed = list(enumerate(rows()))
    assert by_index([make.collate_items(keyed)]) == expected
    assert by_index(DataLoader(make.wrap_dataset(rows()), 2, collate_fn=make.collate, num_workers=1)) == expected
    for batched in (False, True):
        streamed = make.loader(Streamed(), 3, batched=batched)
        streamed.set_epoch(2)
        assert by_index(streamed) == expected
    alone = [make(row, i, 2) for i, row in enumerate(rows())]
    assert by_index([make.collate(alone)]) == expected


def test_columns_give_the_pairs_of_tuples(expected) -> None:
    make = sampler(seed=3)
    make.set_epoch(2)
    table = {"series": [], "caption": [], "negative": [], "negative_1": [], "score": [], "label": [], "index": []}
    for i, (series, text, *negatives, score, label) in enumerate(rows()):
        first, second = [*negatives, None, None][:2]
        for name, value in zip(table, (series, text, first, second, score, label, i), strict=True):
            table[name].append(value)
    assert by_index([make.collate([{"pair": pair} for pair in make.hf_transform()(table)["pair"]])]) == expected
    records = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    assert by_index([make.collate_items(records)]) == expected
    named = [{"sound": r["series"], "words": r["caption"], **{k: r[k] for k in (*table,)[2:]}} for r in records]
    wrapped = make.wrap_dataset(named, item=("sound", "words"))
    assert by_index([make.collate([wrapped[i] for i in range(7)])]) == expected


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5), st.integers(0, 50), st.randoms(use_true_random=False))
def test_a_batch_of_pairs_is_its_pairs_whatever_the_order_of_its_negatives(counts, epoch, random) -> None:
    make = sampler(seed=1)
    samples = [
        (ITEM + i, CAPTIONS[i % 4], *(f"negative {j} of item {i}" for j in range(n))) for i, n in enumerate(counts)
    ]
    owners = [(i, text) for i, (_, _, *negatives) in enumerate(samples) for text in negatives]
    by_row = {i: iter([text for owner, text in owners if owner == i]) for i in range(len(samples))}
    order = [i for i, _ in owners]
    random.shuffle(order)
    negatives = [next(by_row[i]) for i in order]
    batch = (torch.stack([s[0] for s in samples]), [s[1] for s in samples], negatives, np.array(order, dtype=np.int64))
    together = make.augment(batch if negatives else batch[:2], range(len(samples)), epoch)
    alone = make.collate([make(sample, i, epoch) for i, sample in enumerate(samples)])
    torch.testing.assert_close(together.first, alone.first, rtol=1e-12, atol=1e-12)
    assert together.second == alone.second
    assert sorted(
        zip((together.negative_of if negatives else torch.empty(0)).tolist(), together.negatives or [], strict=True)
    ) == sorted(zip((alone.negative_of if negatives else torch.empty(0)).tolist(), alone.negatives or [], strict=True))
    assert negatives == [] or together.negative_of.tolist() == order


def test_negatives_stand_by_their_number_then_by_their_row() -> None:
    make = PairSampler(("text", "text"))
    batch = make.collate_items([("a", "b", "a1", "a2"), ("c", "d"), ("e", "f", "e1")])
    assert batch.negatives == ["a1", "e1", "a2"]
    assert batch.negative_of.tolist() == [0, 2, 0]


def test_one_of_several_candidates_is_drawn_by_the_key() -> None:
    make = PairSampler((Series(), "text"), ("whole", None))
    drawn = [make((ITEM, CAPTIONS), i, epoch).second for epoch in range(5) for i in range(80)]
    assert drawn == [make((ITEM, CAPTIONS), i, epoch).second for epoch in range(5) for i in range(80)]
    counts = [drawn.count(caption) for caption in CAPTIONS]
    assert sum(counts) == 400
    assert min(counts) > 60


@given(st.integers(0, 2**62), st.integers(0, 20))
def test_the_view_of_a_candidate_is_that_of_the_item_alone(index, epoch) -> None:
    make = sampler(seed=2)
    pair = make((ITEM, CAPTIONS[:2]), index, epoch)
    assert pair.second in [make((ITEM, caption), index, epoch).second for caption in CAPTIONS[:2]]


def test_two_members_of_one_modality_are_anchor_and_positive() -> None:
    make = PairSampler(("text", "text"), recipe=(None, None))
    batch = make.collate_items([{"anchor": "q", "positive": "a", "negative": ["x", "y"], "score": 1, "__key__": "k"}])
    assert (batch.first, batch.second, batch.negatives, batch.score.tolist()) == (["q"], ["a"], ["x", "y"], [1.0])
    assert batch.score.dtype == torch.float32
    assert [member.name for member in make.members] == ["anchor", "positive"]


def test_a_trailing_float_is_a_score_and_a_trailing_integer_a_label() -> None:
    make = PairSampler(("text", "text"))
    for sample in [
        ("q", "a", 0.5, 3),
        ("q", "a", 3, 0.5),
        (7, ("q", "a", 0.5), 3),
        (7, ("q", "a", 0.5, 3)),
        (("q", "a", 0.5), 3),
    ]:
        batch = make.collate_items([sample])
        assert (batch.score.tolist(), batch.label.tolist()) == ([0.5], [3])
    assert make.collate_items([("q", "a", np.float32(0.5))]).label is None
    assert make.collate_items([("q", "a", True)]).label.tolist() == [1]


def test_a_wave_and_its_rate_or_a_list_of_numbers_is_one_item_and_no_list_of_candidates() -> None:
    wave = np.zeros(8000, dtype=np.float32)
    audio = PairSampler(("audio", "timeseries"))
    pair = audio(((wave, 8000), [0.5, 1.0, 2.0, 4.0]), 0)
    assert isinstance(pair.first, tuple)
    assert pair.second == [0.5, 1.0, 2.0, 4.0]


def test_the_spec_rebuilds_the_sampler() -> None:
    make = PairSampler(("image", "text"), ("simclr-small", None), seed=5, recipe_options=({"size": 12}, {}))
    spec = json.loads(json.dumps(make.spec))
    assert spec == {
        "modality": ["image", "text"],
        "recipe": ["simclr-small", "eval"],
        "options": [{"size": 12}, {}],
        "seed": 5,
    }
    again = PairSampler.from_spec(spec)
    image = torch.randint(0, 256, (3, 20, 20), dtype=torch.uint8)
    assert torch.equal(again((image, "a dog"), 3).first, make((image, "a dog"), 3).first)
    assert "('image', 'text')" in repr(make)
    assert "recipe_options=({'size': 12}, {})" in repr(make)
    assert PairSampler(("text", "text"), recipe="crop").spec["recipe"] == ["crop", "crop"]
    copy = pickle.loads(pickle.dumps(make))
    assert torch.equal(copy((image, "a dog"), 3).first, make((image, "a dog"), 3).first)


def test_a_loader_of_pairs_resumes() -> None:
    def loader():
        return sampler(seed=3).loader(rows(), 2, shuffle=True, num_workers=1)

    whole = [by_index([batch]) for batch in loader()]
    interrupted = loader()
    for _, _batch in zip(range(2), interrupted, strict=False):
        state = interrupted.state_dict()
    resumed = loader()
    resumed.load_state_dict(state)
    assert [by_index([batch]) for batch in resumed] == whole[2:]


# -- loaders of others -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("labelled", [False, True])
def test_a_wrapped_loader_takes_what_the_default_collate_function_makes(labelled) -> None:
    pairs = [(ITEM + i, CAPTIONS[i % 4]) for i in range(5)]
    data = [(*pair, i) for i, pair in enumerate(pairs)] if labelled else pairs
    make = sampler(seed=3)
    got = list(make.wrap_loader(DataLoader(data, 2)))
    alone = make.collate([make(pair, i) for i, pair in enumerate(pairs)])
    assert [text for batch in got for text in batch.second] == alone.second
    torch.testing.assert_close(torch.cat([batch.first for batch in got]), alone.first)
    assert torch.cat([batch.index for batch in got]).tolist() == [0, 1, 2, 3, 4]
    assert (torch.cat([batch.label for batch in got]).tolist() if labelled else got[0].label) == (
        [*range(5)] if labelled else None
    )


def test_a_wrapped_loader_takes_dicts_of_columns_negatives_scores_and_indices() -> None:
    make = sampler(seed=3)
    records = [
        {"series": ITEM + i, "text": CAPTIONS[i], "negative": f"no {i}", "score": i / 4, "index": 5 + i}
        for i in range(4)
    ]
    (named,) = make.wrap_loader(DataLoader(records, 4))
    tuples = [(5 + i, (ITEM + i, CAPTIONS[i], f"no {i}", i / 4)) for i in range(4)]
    (nested,) = make.wrap_loader(DataLoader(tuples, 4))
    direct = make.collate_items(tuples)
    for batch in (named, nested):
        assert torch.equal(batch.first, direct.first)
        assert (batch.second, batch.negatives) == (direct.second, direct.negatives)
        assert (batch.index.tolist(), batch.score.tolist()) == (direct.index.tolist(), direct.score.tolist())


def test_a_wrapped_loader_augments_two_tensors_as_a_batch_and_names_the_row_that_is_bad() -> None:
    make = PairSampler((Series(), Series()), "whole", on_error="skip")
    values = torch.stack([ITEM + i for i in range(3)])
    bad = values.clone()
    bad[1] = torch.nan
    (batch,) = make.wrap_loader([(values, values * 2)])
    assert torch.equal(batch.first, make.augment((values, values * 2), range(3)).first)
    with pytest.warns(UserWarning, match="1: ValueError: positive"):
        (batch,) = make.wrap_loader([(list(values), list(bad))])
    assert batch.index.tolist() == [0, 2]


def test_a_wrapped_loader_draws_candidates_and_augments_lists_beside_tensors_as_a_batch(monkeypatch) -> None:
    make, values = sampler(seed=3), torch.stack([ITEM + i for i in range(4)])
    several = [CAPTIONS[:2], *CAPTIONS[1:]]
    (drawn,) = make.wrap_loader([(values, several)])
    assert (
        drawn.second == make.collate([make(pair, i) for i, pair in enumerate(zip(values, several, strict=True))]).second
    )
    expected = make.collate([make(pair, i) for i, pair in enumerate(zip(values, CAPTIONS, strict=True))])
    monkeypatch.setattr(make, "process", None)  # what augments row by row
    (batch,) = make.wrap_loader([(values, tuple(CAPTIONS))])
    assert batch.second == expected.second
    torch.testing.assert_close(batch.first, expected.first)


def test_negatives_that_are_missing_in_a_column_are_none() -> None:
    batch = PairSampler(("text", "text")).collate_items([("a", "b", None, "c"), {"anchor": "d", "positive": "e"}])
    assert (batch.negatives, batch.negative_of.tolist()) == (["c"], [0])


# -- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ((ITEM, None), "item 7, text: the text is missing"),
        ((None, "a dog"), "item 7, series: the series is missing"),
        ((ITEM, "  "), "item 7, text: the text is missing"),
        ((ITEM, []), "item 7, text: its list of candidates is empty"),
        ((ITEM, ["a dog", None]), "item 7, text: the text is missing"),
        ((ITEM, b"caf\xe9"), "item 7, text: the text is not UTF-8"),
        ((ITEM * torch.nan, "a dog"), "item 7, series: a series must be finite"),
        ((ITEM, "a dog", "a dog"), "item 7, negative 0: it is equal to"),
        ((ITEM, ["a dog", "a cat"], "a bird", "a cat"), "item 7, negative 1: it is equal to"),
        ((ITEM, "a dog", ""), "item 7, negative 0: the text is missing"),
        ((ITEM, "a dog", float("nan")), "the score is nan"),
        ((ITEM,), "a sample is a pair"),
        ((ITEM, 3), "a sample is a pair"),
        ({"series": ITEM}, "no column 'text' or 'caption'"),
    ],
)
def test_a_bad_pair_names_the_item_and_the_member(sample, message) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        sampler().collate([sampler().process(lambda: sampler().columns().parse(sample), 7, 0)])
    skipping = sampler(on_error="skip")
    for batched in (False, True):
        with pytest.warns(UserWarning, match="1 items were left out"):
            (batch,) = skipping.loader([(ITEM, "a dog"), sample], 2, batched=batched)
        assert batch.index.tolist() == [0]
        assert batch.skipped[0].index == 1
        assert message.removeprefix("item 7, ") in batch.skipped[0].error


def test_a_single_item_is_no_pair() -> None:
    with pytest.raises(TypeError, match="single Tensor"):
        sampler()(ITEM, 0)


def test_scores_in_some_samples_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="has no score"):
        PairSampler(("text", "text")).collate_items([(0, ("a", "b", 0.5)), (1, ("c", "d"))])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"modality": ("image", "text", "audio")}, ValueError, "a tuple of two, got 3"),
        ({"modality": ("text",)}, ValueError, "a tuple of two, got 1"),
        ({"modality": ("text", "text"), "recipe": ("crop", "crop", "crop")}, ValueError, "two modalities need two"),
        ({"modality": ("image", "text"), "recipe": ("simclr", None), "size": 8}, TypeError, "recipe_options"),
        ({"modality": ("image", "text"), "recipe_options": ({},)}, ValueError, "one dict for each of 2"),
        ({"modality": ("text", "text"), "views": ("crop", "crop")}, ValueError, "each has one view"),
        ({"modality": "text"}, TypeError, "needs a recipe"),
    ],
)
def test_wrong_modalities_recipes_and_options_are_refused(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        PairSampler(**arguments)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((torch.stack([ITEM] * 3), CAPTIONS[:2]), "text: a batch of 2 items needs 2 indices"),
        (torch.stack([ITEM] * 3), "a batch of pairs is"),
        ((torch.stack([ITEM] * 3), CAPTIONS[:3], ["no"], [3]), "negative_of is the row in"),
    ],
)
def test_a_batch_of_other_counts_is_refused(batch, message) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        sampler().augment(batch, range(3))


def test_a_batch_moves_with_its_negatives_and_keeps_its_types() -> None:
    make = PairSampler((Series(), Series()), "whole")
    batch = make.collate_items([(i, (ITEM + i, ITEM * 2, ITEM * 3, 0.5)) for i in range(2)])
    assert isinstance(batch, PairBatch)
    moved = batch.to(torch.float16)
    assert moved.negatives.dtype == torch.float16
    assert (moved.score.dtype, moved.negative_of.dtype) == (torch.float32, torch.int64)
    assert isinstance(make((ITEM, ITEM), 0), Pair)
