"""Faults of form and of degenerate images, planted in pairgen's own image augmentations."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pairgen.modalities.image import GaussianNoise, HorizontalFlip, Rotation
from pairgen.testing.spec import Tags
from tests.helpers.planted_bugs.base import Plant


class AnswersWithArrays(HorizontalFlip):
    def apply(self, item: Any, params: Any) -> Any:
        return np.asarray(super().apply(item, params)) if hasattr(item, "mode") else super().apply(item, params)


class AnswersInDoubles(HorizontalFlip):
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
            noise = params.field.normal(item.shape, like=item).to(item.dtype)
            return item + params.sigma * noise
        return super().apply(item, params)


class NeedsTwoRows(Rotation):
    """Divides by the height less one."""

    def apply(self, item: Any, params: Any) -> Any:
        height = np.asarray(item).shape[0] if not isinstance(item, torch.Tensor) else item.shape[1]
        return super().apply(item, params + 0 * (1 // (height - 1)))


class AlwaysAQuarterTurn(Rotation):
    def draw(self, item: Any, rng: Any) -> Any:
        return super().draw(item, rng) + 0.25


def plant(broken: Any, twin: Any, check: str, **options: Any) -> Plant:
    return Plant(broken, twin, check, {"modality": "image", **options})


_ROTATION = {"tags": Tags(identity_params={"degrees": 0.0})}

PLANTS = [
    plant(AnswersWithArrays(), HorizontalFlip(), "keeps_type"),
    plant(AnswersInDoubles(), HorizontalFlip(), "keeps_dtype"),
    plant(LeavesTheDevice(), HorizontalFlip(), "keeps_device"),
    plant(LosesTheChannelAxis(), HorizontalFlip(), "keeps_layout"),
    plant(ChannelsLast(), HorizontalFlip(), "keeps_layout"),
    plant(Overshoots(0.3), GaussianNoise(0.3), "keeps_values"),
    plant(NeedsTwoRows(), Rotation(), "serves_every_item"),
    plant(AlwaysAQuarterTurn(), Rotation(), "identity_at_zero_strength", **_ROTATION),
]
