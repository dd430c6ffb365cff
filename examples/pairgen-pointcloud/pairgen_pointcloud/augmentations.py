"""Two augmentations of point clouds. A third party writes `draw` and `apply`, and nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from pairgen.augmentation import Augmentation


@dataclass(frozen=True)
class Turn(Augmentation):
    """Rotate about the vertical axis. Degrees drawn uniformly from [-degrees, degrees]."""

    degrees: float = 180.0

    def __post_init__(self):
        if not 0 <= self.degrees <= 180:
            raise ValueError(f"degrees lie in [0, 180], got {self.degrees}")

    def draw(self, item, rng):
        return math.radians(rng.uniform(-self.degrees, self.degrees))

    def apply(self, item, params):
        c, s = math.cos(params), math.sin(params)
        turn = torch.tensor([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]], dtype=item.dtype, device=item.device)
        return item @ turn


@dataclass(frozen=True)
class Jitter(Augmentation):
    """Add normal noise of standard deviation `sigma`, in the units of the cloud."""

    sigma: float = 0.02

    def draw(self, item, rng):
        return rng.array()  # a random array, made where the item lives, replayed from the params

    def apply(self, item, params):
        return item + self.sigma * params.normal(item.shape, like=item)
