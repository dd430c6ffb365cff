"""Augmentations of pitch and tempo."""

from __future__ import annotations

from dataclasses import dataclass

from pairgen._validation import check_pair, check_range
from pairgen.augmentation import Numbers, Range
from pairgen.modalities.audio import _kernels
from pairgen.modalities.audio.augmentations.base import AudioAugmentation, ends, symmetric_ends
from pairgen.modalities.audio.batch import ClipBatch
from pairgen.modalities.audio.io.codec import AudioItem
from pairgen.random import Stream

__all__ = ["PitchShift", "TimeStretch"]


@dataclass(frozen=True)
class PitchShift(AudioAugmentation[Numbers]):
    """Shift the pitch; the length is kept to the sample, and nothing is aliased. Formants move along.

    >>> import numpy as np
    >>> view = PitchShift(2.0, sample_rate=8000)(np.zeros(4000, np.float32), Stream(seed=0))
    >>> view.shape
    (4000,)

    Args:
        semitones: Shift drawn uniformly from [-s, s] for a number s, or from a pair (low, high) of real numbers; in
            [-24, 24].
    """

    semitones: Range = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("semitones", self.semitones, -24, 24)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Numbers:
        """Draw the shift in semitones: a number, or (B,)."""
        shift: Numbers = rng.uniform(*symmetric_ends(self.semitones))
        return shift

    def apply_batch(self, batch: ClipBatch, params: Numbers) -> ClipBatch:
        """Return views of the same shape and lengths."""
        return _kernels.pitch_shift(batch, params, self.rate_of(batch))


@dataclass(frozen=True)
class TimeStretch(AudioAugmentation[Numbers]):
    """Play faster or slower at the same pitch.

    Args:
        speed: How many times as fast, a number or a pair (low, high) to draw from; in [0.25, 4]. 2 halves the length.
        keep_length: Whether the view is cut, or lengthened with silence, to the length of the item.
    """

    speed: Range = (0.8, 1.25)
    keep_length: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pair("speed", self.speed, 0.25, 4)

    def draw(self, item: AudioItem | ClipBatch, rng: Stream) -> Numbers:
        """Draw the speed: a number, or (B,)."""
        speed: Numbers = rng.uniform(*ends(self.speed))
        return speed

    def apply_batch(self, batch: ClipBatch, params: Numbers) -> ClipBatch:
        """Return views (B, C, T') with T' the longest; of the same shape and lengths with `keep_length`."""
        stretched = _kernels.time_stretch(batch, params, self.rate_of(batch))
        return _kernels.fit_lengths(stretched, batch.lengths) if self.keep_length else stretched
