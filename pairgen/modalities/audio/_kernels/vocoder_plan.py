"""What the phase vocoder does with a clip of a given length: sizes, hops and lags, the same on every device."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

__all__ = ["OVERLAP", "SILENCE", "Plan", "hann", "plan"]

OVERLAP = 4
"""Frames over each sample of the view: with Hann windows on both sides their weights sum to a constant, 3/2."""

SILENCE = 1e-24
"""Squared product of two spectra, of a clip scaled to a peak of 1, below which a phase means nothing."""

_WINDOW = 0.05  # seconds: long enough to tell the harmonics of 80 Hz apart, short enough for the onsets of speech
_SLACK = 0.1  # how far the window may deviate, for the sake of a quick FFT and the right ratio


@dataclass(frozen=True)
class Plan:
    """Frames of `analysis` samples of the clip become frames of `synthesis` samples of the view, a pitch
    analysis / synthesis times as high; one every `hop` samples of the view.

    lag + fraction: how many samples of the clip correspond to a hop of the view: hop * ratio, split into a whole number
    and the rest, in [-0.5, 0.5]. speed: samples of the clip that pass for one of the view. length: of the view.
    """

    analysis: int
    synthesis: int
    lag: int
    fraction: float
    speed: float
    length: int

    @property
    def hop(self) -> int:
        """Samples of the view from one frame to the next."""
        return self.synthesis // OVERLAP

    @property
    def bins(self) -> int:
        """Frequencies that both clip and view can hold; what would be higher in the view than it can hold is left out,
        and so nothing is aliased.
        """
        return min(self.analysis, self.synthesis) // 2 + 1

    @property
    def frames(self) -> int:
        """Frames that touch the view: the first is centred a hop before its first sample."""
        return -(-self.length // self.hop) + 3

    def centres(self, first: int, stop: int) -> np.ndarray:
        """int64: samples of the clip at which frames first .. stop - 1 are centred."""
        centres: np.ndarray = np.rint((np.arange(first, stop) - 1) * (self.hop * self.speed)).astype(np.int64)
        return centres

    def turn(self) -> np.ndarray:
        """complex128 (bins,): by how much the phase of each frequency advances in `fraction` samples."""
        turn: np.ndarray = np.exp(2j * np.pi * self.fraction / self.analysis * np.arange(self.bins))
        return turn


def plan(length: int, sample_rate: int, ratio: float = 1.0, speed: float = 1.0) -> Plan:
    """The plan for a clip of `length` samples: a pitch `ratio` times as high, played `speed` times as fast."""
    analysis, synthesis = _sizes(max(64, round(_WINDOW * sample_rate)), ratio)
    step = synthesis // OVERLAP * ratio
    lag = round(step)
    return Plan(analysis, synthesis, lag, step - lag, speed, max(1, round(length / speed)))


def _sizes(window: int, ratio: float) -> tuple[int, int]:
    """(analysis, synthesis): sizes of quick FFTs near `window` whose quotient is nearest to the ratio.

    The quotient scales what is within a frame; from frame to frame the phases advance by the exact ratio.
    """
    candidates, quick = _quick_sizes(round(window * (1 - _SLACK)), round(window * (1 + _SLACK)))
    synthesis = OVERLAP * np.maximum(1, np.rint(candidates / (OVERLAP * ratio)).astype(np.int64))
    deviation = np.abs(np.log(candidates / (synthesis * ratio)))
    deviation[~quick[np.minimum(synthesis, len(quick) - 1)]] += 1.0  # only where there is nothing else
    best = int(np.argmin(deviation + 1e-9 * np.abs(candidates - window)))
    return int(candidates[best]), int(synthesis[best])


@lru_cache(maxsize=16)
def _quick_sizes(low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
    """Even sizes in [low, high] whose prime factors are at most 13, and for all sizes to 8 * high whether they are."""
    quick = np.zeros(8 * high + 1, dtype=bool)
    for size in range(1, len(quick)):
        rest = size
        for prime in (2, 3, 5, 7, 11, 13):
            while rest % prime == 0:
                rest //= prime
        quick[size] = rest == 1
    sizes = np.arange(low + low % 2, high + 1, 2)
    return sizes[quick[sizes]], quick


@lru_cache(maxsize=256)
def hann(size: int) -> np.ndarray:
    """float64 (size,): the Hann window, periodic."""
    window: np.ndarray = 0.5 - 0.5 * np.cos(2 * math.pi * np.arange(size) / size)
    window.flags.writeable = False
    return window
