"""The peers of the `audio` subject: each makes one view of a clip as the recipe `time-pitch` does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch

Wave = np.ndarray
View = Callable[[Wave], Wave]
Shift = Callable[[Wave, float], Wave]

SECONDS, SEMITONES = 0.1, 2.0


def librosa_view(rate: int) -> View:
    """The usual tutorial code: np.roll and librosa's pitch shift."""
    import librosa

    rng = np.random.default_rng(0)

    def view(wave: Wave) -> Wave:
        rolled = np.roll(wave, int(rng.uniform(-SECONDS, SECONDS) * rate))
        return librosa.effects.pitch_shift(rolled, sr=rate, n_steps=rng.uniform(-SEMITONES, SEMITONES))

    return view


def audiomentations_view(rate: int, method: str) -> View:
    """audiomentations; method: "signalsmith_stretch" or "librosa_phase_vocoder"."""
    import audiomentations

    peer: Any = audiomentations  # it re-exports its names without saying so

    transform = peer.Compose(
        [
            peer.Shift(-SECONDS, SECONDS, shift_unit="seconds", p=1.0),
            peer.PitchShift(-SEMITONES, SEMITONES, p=1.0, method=method),
        ]
    )
    return lambda wave: transform(wave, rate)


def torch_audiomentations_view(rate: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """torch-audiomentations on a batch (B, 1, T)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer: Any = import_module("torch_audiomentations")
    transform = peer.Compose(
        [
            peer.Shift(min_shift=-SECONDS, max_shift=SECONDS, shift_unit="seconds", p=1.0, output_type="tensor"),
            peer.PitchShift(
                sample_rate=rate,
                min_transpose_semitones=-SEMITONES,
                max_transpose_semitones=SEMITONES,
                p=1.0,
                output_type="tensor",
            ),
        ],
        output_type="tensor",
    )
    return lambda batch: transform(batch, sample_rate=rate)


def pitch_shifts(rate: int) -> dict[str, Shift]:
    """Shift a clip by a number of semitones, by library."""
    import librosa
    import python_stretch

    from pairgen.modalities.audio import PitchShift
    from pairgen.random import Stream

    def own(wave: Wave, semitones: float) -> Wave:
        return np.asarray(PitchShift((semitones, semitones), sample_rate=rate)(wave, Stream(0)))

    def signalsmith(wave: Wave, semitones: float) -> Wave:
        stretch: Any = python_stretch.Signalsmith.Stretch()
        stretch.preset(1, rate)
        stretch.setTransposeSemitones(semitones)
        shifted: Wave = stretch.process(wave[None])[0][: len(wave)]
        return shifted

    return {
        "pairgen": own,
        "signalsmith": signalsmith,
        "librosa": lambda wave, semitones: librosa.effects.pitch_shift(wave, sr=rate, n_steps=semitones),
    }
