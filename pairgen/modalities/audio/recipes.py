"""The named recipes for audio.

All take `sample_rate`, `layout` and `channels`:

| option | meaning |
|---|---|
| `sample_rate` | in Hz: files, dicts and clips are resampled to it, bare arrays are taken to have it |
| `layout` | "CT" where arrays of rank 2 are (C, T), "TC" where they are (T, C) |
| `channels` | what the encoder gets: 1 mixes the channels, None keeps those of the data |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pairgen.augmentation import Augmentation, Compose, OneOf, RandomApply, Range
from pairgen.modalities.audio.augmentations import (
    BackgroundNoise,
    FrequencyMask,
    Gain,
    GaussianNoise,
    HighPass,
    LowPass,
    PitchShift,
    PolarityInversion,
    RandomCrop,
    Reverberation,
    TimeMask,
    TimeShift,
)
from pairgen.modalities.audio.batch import ToModelInput
from pairgen.modalities.audio.io.codec import AudioCodec, Layout
from pairgen.modality import Recipe

__all__ = ["clmr", "cpc", "evaluation", "spectrogram", "speech", "time_pitch"]


def _recipe(steps: Sequence[Augmentation], sample_rate: int, layout: Layout, channels: int | None) -> Recipe:
    view = Compose(steps)
    return Recipe(view, view, ToModelInput(channels), AudioCodec(sample_rate, layout))


def time_pitch(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    shift: Range = 0.1,
    semitones: Range = 2.0,
) -> Recipe:
    """Build the recipe of a time shift that rolls, then a pitch shift.

    Args:
        sample_rate: In Hz.
        layout: Of bare arrays of rank 2.
        channels: Of the encoder's input.
        shift: Of time, in seconds; a number is either way.
        semitones: Of the pitch; a number is either way.
    """
    return _recipe([TimeShift(shift), PitchShift(semitones)], sample_rate, layout, channels)


def clmr(
    sample_rate: int = 22_050, layout: Layout = "CT", channels: int | None = 1, seconds: float = 59_049 / 22_050
) -> Recipe:
    """Build the recipe for music of CLMR (Spijkervet and Burgoyne 2021), without its delay effect.

    Args:
        sample_rate: In Hz.
        layout: Of bare arrays of rank 2.
        channels: Of the encoder's input.
        seconds: Length of the crop.
    """
    steps: list[Augmentation] = [
        RandomCrop(seconds),
        PolarityInversion(0.8),
        RandomApply(GaussianNoise((20.0, 80.0)), p=0.01),
        RandomApply(Gain((-6.0, 0.0)), p=0.3),
        RandomApply(OneOf([LowPass((2200.0, 4000.0)), HighPass((200.0, 1200.0))]), p=0.8),
        RandomApply(PitchShift(5.0), p=0.6),
        RandomApply(Reverberation(), p=0.6),
    ]
    return _recipe(steps, sample_rate, layout, channels)


def _speech_steps(semitones: Range, noise: str | None, impulse_responses: str | None) -> list[Augmentation]:
    """Pitch, reverberation and noise, which helped predictive coding most (Kharitonov et al. 2021)."""
    added = GaussianNoise((10.0, 30.0)) if noise is None else BackgroundNoise(noise, (5.0, 20.0))
    return [
        PitchShift(semitones),
        RandomApply(Reverberation((0.1, 0.6), (0.05, 0.4), folder=impulse_responses), p=0.5),
        RandomApply(added, p=0.5),
    ]


def speech(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    seconds: float | None = None,
    semitones: Range = 3.0,
    noise: str | None = None,
    impulse_responses: str | None = None,
) -> Recipe:
    """Build the recipe for speech: time shift, pitch, reverberation, noise, a masked band, gain.

    Args:
        sample_rate: In Hz.
        layout: Of bare arrays of rank 2.
        channels: Of the encoder's input.
        seconds: Length of a crop; None for whole clips.
        semitones: Of the pitch; a number is either way.
        noise: Folder of recorded noises; None for white noise.
        impulse_responses: Folder of recorded impulse responses; None for synthetic ones.
    """
    steps: list[Augmentation] = [
        *([] if seconds is None else [RandomCrop(seconds)]),
        TimeShift(0.1, fill="zeros"),
        *_speech_steps(semitones, noise, impulse_responses),
        RandomApply(FrequencyMask((0.0, 0.15)), p=0.5),
        Gain(6.0),
    ]
    return _recipe(steps, sample_rate, layout, channels)


def spectrogram(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    time: Range = (0.0, 0.15),
    frequency: Range = (0.0, 0.15),
) -> Recipe:
    """Build the recipe of SpecAugment (Park et al. 2019), in the waveform: two masks of time, two of frequency.

    Args:
        sample_rate: In Hz.
        layout: Of bare arrays of rank 2.
        channels: Of the encoder's input.
        time: Length of one mask of time, as a ratio of the clip's.
        frequency: Width of one mask of frequency, as a ratio of half the sample rate.
    """
    steps: list[Augmentation] = [
        TimeShift(0.1, fill="zeros"),
        *(FrequencyMask(frequency) for _ in range(2)),
        *(TimeMask(time) for _ in range(2)),
    ]
    return _recipe(steps, sample_rate, layout, channels)


def cpc(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    seconds: float = 1.28,
    semitones: Range = 3.0,
    noise: str | None = None,
    impulse_responses: str | None = None,
) -> Recipe:
    """Build the recipe of predictive coding with the past augmented only (Kharitonov et al. 2021).

    Both views show the same stretch of the clip. The first, from which is predicted, has another pitch, reverberation
    and noise; the second, which is predicted, is the clip itself.

    Args:
        sample_rate: In Hz.
        layout: Of bare arrays of rank 2.
        channels: Of the encoder's input.
        seconds: Length of the stretch; by default the paper's 20,480 samples.
        semitones: Of the pitch; a number is either way.
        noise: Folder of recorded noises; None for white noise.
        impulse_responses: Folder of recorded impulse responses; None for synthetic ones.
    """
    recipe = _recipe(_speech_steps(semitones, noise, impulse_responses), sample_rate, layout, channels)
    return replace(recipe, second=Compose([]), shared=RandomCrop(seconds))


def evaluation(sample_rate: int = 16_000, layout: Layout = "CT", channels: int | None = 1) -> Recipe:
    """Build the recipe without randomness, for evaluation: whole clips.

    Args:
        sample_rate: In Hz.
        layout: Of bare arrays of rank 2.
        channels: Of the encoder's input.
    """
    return _recipe([], sample_rate, layout, channels)
