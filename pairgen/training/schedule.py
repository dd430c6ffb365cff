"""The learning rate over a training run."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Schedule"]


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up, then half a cosine down to zero (Loshchilov & Hutter 2017), or a constant.

    peak: the highest learning rate, above 0. epochs: length of the run, at least 1. warmup_epochs: from 0, up to less
    than `epochs`; fractions are fine. shape: "cosine" or "constant".
    """

    peak: float
    epochs: int
    warmup_epochs: float
    shape: str = "cosine"

    def __post_init__(self) -> None:
        if isinstance(self.epochs, bool) or not isinstance(self.epochs, int) or self.epochs < 1:
            raise ValueError(f"epochs is a whole number of at least 1, got {self.epochs!r}")
        if not (self.peak > 0 and math.isfinite(self.peak)):
            raise ValueError(f"learning_rate is above 0, got {self.peak!r}; 1e-3 suits AdamW")
        if not 0 <= self.warmup_epochs < self.epochs:
            raise ValueError(
                f"warmup_epochs is at least 0 and less than epochs={self.epochs}, got {self.warmup_epochs!r}"
            )
        if self.shape not in ("cosine", "constant"):
            raise ValueError(f'schedule is "cosine" or "constant", got {self.shape!r}')

    def at(self, epoch: float, step: float) -> float:
        """Return the rate of the step that begins at `epoch`, in epochs from 0; step: its length in epochs.

        The warm-up counts steps from the first, so that no step has rate 0.
        """
        if epoch < self.warmup_epochs:
            return self.peak * min(1.0, (epoch + step) / self.warmup_epochs)
        if self.shape == "constant":
            return self.peak
        done = (epoch - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
        return self.peak * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
