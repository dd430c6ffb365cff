"""Image transforms of torchvision, albumentations and kornia."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from pairgen.testing.adapters.base import ExternalTransform
from pairgen.testing.compare import is_picture
from pairgen.testing.global_state import seed_all
from pairgen.testing.spec import Tags

__all__ = ["AlbumentationsTransform", "KorniaTransform", "TorchvisionTransform"]

_WIDE = (np.float16, np.float64)


@dataclass(frozen=True, eq=False, repr=False)
class _ImageTransform(ExternalTransform):
    modality: str | None = "image"


@dataclass(frozen=True, eq=False, repr=False)
class _BatchTransform(_ImageTransform):
    """One call transforms a batch (B, C, H, W) as a whole, under the seed of its first item."""

    tags: Tags = field(default_factory=Tags)

    def apply_batch(self, batch: Any, params: Any) -> Any:
        """What one call makes of the whole batch."""
        if params is not None and len(params):
            self.seed(int(params[0]))
        return self.call(batch)


@dataclass(frozen=True, eq=False, repr=False)
class TorchvisionTransform(_BatchTransform):
    """Takes PIL images, and tensors (C, H, W), uint8 or float32."""

    def takes(self, item: Any) -> Any:
        """PIL images as they are, all else as tensors."""
        return item if is_picture(item) else _tensor(item)


@dataclass(frozen=True, eq=False, repr=False)
class KorniaTransform(_BatchTransform):
    """Takes tensors (C, H, W), float32 in [0, 1]."""

    def takes(self, item: Any) -> Any:
        """A float tensor."""
        tensor = _tensor(item)
        return tensor if tensor is None or tensor.is_floating_point() else tensor / 255

    def call(self, item: Any) -> Any:
        """Kornia takes a batch only of floats."""
        return self.transform(item if item.is_floating_point() else item / 255)


@dataclass(frozen=True, eq=False, repr=False)
class AlbumentationsTransform(_ImageTransform):
    """Takes arrays (H, W, C), uint8 or float32 in [0, 1]."""

    def seed(self, seed: int) -> None:
        """By `set_random_seed`: since 2.0 a transform has generators of its own."""
        seed_all(seed)
        if hasattr(self.transform, "set_random_seed"):
            self.transform.set_random_seed(seed)

    def call(self, item: Any) -> Any:
        """By keyword, and out of the dict."""
        return self.transform(image=item)["image"]

    def takes(self, item: Any) -> Any:
        """An array with a channel axis."""
        tensor = _tensor(item)
        return None if tensor is None else np.ascontiguousarray(tensor.permute(1, 2, 0).numpy())


def _tensor(item: Any) -> Any:
    """An image item that is not encoded as a tensor (C, H, W), uint8 or float32."""
    if isinstance(item, torch.Tensor):
        return item.to(torch.float32) if item.is_floating_point() else item
    if not is_picture(item) and not isinstance(item, np.ndarray):
        return None
    array = np.array(item)
    array = array.astype(np.float32) if array.dtype in _WIDE else array
    return torch.from_numpy(array)[None] if array.ndim == 2 else torch.from_numpy(array).permute(2, 0, 1).contiguous()
