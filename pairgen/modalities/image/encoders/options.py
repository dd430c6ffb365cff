"""Options with which an encoder fits the data."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor
from torch.utils.data import Dataset

from pairgen.modalities.image.modality import MODALITY

__all__ = ["encoder_options"]


def encoder_options(name: str, dataset: Dataset[Any], views: Tensor) -> dict[str, int]:
    """Return the number of channels and the size of the images, as far as an encoder takes them.

    Args:
        name: Name of an image encoder, such as "resnet18" or "timm/vit_tiny_patch16_224".
        dataset: The items; not read.
        views: Views of one item or more that went through the recipe, float (B, C, H, W).

    Returns:
        `in_channels`, C, and `image_size`, the larger of H and W, without those that the encoder's factory does not
        name among its parameters.

    Raises:
        UnknownNameError: There is no encoder of that name.

    Example:
        >>> import torch
        >>> encoder_options("resnet18", [], torch.zeros(1, 3, 32, 32))
        {'in_channels': 3, 'image_size': 32}
    """
    channels, height, width = views.shape[-3:]
    options = {"in_channels": channels, "image_size": max(height, width)}
    parameters = inspect.signature(MODALITY.encoders.get(name)).parameters
    return {option: value for option, value in options.items() if option in parameters}
