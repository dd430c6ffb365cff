"""`check_sampler` finds bugs planted in samplers, loaders and modalities, and none in those of pairgen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import strategies as st

import pairgen
from pairgen.modality import Recipe
from pairgen.pairs import Pair, PairSampler
from pairgen.random import Stream
from pairgen.testing import CheckFailedError, check_augmentation, check_sampler
from pairgen.testing.spec import CheckSpec
from tests.helpers.toy import Scale, Series

SERIES = st.lists(st.floats(-4, 4, width=32), min_size=4, max_size=4).map(torch.tensor)


class SeriesWithSpec(Series):
    """The toy modality with check_spec."""

    @property
    def check_spec(self) -> CheckSpec:
        return CheckSpec(
            SERIES,
            invalid_items={"no tensor": [1.0, 2.0], "NaN": torch.full((4,), torch.nan)},
            tolerance={"float32": 1e-5},
        )


class AcceptsAnything(SeriesWithSpec):
    def decode(self, item: Any) -> Any:
        return item


class FailsOnInvalidItems(SeriesWithSpec):
    def decode(self, item: Any) -> torch.Tensor:
        return item if item.isfinite().all() else 1 / 0


class OneViewTwice(PairSampler):
    def _augment_decoded(self, decoded: Any) -> Pair:
        pair = super()._augment_decoded(decoded)
        return replace(pair, second=pair.first)


class ForgetsTheEpoch(PairSampler):
    def _augment_decoded(self, decoded: Any) -> Pair:
        return super()._augment_decoded(replace(decoded, epoch=0))


class KeyedByContent(PairSampler):
    """Keys each pair by how often the sampler was called."""

    calls = 0

    def _augment_decoded(self, decoded: Any) -> Pair:
        type(self).calls += 1
        return super()._augment_decoded(replace(decoded, index=self.calls))


class BatchesOfAnotherSeed(PairSampler):
    def augment(self, batch: Any, index: Any, *rest: Any, **options: Any) -> Any:
        seed, self.seed = self.seed, self.seed + 1
        try:
            return super().augment(batch, index, *rest, **options)
        finally:
            self.seed = seed


class ShiftsTheOrder(PairSampler):
    """Its loaders leave one batch out when they resume."""

    def loader(self, dataset: Any, batch_size: int, **options: Any) -> Any:
        loader = super().loader(dataset, batch_size, **options)
        load = loader.load_state_dict
        loader.load_state_dict = lambda state: load({**state, "batches": state["batches"] + 1})
        return loader


class LosesItsSeed(PairSampler):
    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "seed": 77}


class WritesIntoItems(PairSampler):
    def __call__(self, item: Any, *rest: Any, **options: Any) -> Pair:
        item += 1
        return super().__call__(item - 1, *rest, **options)


class ReturnsArrays(PairSampler):
    def __call__(self, *rest: Any, **options: Any) -> Pair:
        pair = super().__call__(*rest, **options)
        return replace(pair, first=pair.first.numpy())


class DrawsFromTheGlobalState(PairSampler):
    def _augment_decoded(self, decoded: Any) -> Pair:
        pair = super()._augment_decoded(decoded)
        return replace(pair, first=pair.first + torch.rand(()))


class ForgetsItsSeed(PairSampler):
    @property
    def spec(self) -> dict[str, Any]:
        return {**super().spec, "seed": 5}


class NeedsAnItem(PairSampler):
    """Asks for the first index of a batch."""

    def augment(self, batch: Any, index: Any, *rest: Any, **options: Any) -> Any:
        assert int(index[0]) >= 0
        return super().augment(batch, index, *rest, **options)


BUGS = [
    (NeedsAnItem, "an_empty_batch_has_no_pairs"),
    (OneViewTwice, "other_key_other_pair"),
    (ForgetsTheEpoch, "other_key_other_pair"),
    (KeyedByContent, "same_key_same_pair"),
    (KeyedByContent, "loaders_agree"),
    (BatchesOfAnotherSeed, "a_batch_of_pairs_is_its_pairs"),
    (ShiftsTheOrder, "resumes_at_every_batch"),
    (LosesItsSeed, "sampler_pickles"),
    (WritesIntoItems, "pairs_leave_items_alone"),
    (ReturnsArrays, "pairs_keep_type"),
    (DrawsFromTheGlobalState, "pairs_leave_the_global_rng_alone"),
    (ForgetsItsSeed, "spec_rebuilds_the_sampler"),
]


@pytest.mark.parametrize(("sampler", "check"), BUGS, ids=[f"{cls.__name__}-{check}" for cls, check in BUGS])
def test_a_bug_of_a_sampler_fails_the_check_named_after_it(sampler: type[PairSampler], check: str):
    report = check_sampler(sampler(SeriesWithSpec(), "whole", seed=3), checks=check, examples=20, raises=False)
    assert report[check].state == "failed", report
    assert report[check].example is not None


def test_the_correct_sampler_passes_all_checks():
    report = check_sampler(PairSampler(SeriesWithSpec(), "whole", seed=3), raises=False)
    assert report.ok, report
    assert set(report.counts) == {"passed"}


MEMBERS = ((SeriesWithSpec(), "text"), ("whole", "crop"))


@pytest.mark.parametrize(
    "sampler",
    [
        PairSampler(*MEMBERS, seed=3),
        PairSampler((SeriesWithSpec(), SeriesWithSpec()), "whole", seed=3),
        PairSampler(("image", "timeseries"), ("simclr-small", None), recipe_options=({"size": 8}, {})),
        PairSampler(SeriesWithSpec(), views=("whole",) * 4, seed=3),
    ],
    ids=["a third party's and text", "two of one", "image and time series", "four views"],
)
def test_pairs_of_two_modalities_and_many_views_pass_all_checks(sampler: PairSampler):
    report = check_sampler(sampler, examples=8, raises=False)
    assert report.ok, report
    assert set(report.counts) == {"passed"}


MEMBER_BUGS = [
    (OneViewTwice, "other_key_other_pair"),
    (KeyedByContent, "loaders_agree"),
    (BatchesOfAnotherSeed, "a_batch_of_pairs_is_its_pairs"),
    (ForgetsItsSeed, "spec_rebuilds_the_sampler"),
]


@pytest.mark.parametrize(("sampler", "check"), MEMBER_BUGS, ids=[check for _, check in MEMBER_BUGS])
def test_a_bug_shows_in_pairs_of_two_members_and_in_many_views(sampler: type[PairSampler], check: str):
    two = sampler((SeriesWithSpec(), SeriesWithSpec()), "whole", seed=3)
    for buggy in (two, sampler(SeriesWithSpec(), views=("whole",) * 3, seed=3)):
        report = check_sampler(buggy, checks=check, raises=False)
        assert report[check].state == "failed", report


@pytest.mark.parametrize("number", [0, 1])
def test_a_member_that_accepts_invalid_items_fails(number: int):
    members = [SeriesWithSpec(), SeriesWithSpec()]
    members[number] = AcceptsAnything()
    with pytest.raises(CheckFailedError, match=f"{('anchor', 'positive')[number]}: NaN"):
        check_sampler(PairSampler(tuple(members), Recipe(Scale(), Scale())), checks="invalid_items_are_named")


@pytest.mark.parametrize("plugin", [AcceptsAnything(), FailsOnInvalidItems()])
def test_a_modality_that_accepts_invalid_items_fails(plugin: SeriesWithSpec):
    report = check_augmentation(Scale(), plugin, checks="rejects_invalid_items", raises=False)
    assert report["rejects_invalid_items"].state == "failed", report
    assert check_augmentation(Scale(), SeriesWithSpec(), checks="rejects_invalid_items").ok
    with pytest.raises(CheckFailedError, match="invalid_items_are_named"):
        check_sampler(PairSampler(plugin, Recipe(Scale(), Scale())), checks="invalid_items_are_named")


def test_every_check_of_samplers_has_a_planted_bug():
    from pairgen.testing import CHECKS

    named = {name for name in CHECKS if CHECKS.get(name).scope == "sampler"}
    assert named - {check for _, check in BUGS} == {"invalid_items_are_named"}  # tested just above


def test_images_pass_all_checks_of_samplers():
    report = check_sampler(pairgen.PairSampler("image", "simclr-small", size=8), examples=5, raises=False)
    assert report.ok, report
    assert Stream(0) is not None
