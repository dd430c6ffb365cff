"""A network that follows another one slowly."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["CosineMomentum", "EMAEncoder", "Momentum", "momentum_at"]

Momentum = float | Callable[[int], float]
"""A number in [0, 1), or step, from 0 -> number in [0, 1]."""


@dataclass(frozen=True)
class CosineMomentum:
    """From `start` at step 0 along half a cosine up to 1 at step `steps`, as in MoCo v3 and BYOL.

    start: in [0, 1). steps: of the whole training, at least 1: epochs * len(loader).
    """

    start: float
    steps: int

    def __post_init__(self) -> None:
        momentum_at(self.start, 0)
        if self.steps < 1:
            raise ValueError(f"steps is at least 1, got {self.steps!r}; it is epochs * len(loader)")

    def __call__(self, step: int) -> float:
        """The momentum of a step."""
        return 1 - (1 - self.start) * (math.cos(math.pi * min(step / self.steps, 1.0)) + 1) / 2


def momentum_at(momentum: Momentum, step: int) -> float:
    """The momentum of a step. ValueError for a number outside [0, 1), or a schedule's outside [0, 1]."""
    scheduled = callable(momentum)
    value = momentum(step) if callable(momentum) else momentum
    if not 0 <= value <= 1 or (value == 1 and not scheduled):
        raise ValueError(
            f"momentum is {value!r} at step {step}: it lies in [0, 1), where 0 copies the weights at each step and "
            "0.999 is usual; a schedule may end at 1"
        )
    return float(value)


class EMAEncoder(nn.Module):
    """A copy of a network whose weights are a moving average of the network's; it is saved, but gets no gradients.

    parts: the network, as modules that run one after the other.
    """

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(copy.deepcopy(part) for part in parts).requires_grad_(False)

    @torch.no_grad()
    def follow(self, momentum: float, *parts: nn.Module) -> None:
        """Weights <- momentum * weights + (1 - momentum) * those of `parts`, and buffers alike (integers are copied).

        So whatever belongs to the network follows, also what no forward pass of the copy would change.
        """
        for own, leading in zip(self.parts, parts, strict=True):
            pairs = [
                *zip(own.parameters(), leading.parameters(), strict=True),
                *zip(own.buffers(), leading.buffers(), strict=True),
            ]
            for mine, theirs in pairs:
                if mine.is_floating_point():
                    mine.lerp_(theirs, 1 - momentum)
                else:
                    mine.copy_(theirs)

    @torch.no_grad()
    def forward(self, views: Any) -> Tensor:
        """What the network would give, without gradients."""
        for part in self.parts:
            views = part(views)
        output: Tensor = views
        return output
