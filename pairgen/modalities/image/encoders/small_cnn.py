"""A small network for small images, such as digits."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from pairgen.modalities.image.encoders.base import ImageEncoder, check_options, load_weights

__all__ = ["small_cnn"]


def small_cnn(
    *, in_channels: int = 1, image_size: int = 28, cells: int = 1, weights: str | Path | None = None
) -> ImageEncoder:
    """Four 3x3 convolutions of 32, 64, 128 and 256 channels, with batch norm and ReLU; 256 * cells^2 features.

    2x2 max-pooling after the first two, average pooling at the end. For images of about 16 to 64 px.

    in_channels: C. image_size: for information only; any size of at least 4 px is taken.
    cells: features are averages over so many by so many parts of the image: 1 forgets where things are; 2 to 4 keep
    it, which helps where things have their place, as in centred scans, and costs little.
    weights: path of a state dict to start from.
    """
    check_options(in_channels, image_size)
    if isinstance(cells, bool) or not isinstance(cells, int) or cells < 1:
        raise ValueError(f"cells is a whole number of at least 1, got {cells!r}")
    backbone = nn.Sequential(
        *_block(in_channels, 32, pool=True),
        *_block(32, 64, pool=True),
        *_block(64, 128, pool=False),
        *_block(128, 256, pool=False),
        nn.AdaptiveAvgPool2d(cells),
    )
    load_weights(backbone, weights)
    return ImageEncoder(backbone, in_channels=in_channels, out_features=256 * cells**2)


def _block(channels: int, features: int, *, pool: bool) -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Conv2d(channels, features, 3, padding=1, bias=False), nn.BatchNorm2d(features)]
    # The maximum of the positive parts is the positive part of the maximum, and the gradient is the same: pooling first
    # leaves a quarter of the values to rectify.
    return [*layers, nn.MaxPool2d(2), nn.ReLU(inplace=True)] if pool else [*layers, nn.ReLU(inplace=True)]
