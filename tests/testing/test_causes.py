"""Faults that only show between forms, on many items or over many calls; and failures that name their cause."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from pairgen.augmentation import Augmentation
from pairgen.modalities.image import HorizontalFlip, ImageAugmentation
from pairgen.testing import check_augmentation
from pairgen.testing.checks._registry import AUGMENTATION_SCOPES, select_checks
from tests.helpers.planted_bugs.series import PLAIN, Gain

_LOG: list[float] = []
_TURNS: list[int] = [0]


class Brighten(ImageAugmentation):
    """Adds an amount, and forgets that 8 bits wrap around."""

    def draw(self, item: Any, rng: Any) -> Any:
        return rng.uniform(0.2, 0.4)

    def apply_batch(self, batch: torch.Tensor, params: Any) -> torch.Tensor:
        amount = torch.as_tensor(params, dtype=torch.float32).reshape(-1, 1, 1, 1)
        if batch.dtype == torch.uint8:
            return batch + (255 * amount).to(torch.uint8)
        return (batch + amount.to(batch.dtype)).clamp(0, 1)


class FlipsTheLastAxis(HorizontalFlip):
    """Takes arrays for (C, H, W)."""

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        return image[..., ::-1].copy() if params else image


class OffByAPixel(HorizontalFlip):
    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        return np.roll(super().apply_array(image, params), 1, axis=1)


class Logs(Gain):
    def apply(self, item: Any, params: Any) -> Any:
        _LOG.append(0.5)
        return super().apply(item, params)


class ReadsTheClock(Gain):
    def apply(self, item: Any, params: Any) -> Any:
        return item + time.perf_counter()


class Counts(Gain):
    def apply(self, item: Any, params: Any) -> Any:
        _TURNS[0] += 1
        return item + _TURNS[0]


@dataclass(frozen=True)
class CountsItself(Augmentation):
    turns: list[int] = field(default_factory=lambda: [0])

    def draw(self, item: Any, rng: Any) -> float:
        return float(rng.uniform())

    def apply(self, item: Any, params: float) -> Any:
        self.turns[0] += 1
        return item + self.turns[0]


class DrawsGlobally(Gain):
    def apply(self, item: Any, params: Any) -> Any:
        return item + torch.rand(())


class DrawsOnce(Gain):
    def draw(self, item: Any, rng: Any) -> Any:
        return np.full(len(item), 0.5) if rng.is_batched else 0.5


@pytest.mark.parametrize("broken", [Brighten(), FlipsTheLastAxis(), OffByAPixel()])
def test_a_fault_that_only_shows_between_forms_is_found(broken: Augmentation) -> None:
    report = check_augmentation(broken, "image", checks="same_in_every_form", examples=20, raises=False)
    assert report["same_in_every_form"].state == "failed"
    assert "gave different views" in report["same_in_every_form"].message


def test_a_list_that_grows_by_a_float_a_call_is_found_and_named() -> None:
    report = check_augmentation(Logs(), checks="memory_stays_flat", raises=False, **PLAIN)
    assert report["memory_stays_flat"].state == "failed"
    assert "a cache or a log: the list tests.testing.test_causes._LOG" in report["memory_stays_flat"].message


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (ReadsTheClock(), "the clock"),
        (CountsItself(), "keeps between calls"),
        (Counts(), "a counter of its module"),
        (DrawsGlobally(), "the global random state"),
    ],
)
def test_a_view_that_differs_names_the_cause(broken: Augmentation, cause: str) -> None:
    report = check_augmentation(broken, checks="same_seed_same_view", raises=False, **PLAIN)
    assert cause in report["same_seed_same_view"].message


def test_one_draw_for_all_is_called_that() -> None:
    report = check_augmentation(DrawsOnce(), checks="other_item_other_draw", raises=False, **PLAIN)
    assert report["other_item_other_draw"].message.startswith("one draw for all")


def test_one_bug_is_reported_first_by_its_root() -> None:
    report = check_augmentation(DrawsGlobally(), raises=False, examples=6, **PLAIN)
    assert report.failed[0].check == "same_seed_same_view"
    assert "replays_from_params" in report.explained["same_seed_same_view"]
    text = str(report)
    assert text.count("smallest example") < len(report.failed)
    assert "probably from the same cause:" in text


def test_the_augmentation_of_the_readme_passes_every_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    block = next(part for part in readme.split("```python\n")[1:] if "class Fade(" in part).split("```")[0]
    (tmp_path / "readme_fade.py").write_text(f"import torch\nimport pairgen\n\n{block}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module: ModuleType = __import__("readme_fade")
    others = [
        check.name for check in select_checks(None, AUGMENTATION_SCOPES) if check.name != "same_in_a_fresh_process"
    ]
    report = check_augmentation(module.Fade(), "image", checks=others, examples=10, raises=False)
    assert report.ok, str(report)


class Shout(Augmentation):
    def draw(self, item: str, rng: Any) -> Any:
        return bool(rng.uniform() < 0.5)

    def apply(self, item: str, params: bool) -> str:
        return item.upper() if params else item


def test_an_augmentation_of_strings_is_checked_on_strings_alone() -> None:
    checks = ["accepts_every_item", "accepts_every_batch", "batch_equals_items", "keeps_type"]
    report = check_augmentation(Shout(), "text", checks=checks, examples=20, raises=False)
    assert {outcome.state for outcome in report.outcomes} == {"passed"}, str(report)
