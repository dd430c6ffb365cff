"""Faults that are the same in all forms and for all keys: a reference property finds them, and good code passes."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch

from pairgen.augmentation import Augmentation
from pairgen.testing import Report, Tags, check_augmentation
from tests.helpers.planted_bugs.images import Flip
from tests.helpers.planted_bugs.series import PLAIN, Gain, IgnoresTheView


def check(augmentation: Augmentation, modality: str | None, name: str, **options: Any) -> Report:
    return check_augmentation(augmentation, modality, checks=name, examples=40, raises=False, **options)


@dataclass(frozen=True)
class DownAndRight(Flip):
    """Moves an image by up to two pixels, never up or left."""

    def draw(self, item: Any, rng: Any) -> Any:
        return rng.integers(0, 3)

    def apply_batch(self, batch: torch.Tensor, params: Any) -> torch.Tensor:
        moves = np.atleast_1d(params)
        return torch.stack([image.roll((int(by), int(by)), (-2, -1)) for image, by in zip(batch, moves, strict=True)])


@pytest.mark.parametrize("broken", [Flip(offset=1), Flip(offset=-1), DownAndRight()])
def test_a_geometry_that_is_off_in_all_forms_is_found(broken: Augmentation) -> None:
    assert check(broken, "image", "same_in_every_form").ok
    report = check(broken, "image", "keeps_the_center")
    assert "off by a pixel" in report["keeps_the_center"].message


def test_a_geometry_about_the_center_passes_and_a_tag_allows_to_move() -> None:
    assert check(Flip(), "image", "keeps_the_center").counts == {"passed": 1}
    moves = Tags(preserves=Tags().preserves - {"center"})
    assert check(DownAndRight(), "image", "keeps_the_center", tags=moves).counts == {"skipped": 1}


def test_an_augmentation_that_ignores_the_view_and_the_epoch_is_found() -> None:
    report = check_augmentation(
        IgnoresTheView(),
        checks=["other_seed_other_view", "other_item_other_draw", "other_view_other_draw", "other_epoch_other_draw"],
        raises=False,
        **PLAIN,
    )
    assert [outcome.check for outcome in report.failed] == ["other_view_other_draw", "other_epoch_other_draw"]
    assert "both views are alike" in report["other_view_other_draw"].message
    assert check(Gain(), None, "other_view_other_draw", **{k: v for k, v in PLAIN.items() if k != "examples"}).ok


@dataclass(frozen=True)
class DropEdges(Augmentation):
    """Drops edges of either form; `fault` says how it goes wrong."""

    fault: str = ""

    def draw(self, item: Any, rng: Any) -> Any:
        return rng.uniform(size=200)

    def apply(self, item: Any, params: Any) -> Any:
        if isinstance(item, nx.Graph):
            view = item.copy()
            keys = list(view.edges(keys=True) if view.is_multigraph() else view.edges())
            values = [dict(view.edges[key]) for key in keys]
            for i, key in enumerate(keys):
                if params[i] < 0.3:
                    view.remove_edge(*key)
            if self.fault == "attributes":
                left = [key for i, key in enumerate(keys) if params[i] >= 0.3]
                for key, kept in zip(left, values, strict=False):
                    view.edges[key].clear()
                    view.edges[key].update(kept)
            return view
        view = copy.copy(item)
        kept = torch.from_numpy(params[: item.edge_index.shape[1]] >= 0.3)
        view.edge_index = item.edge_index[:, kept]
        for name in ("edge_attr", "edge_weight"):
            if item.get(name) is not None:
                view[name] = item[name][: int(kept.sum())] if self.fault == "attributes" else item[name][kept]
        return view


def test_attributes_that_do_not_follow_their_edges_are_found() -> None:
    report = check(DropEdges("attributes"), "graph", "keeps_values")
    assert "the attributes of edge" in report["keeps_values"].message
    assert check(DropEdges(), "graph", "keeps_values").ok


def test_a_graph_that_loses_one_direction_in_one_form_alone_is_found() -> None:
    report = check(DropEdges(), "graph", "same_in_every_form")
    assert "as networkx and as Data gave different views, in its edges" in report["same_in_every_form"].message


class Masked(Augmentation):
    """Replaces each id or character by a draw of its position."""

    def draw(self, item: Any, rng: Any) -> Any:
        return rng.uniform(size=400) < 0.3

    def apply(self, item: Any, params: Any) -> Any:
        if isinstance(item, str):
            return "".join("_" if mask else c for c, mask in zip(item, np.resize(params, len(item)), strict=True))
        mask = np.resize(params, len(item))
        view = copy.deepcopy(item)
        view[mask if isinstance(item, np.ndarray) else torch.from_numpy(mask)] = 49
        return view


class ServesPlainStringsOnly(Masked):
    def apply(self, item: Any, params: Any) -> Any:
        return super().apply(item, params) if type(item) is str or not isinstance(item, str) else item


def test_texts_are_compared_between_forms() -> None:
    report = check(ServesPlainStringsOnly(), "text", "same_in_every_form")
    assert "as str and as numpy.str_ gave different views, in its characters" in report["same_in_every_form"].message
    assert check(Masked(), "text", "same_in_every_form").ok


class Doubles(Masked):
    """Doubles ids modulo the vocabulary, and forgets that a byte holds no more than 255."""

    def apply(self, item: Any, params: Any) -> Any:
        return super().apply(item, params) if isinstance(item, str) else (item * 9) % 50


def test_ids_that_overflow_in_a_byte_are_found() -> None:
    report = check(Doubles(), "text", "same_in_every_form")
    assert "uint8 gave different views, in its ids" in report["same_in_every_form"].message


class Shouts(Augmentation):
    def draw(self, item, rng):
        return bool(rng.uniform() < 0.5)

    def apply(self, item, params):
        return item.upper() if params else item.lower()


class ShiftsIds(Augmentation):
    def draw(self, item, rng):
        return int(rng.integers(1, 50))

    def apply(self, item, params):
        return ((item.long() + params) % 50).to(item.dtype)


class FailsOnLongTexts(Shouts):
    def apply(self, item, params):
        if len(item) > 30:
            raise RuntimeError("too long")
        return super().apply(item, params)


@pytest.mark.parametrize("augmentation", [Shouts(), ShiftsIds()])
def test_what_raises_on_all_items_but_one_kind_of_text_is_checked_on_that_kind(augmentation: Augmentation) -> None:
    checks = ["accepts_every_item", "accepts_every_batch", "keeps_type", "same_seed_same_view"]
    report = check_augmentation(augmentation, "text", checks=checks, examples=20, raises=False)
    assert report.counts == {"passed": 4}, str(report)


def test_what_raises_on_some_strings_is_no_augmentation_of_another_kind() -> None:
    assert not check(FailsOnLongTexts(), "text", "accepts_every_item").ok
