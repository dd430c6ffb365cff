"""An encoder whose weights are an exponential moving average (EMA) of another's, and the momentum of that average."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pairgen._validation import check_int

__all__ = ["CosineMomentum", "EMAEncoder", "Momentum", "momentum_at"]

Momentum = float | Callable[[int], float]
"""A number in [0, 1), or a schedule: step, from 0 -> number in [0, 1]."""


@dataclass(frozen=True)
class CosineMomentum:
    """A momentum that rises from `start` to 1 along half a cosine, as in MoCo v3 and BYOL.

    Args:
        start: Momentum of step 0, in [0, 1).
        steps: Step from which the momentum is 1, at least 1: epochs * len(loader).

    Raises:
        TypeError: `steps` is not an integer.
        ValueError: A number is out of range.

    Example:
        >>> [round(CosineMomentum(0.9, steps=2)(step), 6) for step in range(3)]
        [0.9, 0.95, 1.0]
    """

    start: float
    steps: int

    def __post_init__(self) -> None:
        momentum_at(self.start, 0)
        check_int("steps", self.steps, 1)

    def __call__(self, step: int) -> float:
        """Return the momentum of a step, counted from 0."""
        return 1 - (1 - self.start) * (math.cos(math.pi * min(step / self.steps, 1.0)) + 1) / 2


def momentum_at(momentum: Momentum, step: int) -> float:
    """Return the momentum of a step; ValueError for a number outside [0, 1), or a schedule's outside [0, 1]."""
    scheduled = callable(momentum)
    value = momentum(step) if callable(momentum) else momentum
    if not 0 <= value <= 1 or (value == 1 and not scheduled):
        raise ValueError(
            f"momentum is {value!r} at step {step}: it lies in [0, 1), where 0 copies the weights at each step and "
            "0.999 is usual; a schedule may end at 1"
        )
    return float(value)


_HALF = (torch.bfloat16, torch.float16)


class EMAEncoder(nn.Module):
    """A copy of a network whose weights are a moving average of the network's; it is saved, but gets no gradients.

    In half precision (`bfloat16()`, `half()`, the trainer's "bf16-true" and "16-true") the averages stay in float32, as
    steps of 1 - momentum would be rounded away; the copy then runs under autocast in the precision asked for.

    Args:
        parts: The network, as modules that run one after the other.
    """

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(copy.deepcopy(part) for part in parts).requires_grad_(False)
        self._half: torch.dtype | None = None
        self._apply(lambda tensor: tensor)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> EMAEncoder:
        if self._half is not None and fn(torch.empty(0, dtype=self._half)).dtype not in _HALF:
            self._half = None

        def keep_wide(tensor: Tensor) -> Tensor:
            result = fn(tensor)
            if result.dtype not in _HALF:
                return result
            self._half = result.dtype
            return (result if tensor.dtype in _HALF else tensor).to(result.device, torch.float32)

        super()._apply(keep_wide, recurse)  # type: ignore[no-untyped-call]
        return self

    def follow_mode(self, *parts: nn.Module) -> None:
        """Put each layer into the mode, training or evaluation, of the network's.

        Args:
            parts: The network, as given to the constructor.
        """
        for average, source in zip(self.parts, parts, strict=True):
            for layer, original in zip(average.modules(), source.modules(), strict=True):
                layer.training = original.training

    @torch.no_grad()
    def update(self, momentum: float, *parts: nn.Module) -> None:
        """Set weights and buffers to momentum * themselves + (1 - momentum) * those of the network.

        Integer buffers are copied. So all of the network's state is averaged, also what no forward pass of the copy
        would change.

        Args:
            momentum: In [0, 1]; 0 copies the network.
            parts: The network, as given to the constructor.
        """
        for average, source in zip(self.parts, parts, strict=True):
            pairs = [
                *zip(average.parameters(), source.parameters(), strict=True),
                *zip(average.buffers(), source.buffers(), strict=True),
            ]
            for target, value in pairs:
                if target.is_floating_point():
                    target.lerp_(value.to(target.dtype), 1 - momentum)
                else:
                    target.copy_(value)

    @torch.no_grad()
    def forward(self, views: object) -> Tensor:
        """Return the output of the averaged network for a batch of views, without gradients."""
        output = views
        with self._precision():
            for part in self.parts:
                output = part(output)
        if not isinstance(output, Tensor):
            raise TypeError(f"the network gave a {type(output).__name__}, not a tensor")
        return output

    def _precision(self) -> torch.autocast | nullcontext[None]:
        device = next(self.parameters()).device.type
        if self._half is None or (device == "cpu" and self._half == torch.float16):  # which not all layers have there
            return nullcontext()
        return torch.autocast(device, self._half)
