"""The peers' own pipelines for the work of the subjects `image` and `loader`.

Photographs: JPEG bytes to two views (2 tensors (3, 224, 224), float32, normalized) with the
augmentations and probabilities of SimCLR (Chen et al. 2020), as in pairgen's recipe `simclr`.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.io import ImageReadMode, decode_jpeg
from torchvision.transforms import v2 as _v2

v2: Any = _v2
"""torchvision's transforms v2, which re-export their names without saying so to type checkers."""

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIZE, SCALE, SIGMAS = 224, (0.08, 1.0), (0.1, 2.0)
JITTER = {"brightness": 0.8, "contrast": 0.8, "saturation": 0.8, "hue": 0.2}

Views = Callable[[bytes], tuple[Tensor, Tensor]]


def lightly_views() -> Views:
    """SimCLRTransform of lightly with its defaults, which are SimCLR's, on PIL images."""
    from lightly.transforms.simclr_transform import SimCLRTransform

    transform: Any = SimCLRTransform(input_size=SIZE, min_scale=SCALE[0], sigmas=SIGMAS)

    def views(jpeg: bytes) -> tuple[Tensor, Tensor]:
        first, second = transform(Image.open(io.BytesIO(jpeg)).convert("RGB"))
        return first, second

    return views


def torchvision_views() -> Views:
    """Torchvision v2 on uint8 tensors, which its documentation recommends for speed."""
    transform = v2.Compose(
        [
            v2.RandomResizedCrop(SIZE, scale=SCALE, antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.ColorJitter(**JITTER)], p=0.8),
            v2.RandomGrayscale(p=0.2),
            v2.RandomApply([v2.GaussianBlur(23, SIGMAS)], p=0.5),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(MEAN, STD),
        ]
    )

    def views(jpeg: bytes) -> tuple[Tensor, Tensor]:
        data = torch.frombuffer(bytearray(jpeg), dtype=torch.uint8)
        image = decode_jpeg(data, ImageReadMode.RGB)
        first, second = transform(image), transform(image)
        return first, second

    return views


def albumentations_views() -> Views:
    """Albumentations on OpenCV arrays."""
    import albumentations as A
    from albumentations.pytorch import ToTensorV2

    transform = A.Compose(
        [
            A.RandomResizedCrop((SIZE, SIZE), scale=SCALE),
            A.HorizontalFlip(p=0.5),
            A.ColorJitter(
                brightness=(0.2, 1.8),
                contrast=(0.2, 1.8),
                saturation=(0.2, 1.8),
                hue=(-0.2, 0.2),
                p=0.8,
            ),
            A.ToGray(p=0.2),
            A.GaussianBlur(blur_limit=0, sigma_limit=SIGMAS, p=0.5),
            A.Normalize(MEAN, STD),
            ToTensorV2(),
        ]
    )

    def views(jpeg: bytes) -> tuple[Tensor, Tensor]:
        image = decode_with_opencv(jpeg)
        return transform(image=image)["image"], transform(image=image)["image"]

    return views


def decode_with_opencv(jpeg: bytes) -> Any:
    """uint8 (H, W, 3), RGB."""
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)


def decode_with_pil(jpeg: bytes) -> Any:
    """uint8 (H, W, 3), RGB."""
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def decode_with_torchvision(jpeg: bytes) -> Any:
    """uint8 (3, H, W), RGB."""
    return decode_jpeg(torch.frombuffer(bytearray(jpeg), dtype=torch.uint8), ImageReadMode.RGB)


def collate_views(pairs: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Pairs of views to two batches (B, 3, 224, 224)."""
    return torch.stack([first for first, _ in pairs]), torch.stack([second for _, second in pairs])
