"""Built-in encoders: ResNets of torchvision and a small network for small images."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from pairgen._validation import check_int
from pairgen.modalities.image.encoders.base import ImageEncoder, check_options, load_weights

__all__ = ["resnet18", "resnet34", "resnet50", "small_cnn"]

_SMALL = 64  # up to this size, in pixels, a ResNet gets the stem for small images


def resnet18(*, in_channels: int = 3, image_size: int = 224, weights: str | Path | None = None) -> ImageEncoder:
    """Build a ResNet-18 (He et al. 2016), 512 features.

    Args:
        in_channels: Number of channels C of the images.
        image_size: Larger side of the images in pixels. Up to 64 the stem is one 3x3 convolution of stride 1 without
            max-pooling, as is usual for CIFAR (SimCLR, appendix B.9); else the original one.
        weights: Path of a state dict to start from; None initializes at random.

    Returns:
        An encoder: (B, in_channels, H, W) -> (B, 512).

    Raises:
        ValueError: An option below 1, or weights that do not fit.
        FileNotFoundError: There is no file of weights.
    """
    return _resnet("resnet18", in_channels, image_size, weights)


def resnet34(*, in_channels: int = 3, image_size: int = 224, weights: str | Path | None = None) -> ImageEncoder:
    """Build a ResNet-34, 512 features; options as for `resnet18`."""
    return _resnet("resnet34", in_channels, image_size, weights)


def resnet50(*, in_channels: int = 3, image_size: int = 224, weights: str | Path | None = None) -> ImageEncoder:
    """Build a ResNet-50, 2,048 features; options as for `resnet18`."""
    return _resnet("resnet50", in_channels, image_size, weights)


def _resnet(name: str, in_channels: int, image_size: int, weights: str | Path | None) -> ImageEncoder:
    from torchvision.models import resnet

    in_channels, image_size = check_options(in_channels, image_size)
    network: resnet.ResNet = getattr(resnet, name)()
    out_features = int(network.fc.in_features)
    network.set_submodule("fc", nn.Identity())
    if image_size <= _SMALL:
        network.conv1 = nn.Conv2d(in_channels, 64, 3, padding=1, bias=False)
        network.set_submodule("maxpool", nn.Identity())
    else:
        network.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
    # As torchvision initializes the stem that this one replaces.
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    load_weights(network, weights, ignore="fc.")
    return ImageEncoder(network, in_channels=in_channels, out_features=out_features)


def small_cnn(
    *, in_channels: int = 1, image_size: int = 28, cells: int = 1, weights: str | Path | None = None
) -> ImageEncoder:
    """Build four 3x3 convolutions of 32, 64, 128 and 256 channels, with batch norm and ReLU.

    2x2 max-pooling after the first two, average pooling at the end. For images of about 16 to 64 pixels.

    Args:
        in_channels: Number of channels C of the images.
        image_size: For information only; any size of at least 4 pixels is taken.
        cells: Features are averages over `cells` by `cells` parts of the image. 1 forgets where things are; 2 to 4 keep
            it, which helps where the position of things matters, as in centered scans, and costs little.
        weights: Path of a state dict to start from; None initializes at random.

    Returns:
        An encoder: (B, in_channels, H, W) -> (B, 256 * cells**2).

    Raises:
        ValueError: An option below 1, or weights that do not fit.
        FileNotFoundError: There is no file of weights.
    """
    in_channels, _ = check_options(in_channels, image_size)
    cells = check_int("cells", cells, 1)
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
