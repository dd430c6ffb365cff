"""Spoken digits for the `methods` subject: CPC on raw waveforms, a linear probe for the digit."""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import pairgen
from pairgen.augmentation import Augmentation, Compose
from pairgen.evaluation import embed, knn_probe, linear_probe
from pairgen.methods import CPC
from pairgen.random import Stream

VARIABLE = "PAIRGEN_DATA"
ARCHIVE = "audio/fsdd-recordings.tar.gz"
NAMES = r"(?P<label>\d)_(?P<speaker>\w+)_(?P<take>\d+)"
SAMPLE_RATE = 8000
CASES = ("untrained, spoken digits", "CPC, spoken digits")


@dataclass(frozen=True)
class SpeechSetting:
    """Chosen on takes 5 to 9, which are training recordings; a step of the encoder is 20 ms."""

    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 2e-3
    channels: int = 64
    context_dim: int = 128
    steps_ahead: int = 6
    temperature: float = 0.1
    crop_seconds: float = 0.512


@dataclass(frozen=True)
class Standardise(Augmentation):
    """Mean 0 and deviation 1 for each recording: some are thirty times as loud as others. Nothing is drawn."""

    def draw(self, item: Any, rng: Stream) -> None:
        """Nothing."""

    def apply(self, item: Any, params: None) -> Any:
        """A clip -> a clip."""
        centred = item.values - item.values.mean()
        return replace(item, values=centred / max(float(centred.std()), 1e-4))


@dataclass(frozen=True)
class Split:
    """Two datasets of (recording, digit)."""

    train: Any
    test: Any


def read_digits(folder: Path, *, validate: bool) -> Split:
    """The official split: takes 0 to 4 of each speaker and digit are the test recordings (Jakobovski et al.).

    folder: where the archive is unpacked. validate: takes 5 to 9 take their place, and 0 to 4 that of none.
    """
    archive = Path(os.environ.get(VARIABLE, "")) / ARCHIVE
    if not archive.is_file():
        raise FileNotFoundError(f"the spoken digits are not at {archive}; point {VARIABLE} at the folder of the data")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    recordings = pairgen.get_modality("audio").read(folder, pattern=NAMES)
    take = np.array(recordings.columns["take"], dtype=int)
    if validate:
        return Split(recordings.where(take >= 10), recordings.where((take >= 5) & (take < 10)))
    return Split(recordings.where(take >= 5), recordings.where(take < 5))


def stand_in() -> Split:
    """Ten tones instead of ten digits, to see that the case runs where the recordings are not."""
    time = np.arange(SAMPLE_RATE // 4, dtype=np.float32) / SAMPLE_RATE
    tones = [0.5 * np.sin(2 * np.pi * (200 + 100 * (i % 10)) * time * (1 + i / 1000)) for i in range(80)]
    read = pairgen.get_modality("audio").read
    digits = np.arange(80) % 10
    return Split(*(read([tones[i] for i in part], labels=digits[part]) for part in np.split(np.arange(80), [60])))


def train_and_probe(case: str, split: Split, setting: SpeechSetting, seed: int) -> dict[str, Any]:
    """Train CPC, or leave it untrained, and judge its mean contexts."""
    torch.manual_seed(seed)
    method = CPC(
        pairgen.create_encoder("audio", "cpc-wave", out_features=setting.channels),
        steps_ahead=setting.steps_ahead,
        context_dim=setting.context_dim,
        temperature=setting.temperature,
    )
    history: Any = []
    if case == CASES[1]:
        trainer = pairgen.Trainer(
            method, epochs=setting.epochs, learning_rate=setting.learning_rate, device="cpu", seed=seed, progress=False
        )
        history = trainer.fit(_loader(split.train, setting, seed))
        print(f"seed {seed}  {case:<12} loss {', '.join(f'{loss:.3f}' for loss in history.loss)}", flush=True)
    return {
        **_scores(method.encoder, split),
        "seconds": [round(record.seconds, 3) for record in history],
        "loss": history[-1].loss if history else None,
    }


def _sampler(*steps: Augmentation, seed: int = 0) -> pairgen.PairSampler:
    """Both views are the recording after these steps."""
    plain = pairgen.get_modality("audio").recipes.get("eval")(sample_rate=SAMPLE_RATE)
    return pairgen.PairSampler("audio", replace(plain, shared=Compose(steps)), seed=seed)


def _loader(dataset: Any, setting: SpeechSetting, seed: int) -> Any:
    from pairgen.modalities.audio import RandomCrop

    crop = RandomCrop(setting.crop_seconds)
    sampler = _sampler(Standardise(), crop, seed=seed)
    return sampler.loader(dataset, setting.batch_size, shuffle=True, drop_last=True)


def _scores(encoder: torch.nn.Module, split: Split) -> dict[str, float]:
    whole = _sampler(Standardise())
    train, test = (
        embed(encoder, part, batch_size=50, sampler=whole, device="cpu") for part in (split.train, split.test)
    )
    parts = train.features, train.labels, test.features, test.labels
    return {"knn": knn_probe(*parts, k=20).accuracy, "linear": linear_probe(*parts).accuracy}
