"""The base class of image encoders, the check of their options, and initial weights from a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from pairgen._validation import check_int

__all__ = ["ImageEncoder", "check_options", "load_weights", "with_in_channels"]


class ImageEncoder(nn.Module):
    """A network from normalized images to features.

    Input and weights are laid out channels last, in which convolutions are a quarter to a half faster, on CPUs and with
    tensor cores; images in either layout are taken.

    Args:
        backbone: A network that gives (B, out_features), or maps (B, D, H, W) with D * H * W = out_features, which are
            flattened position by position.
        in_channels: Number of channels C of the images.
        out_features: Number of features.
    """

    def __init__(self, backbone: nn.Module, *, in_channels: int, out_features: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.in_channels = in_channels
        self.out_features = out_features
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features.

        Args:
            images: (B, in_channels, H, W), floating point, normalized.

        Returns:
            (B, out_features).

        Raises:
            ValueError: Another rank or number of channels.
            TypeError: Integers.
        """
        self._check(images)
        weight = next(self.backbone.parameters(), images)
        features: Tensor = self.backbone(images.to(weight.dtype).contiguous(memory_format=torch.channels_last))
        if features.ndim == 4:  # as it lies in memory, so that neither the features nor their gradient are copied
            features = features.permute(0, 2, 3, 1)
        return features.flatten(1)

    def _check(self, images: Tensor) -> None:
        if images.ndim != 4 or images.shape[1] != self.in_channels:
            raise ValueError(
                f"the encoder takes images of shape (B, {self.in_channels}, H, W), got {tuple(images.shape)}; "
                f"make it with in_channels={images.shape[-3] if images.ndim > 2 else 1}, or add the missing axes"
            )
        if not images.is_floating_point():
            raise TypeError(
                f"the encoder takes normalized floating-point images, got {images.dtype}; "
                'batches of a loader are, else use PairSampler("image", recipe="eval")'
            )


def check_options(in_channels: int, image_size: int) -> tuple[int, int]:
    """Return both as ints; TypeError for what is no integer, ValueError below 1."""
    return check_int("in_channels", in_channels, 1), check_int("image_size", image_size, 1, unit="pixels")


def with_in_channels(network: nn.Module, in_channels: int) -> None:
    """Replace the first convolution of a network for color images by one of `in_channels`, freshly initialized.

    Raises:
        ValueError: The network has no convolution.
    """
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d):
            if layer.in_channels != in_channels:
                network.set_submodule(name, _like(layer, in_channels))
            return
    raise ValueError(f"{type(network).__name__} has no convolution that takes the image; use in_channels=3")


def _like(layer: nn.Conv2d, in_channels: int) -> nn.Conv2d:
    return nn.Conv2d(
        in_channels,
        layer.out_channels,
        _pair(layer.kernel_size),
        _pair(layer.stride),
        layer.padding if isinstance(layer.padding, str) else _pair(layer.padding),
        bias=layer.bias is not None,
    )


def _pair(sizes: tuple[int, ...]) -> tuple[int, int]:
    height, width = sizes
    return height, width


def load_weights(network: nn.Module, weights: str | Path | None, ignore: str = "") -> None:
    """Load a state dict from a file.

    Args:
        network: The network that takes the weights.
        weights: Path of a `.safetensors` file or of one that `torch.save` wrote; None leaves the network as it is.
        ignore: Prefix of entries that the network does not have, such as those of a classification head.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no state dict, or one of another network.
    """
    if weights is None:
        return
    path = Path(weights)
    if not path.is_file():
        raise FileNotFoundError(f"weights={str(weights)!r} is no file; pass the path of a state dict on this machine")
    state = _read_state(path)
    kept = {name: value for name, value in state.items() if not (ignore and name.startswith(ignore))}
    try:
        network.load_state_dict(kept)
    except RuntimeError as error:
        raise ValueError(
            f"the weights in {path} do not fit this encoder: {error}; they must come from the same network, "
            "with the same in_channels and, for the 3x3 stem, image_size"
        ) from error


def _read_state(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ValueError(f"{path} cannot be read as a state dict: {error}; save it with torch.save") from error
    if not isinstance(state, Mapping):
        raise ValueError(f"{path} holds a {type(state).__name__}, not a state dict; save module.state_dict()")
    return state
