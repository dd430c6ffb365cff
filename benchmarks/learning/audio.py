"""The encoders of the `audio_learning` subject, and the features they are held to."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

import pairgen
from benchmarks.data.spoken_digits import RATE, SpokenDigits
from pairgen.augmentation import Augmentation, Compose, RandomApply
from pairgen.evaluation import embed, linear_probe
from pairgen.methods import SimCLR
from pairgen.modalities.audio import (
    FrequencyMask,
    GaussianNoise,
    PitchShift,
    RandomCrop,
    TimeMask,
    TimeShift,
    TimeStretch,
)
from pairgen.modality import Recipe

UNTRAINED, TRAINED, MFCC = "untrained", "SimCLR", "MFCC statistics"
CASES = (UNTRAINED, TRAINED, MFCC)


@dataclass(frozen=True)
class AudioSetting:
    """SimCLR on spoken digits, chosen on takes 5 to 9, which are training recordings."""

    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 2e-3
    temperature: float = 0.2
    n_mels: int = 40
    channels: tuple[int, ...] = (24, 48, 96)
    out_features: int = 256


def recipe() -> Recipe:
    """What a word keeps when it is spoken by someone else, elsewhere: time, pitch, tempo and parts of it change."""
    steps: list[Augmentation] = [
        RandomCrop(0.6),  # few are longer, but all of a batch would be padded to the longest
        RandomApply(TimeStretch((0.8, 1.25)), p=0.5),
        TimeShift(0.1, fill="zeros"),
        PitchShift(3.0),
        RandomApply(GaussianNoise((10.0, 40.0)), p=0.5),
        FrequencyMask((0.0, 0.2)),
        TimeMask((0.0, 0.2)),
    ]
    view = Compose(steps)
    return replace(pairgen.get_modality("audio").recipes.get("eval")(sample_rate=RATE), first=view, second=view)


def run(case: str, train: SpokenDigits, test: SpokenDigits, setting: AudioSetting, seed: int) -> dict[str, Any]:
    """Accuracy of linear probes for the digit and the speaker; seconds of training and its last loss."""
    start, loss = time.perf_counter(), None
    if case == MFCC:
        features = [mfcc_statistics(part) for part in (train, test)]
        seconds = 0.0
    else:
        torch.manual_seed(seed)
        method = SimCLR(
            pairgen.create_encoder(
                "audio",
                "log-mel-cnn",
                sample_rate=RATE,
                n_mels=setting.n_mels,
                channels=setting.channels,
                out_features=setting.out_features,
            ),
            projection_dim=128,
            temperature=setting.temperature,
            batch_norm=True,
        )
        if case == TRAINED:
            loss = _train(method, train, setting, seed)
        seconds = time.perf_counter() - start if case == TRAINED else 0.0
        whole = pairgen.PairSampler("audio", "eval")
        features = [embed(method.encoder, part.clips, sampler=whole, device="cpu").features for part in (train, test)]
    scores = {
        target: linear_probe(features[0], getattr(train, target), features[1], getattr(test, target)).accuracy
        for target in ("digits", "speakers")
    }
    return {**scores, "seconds": round(seconds, 1), "loss": loss}


def _train(method: SimCLR, train: SpokenDigits, setting: AudioSetting, seed: int) -> float:
    sampler = pairgen.PairSampler("audio", recipe(), seed=seed)
    loader = sampler.loader(train.clips, setting.batch_size, shuffle=True, drop_last=True, batched=True)
    trainer = pairgen.Trainer(
        method, epochs=setting.epochs, learning_rate=setting.learning_rate, device="cpu", seed=seed, progress=False
    )
    history = trainer.fit(loader)
    print(f"seed {seed}  loss {', '.join(f'{record.loss:.3f}' for record in list(history)[::5])}", flush=True)
    return round(float(history[-1].loss), 4)


def mfcc_statistics(data: SpokenDigits, coefficients: int = 20) -> np.ndarray:
    """float32 (N, 40): means and deviations over time of 20 cepstral coefficients (librosa), windows of 32 ms."""
    import librosa

    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few recordings are shorter than a filter's window
        for clip in data.clips:
            mfcc = librosa.feature.mfcc(y=clip, sr=RATE, n_mfcc=coefficients, n_fft=256, hop_length=80)
            rows.append(np.concatenate((mfcc.mean(axis=1), mfcc.std(axis=1))))
    return np.stack(rows).astype(np.float32)
