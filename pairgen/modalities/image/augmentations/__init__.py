"""The image augmentations, by subject: crops, geometry, colour, filters."""

from __future__ import annotations

from pairgen.modalities.image.augmentations.base import ImageAugmentation
from pairgen.modalities.image.augmentations.colour import (
    ColorJitter,
    Equalize,
    Grayscale,
    Normalize,
    Posterize,
    Solarize,
)
from pairgen.modalities.image.augmentations.crops import (
    CenterResize,
    RandomCrop,
    RandomResizedCrop,
)
from pairgen.modalities.image.augmentations.filters import GaussianBlur, GaussianNoise
from pairgen.modalities.image.augmentations.geometry import (
    Cutout,
    HorizontalFlip,
    Perspective,
    Rotation,
    VerticalFlip,
)

__all__ = [
    "CenterResize",
    "ColorJitter",
    "Cutout",
    "Equalize",
    "GaussianBlur",
    "GaussianNoise",
    "Grayscale",
    "HorizontalFlip",
    "ImageAugmentation",
    "Normalize",
    "Perspective",
    "Posterize",
    "RandomCrop",
    "RandomResizedCrop",
    "Rotation",
    "Solarize",
    "VerticalFlip",
]
