"""Image transforms of torchvision, albumentations and kornia."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from pairgen.testing.adapters.base import ExternalTransform
from pairgen.testing.compare import is_pil_image
from pairgen.testing.global_state import seed_all
from pairgen.testing.spec import Tags

__all__ = ["AlbumentationsTransform", "KorniaTransform", "TorchvisionTransform"]

_TO_FLOAT32 = (np.float16, np.float64)


@dataclass(frozen=True, eq=False, repr=False)
class _ImageTransform(ExternalTransform):
    modality: str | None = "image"


@dataclass(frozen=True, eq=False, repr=False)
class _BatchTransform(_ImageTransform):
    """One call transforms a batch (B, C, H, W) as a whole, under the seed of its first item."""

    tags: Tags = field(default_factory=Tags)

    def apply_batch(self, batch: torch.Tensor, params: np.ndarray | None) -> Any:
        """Seed the transform and call it once, on the whole batch."""
        if params is not None and len(params):
            self.seed(int(params[0]))
        return self.call(batch)


@dataclass(frozen=True, eq=False, repr=False)
class TorchvisionTransform(_BatchTransform):
    """A transform of torchvision: takes PIL images, and tensors (C, H, W), uint8 or float32."""

    def convert_item(self, item: object) -> Any:
        """Return PIL images as they are, and all else as tensors; None for encoded items."""
        return item if is_pil_image(item) else _to_tensor(item)


@dataclass(frozen=True, eq=False, repr=False)
class KorniaTransform(_BatchTransform):
    """A transform of kornia: takes tensors (C, H, W), float32 in [0, 1]."""

    def convert_item(self, item: object) -> torch.Tensor | None:
        """Return a float32 tensor; None for encoded items."""
        tensor = _to_tensor(item)
        return tensor if tensor is None or tensor.is_floating_point() else tensor / 255

    def call(self, item: torch.Tensor) -> Any:
        """Call it on floats, which is all that it takes in a batch."""
        return self.transform(item if item.is_floating_point() else item / 255)


@dataclass(frozen=True, eq=False, repr=False)
class AlbumentationsTransform(_ImageTransform):
    """A transform of albumentations: takes arrays (H, W, C), uint8 or float32 in [0, 1]."""

    def seed(self, seed: int) -> None:
        """Seed the global states and the transform, which has generators of its own since 2.0."""
        seed_all(seed)
        if hasattr(self.transform, "set_random_seed"):
            self.transform.set_random_seed(seed)

    def call(self, item: np.ndarray) -> Any:
        """Call it by keyword, and take the view out of the dict."""
        return self.transform(image=item)["image"]

    def convert_item(self, item: object) -> np.ndarray | None:
        """Return an array with a channel axis; None for encoded items."""
        tensor = _to_tensor(item)
        return None if tensor is None else np.ascontiguousarray(tensor.permute(1, 2, 0).numpy())


def _to_tensor(item: object) -> torch.Tensor | None:
    """An image item as a tensor (C, H, W), uint8 or float32; None for encoded items."""
    if isinstance(item, torch.Tensor):
        return item.to(torch.float32) if item.is_floating_point() else item
    if not is_pil_image(item) and not isinstance(item, np.ndarray):
        return None
    array = np.array(item)
    array = array.astype(np.float32) if array.dtype in _TO_FLOAT32 else array
    return torch.from_numpy(array)[None] if array.ndim == 2 else torch.from_numpy(array).permute(2, 0, 1).contiguous()
