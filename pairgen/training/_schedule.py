"""The learning rate over a training run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pairgen._validation import check_choice, check_int, check_number

__all__ = ["Schedule"]


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up, then half a cosine down to zero (Loshchilov and Hutter 2017), or a constant.

    Args:
        peak: Highest learning rate, above 0.
        epochs: Length of the run, at least 1.
        warmup_epochs: Length of the warm-up in epochs, at least 0 and less than `epochs`; need not be whole.
        shape: "cosine" or "constant".
    """

    peak: float
    epochs: int
    warmup_epochs: float
    shape: str = "cosine"

    def __post_init__(self) -> None:
        check_int("epochs", self.epochs, 1)
        check_number("learning_rate", self.peak, 0, above=True, below=True)
        check_number("warmup_epochs", self.warmup_epochs, 0, self.epochs, unit="epochs", below=True)
        check_choice("schedule", self.shape, ("cosine", "constant"))

    def at(self, epoch: float, step: float) -> float:
        """Return the learning rate of a step. The warm-up ends with each step, so that none has rate 0.

        Args:
            epoch: When the step begins, in epochs from 0.
            step: Length of the step in epochs.
        """
        if epoch < self.warmup_epochs:
            return self.peak * min(1.0, (epoch + step) / self.warmup_epochs)
        if self.shape == "constant":
            return self.peak
        progress = (epoch - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
        return self.peak * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
