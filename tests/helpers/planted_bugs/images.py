"""Bugs of type, dtype, layout and degenerate images, planted in image augmentations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pairgen.modalities.image import GaussianNoise, HorizontalFlip, ImageAugmentation, Rotation
from pairgen.testing.spec import Tags
from tests.helpers.planted_bugs.base import PlantedBug


class ReturnsArrays(HorizontalFlip):
    def apply(self, item: Any, params: Any) -> Any:
        return np.asarray(super().apply(item, params)) if hasattr(item, "mode") else super().apply(item, params)


class ReturnsFloat64(HorizontalFlip):
    def apply(self, item: Any, params: Any) -> Any:
        view = super().apply(item, params)
        return view.astype(np.float64) if getattr(view, "dtype", None) == np.float32 else view


class LeavesTheDevice(HorizontalFlip):
    def apply(self, item: Any, params: Any) -> Any:
        view = super().apply(item, params)
        return view.to("meta") if isinstance(view, torch.Tensor) else view


class LosesTheChannelAxis(HorizontalFlip):
    def apply(self, item: Any, params: Any) -> Any:
        view = super().apply(item, params)
        return view[..., 0] if isinstance(view, np.ndarray) and view.shape[2:] == (1,) else view


class ChannelsLast(HorizontalFlip):
    def apply(self, item: Any, params: Any) -> Any:
        view = super().apply(item, params)
        return view.permute(1, 2, 0) if isinstance(view, torch.Tensor) else view


class Overshoots(GaussianNoise):
    """Noise without the clipping."""

    def apply(self, item: Any, params: Any) -> Any:
        if isinstance(item, torch.Tensor) and item.is_floating_point():
            noise = params.noise.normal(item.shape, like=item).to(item.dtype)
            return item + params.sigma * noise
        return super().apply(item, params)


class MirrorsArraysUpsideDown(HorizontalFlip):
    """Takes the height of arrays for their width."""

    def apply_array(self, image: np.ndarray, params: Any) -> np.ndarray:
        return np.ascontiguousarray(image[::-1]) if params else image


@dataclass(frozen=True)
class Flip(ImageAugmentation):
    """Mirrors half of the images, `offset` pixels to the right of where they belong."""

    offset: int = 0

    def draw(self, item: Any, rng: Any) -> Any:
        return rng.bernoulli(0.5)

    def apply_batch(self, batch: torch.Tensor, params: Any) -> torch.Tensor:
        flipped = torch.as_tensor(params).reshape(-1, 1, 1, 1)
        return torch.where(flipped, batch.flip(-1).roll(self.offset, -1), batch)


class NeedsTwoRows(Rotation):
    """Divides by the height minus one."""

    def apply(self, item: Any, params: Any) -> Any:
        height = np.asarray(item).shape[0] if not isinstance(item, torch.Tensor) else item.shape[1]
        return super().apply(item, params + 0 * (1 // (height - 1)))


class AlwaysAQuarterTurn(Rotation):
    def draw(self, item: Any, rng: Any) -> Any:
        return super().draw(item, rng) + 0.25


def bug(broken: Any, correct: Any, check: str, **options: Any) -> PlantedBug:
    return PlantedBug(broken, correct, check, {"modality": "image", **options})


_ROTATION = {"tags": Tags(identity_params={"degrees": 0.0})}

BUGS = [
    bug(ReturnsArrays(), HorizontalFlip(), "keeps_type"),
    bug(ReturnsFloat64(), HorizontalFlip(), "keeps_dtype"),
    bug(LeavesTheDevice(), HorizontalFlip(), "keeps_device"),
    bug(LosesTheChannelAxis(), HorizontalFlip(), "keeps_layout"),
    bug(ChannelsLast(), HorizontalFlip(), "keeps_layout"),
    bug(Overshoots(0.3), GaussianNoise(0.3), "keeps_values"),
    bug(MirrorsArraysUpsideDown(), HorizontalFlip(), "same_in_every_form"),
    bug(Flip(offset=1), Flip(), "keeps_the_center"),
    bug(NeedsTwoRows(), Rotation(), "accepts_every_item"),
    bug(AlwaysAQuarterTurn(), Rotation(), "identity_at_zero_strength", **_ROTATION),
]
