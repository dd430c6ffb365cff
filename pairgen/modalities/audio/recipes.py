"""The named pipelines for audio.

All recipes take `sample_rate` (Hz: files and dicts are resampled to it, bare arrays are taken to have it), `layout`
("CT", or "TC" where arrays of two axes are (T, C)) and `channels` (what the encoder gets: 1 mixes them, None keeps
those of the data).
"""

from __future__ import annotations

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


def _recipe(steps: list[Augmentation], sample_rate: int, layout: Layout, channels: int | None) -> Recipe:
    view = Compose(steps)
    return Recipe(view, view, ToModelInput(channels), AudioCodec(sample_rate, layout))


def time_pitch(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    shift: Range = 0.1,
    semitones: Range = 2.0,
) -> Recipe:
    """A time shift that rolls, then a pitch shift. shift: seconds; semitones: of the pitch; a number is either way."""
    steps: list[Augmentation] = [
        TimeShift(shift, sample_rate=sample_rate),
        PitchShift(semitones, sample_rate=sample_rate),
    ]
    return _recipe(steps, sample_rate, layout, channels)


def clmr(
    sample_rate: int = 22_050, layout: Layout = "CT", channels: int | None = 1, seconds: float = 59_049 / 22_050
) -> Recipe:
    """Music (Spijkervet and Burgoyne 2021, CLMR), without its delay effect. seconds: of the crop."""
    steps: list[Augmentation] = [
        RandomCrop(seconds, sample_rate=sample_rate),
        PolarityInversion(0.8, sample_rate=sample_rate),
        RandomApply(GaussianNoise((20.0, 80.0), sample_rate=sample_rate), p=0.01),
        RandomApply(Gain((-6.0, 0.0), sample_rate=sample_rate), p=0.3),
        RandomApply(_either_filter(sample_rate), p=0.8),
        RandomApply(PitchShift(5.0, sample_rate=sample_rate), p=0.6),
        RandomApply(Reverberation(sample_rate=sample_rate), p=0.6),
    ]
    return _recipe(steps, sample_rate, layout, channels)


def _either_filter(sample_rate: int) -> OneOf:
    return OneOf(
        [LowPass((2200.0, 4000.0), sample_rate=sample_rate), HighPass((200.0, 1200.0), sample_rate=sample_rate)]
    )


def _speech_steps(sample_rate: int, semitones: Range, noise: str | None, rooms: str | None) -> list[Augmentation]:
    """Pitch, room and noise, which helped predictive coding most (Kharitonov et al. 2021)."""
    added = (
        GaussianNoise((10.0, 30.0), sample_rate=sample_rate)
        if noise is None
        else BackgroundNoise(noise, (5.0, 20.0), sample_rate=sample_rate)
    )
    return [
        PitchShift(semitones, sample_rate=sample_rate),
        RandomApply(Reverberation((0.1, 0.6), (0.05, 0.4), folder=rooms, sample_rate=sample_rate), p=0.5),
        RandomApply(added, p=0.5),
    ]


def speech(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    seconds: float | None = None,
    semitones: Range = 3.0,
    noise: str | None = None,
    rooms: str | None = None,
) -> Recipe:
    """Speech: time shift, pitch, room, noise, a masked band, gain.

    seconds: of a crop, None for whole clips. semitones: of the pitch. noise, rooms: folders of recorded noises and
    impulse responses; without them, white noise and made-up rooms.
    """
    crop: list[Augmentation] = [] if seconds is None else [RandomCrop(seconds, sample_rate=sample_rate)]
    steps: list[Augmentation] = [
        *crop,
        TimeShift(0.1, fill="zeros", sample_rate=sample_rate),
        *_speech_steps(sample_rate, semitones, noise, rooms),
        RandomApply(FrequencyMask((0.0, 0.15), sample_rate=sample_rate), p=0.5),
        Gain(6.0, sample_rate=sample_rate),
    ]
    return _recipe(steps, sample_rate, layout, channels)


def spectrogram(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    time: Range = (0.0, 0.15),
    frequency: Range = (0.0, 0.15),
) -> Recipe:
    """SpecAugment (Park et al. 2019): two stretches of time and two bands of frequency are masked, in the waveform.

    time, frequency: the share of one mask.
    """
    steps: list[Augmentation] = [
        TimeShift(0.1, fill="zeros", sample_rate=sample_rate),
        *(FrequencyMask(frequency, sample_rate=sample_rate) for _ in range(2)),
        *(TimeMask(time, sample_rate=sample_rate) for _ in range(2)),
    ]
    return _recipe(steps, sample_rate, layout, channels)


def cpc(
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    channels: int | None = 1,
    seconds: float = 1.28,
    semitones: Range = 3.0,
    noise: str | None = None,
    rooms: str | None = None,
) -> Recipe:
    """Predictive coding with the past augmented only (Kharitonov et al. 2021): both views show the same stretch of the
    clip; the first, from which is predicted, has another pitch, room and noise, the second, which is predicted, is the
    clip itself.

    seconds: of the stretch; the paper's 20,480 samples. semitones, noise, rooms: as for `speech`.
    """
    whole = _recipe(_speech_steps(sample_rate, semitones, noise, rooms), sample_rate, layout, channels)
    return replace(whole, second=Compose([]), shared=RandomCrop(seconds, sample_rate=sample_rate))


def evaluation(sample_rate: int = 16_000, layout: Layout = "CT", channels: int | None = 1) -> Recipe:
    """No randomness, for evaluation: whole clips at the sample rate."""
    return _recipe([], sample_rate, layout, channels)
