"""From opened items or views to a batch, and the last step before the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.image._kernels.color import grey_of
from pairgen.modalities.image._kernels.precision import top, working
from pairgen.modalities.image.io.codec import check_tensor, decode_image

__all__ = ["ToModelInput", "check_batch", "collate"]


def collate(views: Sequence[Any]) -> Tensor:
    """Views of one size and dtype as a batch (B, C, H, W).

    Arrays are copied once each and give a batch in channels_last layout, which convolutions prefer on the CPU;
    tensors are stacked. Where grey (one-channel) and colour views meet, the grey ones become colour.
    ValueError for none, or for sizes, dtypes or types that differ.
    """
    if not len(views):
        raise ValueError("cannot collate no images: the batch is empty; check the batch size and the data set")
    forms = [v if isinstance(v, (np.ndarray, Tensor)) else decode_image(v) for v in views]
    if all(isinstance(form, Tensor) for form in forms):
        return torch.stack(_fitting(forms, -3, lambda x: x.expand(3, -1, -1)))
    if not all(isinstance(form, np.ndarray) for form in forms):
        raise TypeError("cannot collate tensors with other images; convert all of them to one type")
    arrays = [form if form.ndim == 3 else form[..., None] for form in forms]
    arrays = _fitting(arrays, 2, lambda x: np.broadcast_to(x, (*x.shape[:2], 3)))
    batch = torch.from_numpy(np.empty((len(arrays), *arrays[0].shape), dtype=arrays[0].dtype))
    target = batch.numpy()
    for i, array in enumerate(arrays):
        target[i] = array
    return batch.permute(0, 3, 1, 2)


def _fitting(images: list[Any], axis: int, to_colour: Any) -> list[Any]:
    """The images if they have one dtype and shape, grey ones made colour where both occur; else ValueError."""
    if len({image.shape for image in images}) > 1 and {i.shape[axis] for i in images} == {1, 3}:
        images = [to_colour(image) if image.shape[axis] == 1 else image for image in images]
    kinds = {(image.shape, image.dtype) for image in images}
    if len(kinds) > 1:
        listed = ", ".join(sorted(f"{tuple(shape)} {dtype}" for shape, dtype in kinds)[:4])
        raise ValueError(
            f"cannot collate images of different shape or dtype: {listed}; choose a recipe that crops to one size "
            '(recipe="eval", size=224 resizes and crops) and give items of one dtype'
        )
    return images


def check_batch(batch: Any) -> Tensor:
    """A batch of images as a tensor (B, C, H, W), uint8 or float in [0, 1].

    A tensor is returned as it is; an array (B, H, W) or (B, H, W, C) becomes a tensor that shares its memory.
    """
    if isinstance(batch, np.ndarray):
        if batch.ndim not in (3, 4):
            raise TypeError(
                f"a batch of images is an array (B, H, W) or (B, H, W, C), got shape {batch.shape}; "
                "write batch[None] for a single image"
            )
        writable = batch if batch.flags.writeable and min(batch.strides) > 0 else batch.copy()
        stacked = torch.from_numpy(writable)
        return check_tensor(stacked[:, None] if batch.ndim == 3 else stacked.permute(0, 3, 1, 2), batched=True)
    if not isinstance(batch, Tensor):
        raise TypeError(
            f"a batch of images is a tensor (B, C, H, W) or an array (B, H, W, C), got {type(batch).__name__}; "
            "collate the items first"
        )
    return check_tensor(batch, batched=True)


@dataclass(frozen=True)
class ToModelInput:
    """A collated batch as the encoder takes it: float32 (B, C, H, W), (value - mean) / std, with value in [0, 1].

    mean, std: one number a channel, std above 0; their count is the number of channels, 1 or 3. Grey batches are
    repeated to 3 channels, colour batches reduced to their luma for 1. The memory layout is kept.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        mean, std = tuple(map(float, self.mean)), tuple(map(float, self.std))
        if len(mean) not in (1, 3) or len(mean) != len(std) or min(std) <= 0:
            raise ValueError(
                f"mean and std need one number a channel, 1 or 3 of them, std above 0; got mean={mean}, std={std}"
            )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "std", std)

    def __call__(self, batch: Tensor) -> Tensor:
        """batch: (B, C, H, W), uint8 or float in [0, 1], any device. ValueError for channels that do not adapt."""
        channels, white = len(self.mean), top(batch)
        images = self._adapted(batch)
        scale = torch.tensor([1 / (white * s) for s in self.std], dtype=torch.float32, device=batch.device)
        shift = torch.tensor(
            [-m / s for m, s in zip(self.mean, self.std, strict=True)], dtype=torch.float32, device=batch.device
        )
        dense = images.is_contiguous(memory_format=torch.channels_last) and channels > 1
        out = _empty_float(images, torch.channels_last if dense else torch.contiguous_format).copy_(images.detach())
        if not dense:
            return out.mul_(scale.view(-1, 1, 1)).add_(shift.view(-1, 1, 1))
        # Broadcasting over an innermost axis of 3 does not vectorise; whole rows of pixels do: five times faster.
        width = images.shape[3]
        rows = out.permute(0, 2, 3, 1).view(len(out), images.shape[2], width * channels)
        torch.addcmul(shift.repeat(width), rows, scale.repeat(width), out=rows)
        return out

    def _adapted(self, batch: Tensor) -> Tensor:
        channels = len(self.mean)
        if batch.shape[1] == channels:
            return batch
        if batch.shape[1] == 1:
            return batch.expand(-1, channels, -1, -1)
        if batch.shape[1] == 3:
            return grey_of(working(batch))
        raise ValueError(
            f"cannot make {channels} channels of {batch.shape[1]}; give mean and std of one number a channel, or "
            "images with 1 or 3 channels"
        )


def _empty_float(images: Tensor, layout: torch.memory_format) -> Tensor:
    """An unfilled float32 tensor of the shape and device of `images`.

    On the CPU its memory comes from NumPy, which asks the system for huge pages: touching a large batch for the
    first time, otherwise the dearest part of finishing it, then costs a third.
    """
    if images.device.type != "cpu":
        return torch.empty(images.shape, dtype=torch.float32, device=images.device, memory_format=layout)
    count, channels, height, width = images.shape
    if layout == torch.channels_last:
        memory = np.empty((count, height, width, channels), dtype=np.float32)
        return torch.from_numpy(memory).permute(0, 3, 1, 2)
    return torch.from_numpy(np.empty((count, channels, height, width), dtype=np.float32))
