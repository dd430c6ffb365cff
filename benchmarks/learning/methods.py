"""The cases of the subject `methods`: images by one recipe, encoder and optimizer, and CPC on spoken digits."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset

import pairgen
from benchmarks.data.fashion_mnist import FashionMNIST
from benchmarks.data.spoken_digits import RATE, SpokenDigits
from benchmarks.learning.image import PairgenRunner, Setting, comparison_options, probe
from pairgen.augmentation import Augmentation, Compose
from pairgen.evaluation import embed, knn_probe, linear_probe
from pairgen.methods import CPC, Method, MoCo, Siamese, SimCLR, SupCon
from pairgen.modalities.audio import RandomCrop
from pairgen.random import Stream

SPEECH_CASES = ("untrained, spoken digits", "CPC, spoken digits")

HEAD: dict[str, Any] = {"hidden_dim": 256, "batch_norm": True}
IMAGE_METHODS: dict[str, tuple[type[Method], dict[str, Any]]] = {
    "SimCLR": (SimCLR, {"temperature": 0.5, **HEAD}),
    "MoCo": (MoCo, {"temperature": 0.2, "queue": 4096, "momentum": 0.99, "symmetric": True, **HEAD}),
    "SupCon": (SupCon, {"temperature": 0.1, **HEAD}),
    "Siamese": (Siamese, {"margin": 1.0}),
}
"""Usual values, not tuned here; SimCLR as in the subject `learning`."""

IMAGE_CASES = ("untrained", *IMAGE_METHODS)


def train_on_images(case: str, data: FashionMNIST, setting: Setting, seed: int) -> dict[str, Any]:
    """Train a case and judge the encoder; "untrained" is judged as it is."""
    if case == "untrained":
        return {**probe(_untrained_cnn(seed), data, setting.probe_images), "seconds": [], "loss": None}
    method, method_options = IMAGE_METHODS[case]
    options = comparison_options(setting) | {"method": method, "method_options": method_options}
    runner = PairgenRunner(data.train_images, options, seed, data.train_labels)
    seconds, loss = [], 0.0
    for epoch in range(setting.epochs):
        start = time.perf_counter()
        loss = runner.epoch()
        seconds.append(round(time.perf_counter() - start, 3))
        print(f"seed {seed}  epoch {epoch}  {case:<12} {seconds[-1]:7.1f} s  loss {loss:.4f}", flush=True)
    return {**probe(runner.encoder, data, setting.probe_images), "seconds": seconds, "loss": loss}


def _untrained_cnn(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return pairgen.create_encoder("image", "small-cnn")


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
class Standardize(Augmentation):
    """Mean 0 and deviation 1 for each recording: some are thirty times as loud as others. Nothing is drawn."""

    def draw(self, item: Any, rng: Stream) -> None:
        """Nothing."""

    def apply(self, item: Any, params: None) -> Any:
        """A clip -> a clip."""
        centered = item.values - item.values.mean()
        return replace(item, values=centered / max(float(centered.std()), 1e-4))


@dataclass(frozen=True)
class Split:
    """Two datasets of (recording, digit)."""

    train: Dataset[Any]
    test: Dataset[Any]


def read_digits(data: SpokenDigits, *, validate: bool) -> Split:
    """The recordings of the official split, with their digits; see `SpokenDigits.split`."""
    read = pairgen.get_modality("audio").read
    train, test = (read(part.clips, labels=part.digits) for part in data.split(validate))
    return Split(train, test)


def train_on_speech(case: str, split: Split, setting: SpeechSetting, seed: int) -> dict[str, Any]:
    """Train CPC, or leave it untrained, and judge its mean contexts."""
    torch.manual_seed(seed)
    method = CPC(
        pairgen.create_encoder("audio", "cpc-wave", out_features=setting.channels),
        steps_ahead=setting.steps_ahead,
        context_dim=setting.context_dim,
        temperature=setting.temperature,
    )
    history: Any = []
    if case == SPEECH_CASES[1]:
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
    plain = pairgen.get_modality("audio").recipes.get("eval")(sample_rate=RATE)
    return pairgen.PairSampler("audio", replace(plain, shared=Compose(steps)), seed=seed)


def _loader(dataset: Any, setting: SpeechSetting, seed: int) -> Any:
    crop = RandomCrop(setting.crop_seconds)
    sampler = _sampler(Standardize(), crop, seed=seed)
    return sampler.loader(dataset, setting.batch_size, shuffle=True, drop_last=True)


def _scores(encoder: torch.nn.Module, split: Split) -> dict[str, float]:
    whole = _sampler(Standardize())
    train, test = (
        embed(encoder, part, batch_size=50, sampler=whole, device="cpu") for part in (split.train, split.test)
    )
    parts = train.features, train.labels, test.features, test.labels
    return {"knn": knn_probe(*parts, k=20).accuracy, "linear": linear_probe(*parts).accuracy}
