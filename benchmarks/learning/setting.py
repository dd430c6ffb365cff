"""What every library of the `learning` subject has in common."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """SimCLR on Fashion-MNIST; the augmentations are those of pairgen's `simclr-gray`."""

    images: int = 20_000
    probe_images: int = 10_000
    test_images: int = 10_000
    epochs: int = 5
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    temperature: float = 0.5
    workers: int = 2
    crop_scale: tuple[float, float] = (0.2, 1.0)
    brightness: float = 0.4
    contrast: float = 0.4
    jitter_probability: float = 0.8
