"""Collate decoded images or views to a batch, and normalize a batch for the encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from pairgen._validation import check_number
from pairgen.modalities.image._kernels.color import luma
from pairgen.modalities.image._kernels.values import to_float, white_level
from pairgen.modalities.image.io.codec import ImageItem, check_batch, decode_image

__all__ = ["ToModelInput", "check_batch", "check_statistics", "collate"]

Image = TypeVar("Image", np.ndarray, Tensor)


def collate(views: Sequence[ImageItem]) -> Tensor:
    """Collate images of one size, dtype and type to a batch.

    Where gray (one-channel) and color images meet, the gray ones become color.

    Args:
        views: Decoded images, or images of any type that `decode_image` takes.

    Returns:
        (B, C, H, W) of the dtype of the images. Arrays give channels_last layout, which convolutions prefer on the
        CPU; tensors are stacked.

    Raises:
        ValueError: There are none, or their sizes or dtypes differ.
        TypeError: Tensors among other images.
    """
    if not len(views):
        raise ValueError("cannot collate an empty batch; check the batch size and the data set")
    images = [view if isinstance(view, (np.ndarray, Tensor)) else decode_image(view) for view in views]
    tensors = [image for image in images if isinstance(image, Tensor)]
    if len(tensors) == len(images):
        return torch.stack(_unify(tensors, -3, lambda x: x.expand(3, -1, -1)))
    if tensors:
        raise TypeError("cannot collate tensors with other images; convert all of them to one type")
    arrays = [image if image.ndim == 3 else image[..., None] for image in images if isinstance(image, np.ndarray)]
    arrays = _unify(arrays, 2, lambda x: np.broadcast_to(x, (*x.shape[:2], 3)))
    batch = torch.from_numpy(np.empty((len(arrays), *arrays[0].shape), dtype=arrays[0].dtype))
    target = batch.numpy()
    for i, array in enumerate(arrays):
        target[i] = array
    return batch.permute(0, 3, 1, 2)


def _unify(images: list[Image], axis: int, to_color: Callable[[Image], Image]) -> list[Image]:
    """The images if they have one dtype and shape, gray ones made color where both occur; else ValueError."""
    if len({image.shape for image in images}) > 1 and {i.shape[axis] for i in images} == {1, 3}:
        images = [to_color(image) if image.shape[axis] == 1 else image for image in images]
    forms = {(image.shape, image.dtype) for image in images}
    if len(forms) > 1:
        listed = ", ".join(sorted(f"{tuple(shape)} {dtype}" for shape, dtype in forms)[:4])
        raise ValueError(
            f"cannot collate images of different shape or dtype: {listed}; choose a recipe that crops to one size "
            '(recipe="eval", size=224 resizes and crops) and pass items of one dtype'
        )
    return images


def check_statistics(mean: Sequence[float], std: Sequence[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the statistics of normalization as tuples of floats.

    Raises:
        TypeError: A value is no number.
        ValueError: No values, not as many of one as of the other, or a standard deviation that is not above 0.
    """
    means = tuple(check_number("mean", value) for value in mean)
    deviations = tuple(check_number("std", value, 0, above=True) for value in std)
    if not means or len(means) != len(deviations):
        raise ValueError(f"mean and std need one number a channel; got mean={means}, std={deviations}")
    return means, deviations


@dataclass(frozen=True)
class ToModelInput:
    """Normalize a collated batch for the encoder: (value - mean) / std, with value in [0, 1].

    Batches of as many channels as statistics are taken as they are. Gray batches are repeated to 3 channels, and color
    batches reduced to their luma for 1.

    Args:
        mean: One number a channel; their count is the number of channels of the result.
        std: One number a channel, above 0.

    Raises:
        ValueError: Not as many numbers of one as of the other, or a standard deviation that is not above 0.

    Example:
        >>> import torch
        >>> ToModelInput(mean=(0.5,), std=(0.25,))(torch.ones(1, 1, 2, 2)).max()
        tensor(2.)
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        mean, std = check_statistics(self.mean, self.std)
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "std", std)

    def __call__(self, batch: Tensor) -> Tensor:
        """Return the normalized batch.

        Args:
            batch: (B, C, H, W), uint8 or float in [0, 1], on any device.

        Returns:
            float32 (B, len(mean), H, W) in the memory layout of the batch.

        Raises:
            ValueError: The channels fit neither as they are, nor as gray, nor as color.
        """
        channels, white = len(self.mean), white_level(batch)
        images = self._adapt_channels(batch)
        scale = torch.tensor([1 / (white * s) for s in self.std], dtype=torch.float32, device=batch.device)
        shift = torch.tensor(
            [-m / s for m, s in zip(self.mean, self.std, strict=True)], dtype=torch.float32, device=batch.device
        )
        dense = images.is_contiguous(memory_format=torch.channels_last) and channels > 1
        out = _empty_float(images, torch.channels_last if dense else torch.contiguous_format).copy_(images.detach())
        if not dense:
            return out.mul_(scale.view(-1, 1, 1)).add_(shift.view(-1, 1, 1))
        # Broadcasting over an innermost axis of 3 does not vectorize; whole rows of pixels do: five times faster.
        width = images.shape[3]
        rows = out.permute(0, 2, 3, 1).view(len(out), images.shape[2], width * channels)
        torch.addcmul(shift.repeat(width), rows, scale.repeat(width), out=rows)
        return out

    def _adapt_channels(self, batch: Tensor) -> Tensor:
        channels = len(self.mean)
        if batch.shape[1] == channels:
            return batch
        if batch.shape[1] == 1 and channels == 3:
            return batch.expand(-1, channels, -1, -1)
        if batch.shape[1] == 3 and channels == 1:
            return luma(to_float(batch))
        raise ValueError(
            f"cannot make {channels} channels of {batch.shape[1]}; give the recipe mean and std of {batch.shape[1]} "
            "numbers, one a channel, or images with 1 or 3 channels; ImageCodec(channels=...) composites alpha"
        )


def _empty_float(images: Tensor, layout: torch.memory_format) -> Tensor:
    """An unfilled float32 tensor of the shape and device of `images`.

    On the CPU its memory comes from NumPy, which asks the system for huge pages: touching a large batch for the
    first time, otherwise the dearest part of normalizing it, then costs a third.
    """
    if images.device.type != "cpu":
        return torch.empty(images.shape, dtype=torch.float32, device=images.device, memory_format=layout)
    count, channels, height, width = images.shape
    if layout == torch.channels_last:
        memory = np.empty((count, height, width, channels), dtype=np.float32)
        return torch.from_numpy(memory).permute(0, 3, 1, 2)
    return torch.from_numpy(np.empty((count, channels, height, width), dtype=np.float32))
