"""ResNets of torchvision, with a stem that suits the size of the images."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from pairgen.modalities.image.encoders.base import ImageEncoder, check_options, load_weights

__all__ = ["resnet18", "resnet34", "resnet50"]

SMALL = 64
"""Up to this size, in pixels, a ResNet gets the stem for small images."""


def resnet18(*, in_channels: int = 3, image_size: int = 224, weights: str | Path | None = None) -> ImageEncoder:
    """ResNet-18 (He et al. 2016), 512 features.

    in_channels: C. image_size: up to 64 px the stem is one 3x3 convolution of stride 1 without max-pooling, as is usual
    for CIFAR (SimCLR, appendix B.9); else the original one. weights: path of a state dict to start from.
    """
    return _resnet("resnet18", in_channels, image_size, weights)


def resnet34(*, in_channels: int = 3, image_size: int = 224, weights: str | Path | None = None) -> ImageEncoder:
    """ResNet-34, 512 features; options as for `resnet18`."""
    return _resnet("resnet34", in_channels, image_size, weights)


def resnet50(*, in_channels: int = 3, image_size: int = 224, weights: str | Path | None = None) -> ImageEncoder:
    """ResNet-50, 2,048 features; options as for `resnet18`."""
    return _resnet("resnet50", in_channels, image_size, weights)


def _resnet(name: str, in_channels: int, image_size: int, weights: str | Path | None) -> ImageEncoder:
    from torchvision.models import resnet

    check_options(in_channels, image_size)
    network: resnet.ResNet = getattr(resnet, name)()
    out_features = int(network.fc.in_features)
    network.set_submodule("fc", nn.Identity())
    if image_size <= SMALL:
        network.conv1 = nn.Conv2d(in_channels, 64, 3, padding=1, bias=False)
        network.set_submodule("maxpool", nn.Identity())
    else:
        network.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
    # As torchvision initialises the stem that this one replaces.
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    load_weights(network, weights, ignore="fc.")
    return ImageEncoder(network, in_channels=in_channels, out_features=out_features)
