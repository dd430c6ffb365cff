"""Images: items, augmentations, recipes, encoders, reader and drawing.

>>> from pairgen.modalities.image import ColorJitter, modality
>>> modality.recipes.names()
['byol', 'mocov2', 'none', 'simclr', 'simclr-grey', 'simclr-small']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pairgen.modalities.image.plugin import ImageModality, modality

if TYPE_CHECKING:
    from pairgen.modalities.image.augmentations import (
        CenterResize,
        ColorJitter,
        Cutout,
        Equalize,
        GaussianBlur,
        GaussianNoise,
        Grayscale,
        HorizontalFlip,
        ImageAugmentation,
        Normalize,
        Perspective,
        Posterize,
        RandomCrop,
        RandomResizedCrop,
        Rotation,
        Solarize,
        VerticalFlip,
    )
    from pairgen.modalities.image.collation import Finish

__all__ = [
    "CenterResize",
    "ColorJitter",
    "Cutout",
    "Equalize",
    "Finish",
    "GaussianBlur",
    "GaussianNoise",
    "Grayscale",
    "HorizontalFlip",
    "ImageAugmentation",
    "ImageModality",
    "Normalize",
    "Perspective",
    "Posterize",
    "RandomCrop",
    "RandomResizedCrop",
    "Rotation",
    "Solarize",
    "VerticalFlip",
    "modality",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "collation" if name == "Finish" else "augmentations"
    return getattr(import_module(f"{__name__}.{room}"), name)
