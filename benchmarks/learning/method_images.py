"""Fashion-MNIST for the `methods` subject: one recipe, one encoder, one optimiser, whatever the method."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import torch
from torch import nn

from benchmarks.data.fashion_mnist import FashionMNIST, load_fashion_mnist, stand_in
from benchmarks.learning.image import PairgenRunner, compared
from benchmarks.learning.probing import probe
from benchmarks.learning.setting import Setting
from pairgen.methods import Method, MoCo, Siamese, SimCLR, SupCon

HEAD: dict[str, Any] = {"hidden_dim": 256, "batch_norm": True}
CASES: dict[str, tuple[type[Method], dict[str, Any]]] = {
    "SimCLR": (SimCLR, {"temperature": 0.5, **HEAD}),
    "MoCo": (MoCo, {"temperature": 0.2, "queue": 4096, "momentum": 0.99, "symmetric": True, **HEAD}),
    "SupCon": (SupCon, {"temperature": 0.1, **HEAD}),
    "Siamese": (Siamese, {"margin": 1.0}),
}
"""Usual values, not tuned here; SimCLR as in the subject `learning`."""


def load(setting: Setting, *, validate: bool, quick: bool) -> FashionMNIST:
    """The data; with `validate`, training images from 50,000 on take the place of the test images."""
    try:
        data = load_fashion_mnist()
    except FileNotFoundError:
        if not quick:
            raise
        return stand_in(setting.images, setting.test_images)
    test = (
        (data.train_images[50_000:], data.train_labels[50_000:]) if validate else (data.test_images, data.test_labels)
    )
    return dataclasses.replace(
        data,
        train_images=data.train_images[: setting.images],
        train_labels=data.train_labels[: setting.images],
        test_images=test[0][: setting.test_images],
        test_labels=test[1][: setting.test_images],
    )


def train_and_probe(case: str, data: FashionMNIST, setting: Setting, seed: int) -> dict[str, Any]:
    """Train a case and judge the encoder; "untrained" is judged as it is."""
    if case == "untrained":
        return {**probe(_untrained(seed), data, setting.probe_images), "seconds": [], "loss": None}
    kind, method_options = CASES[case]
    options = compared(setting) | {"method": kind, "method_options": method_options}
    runner = PairgenRunner(data.train_images, options, seed, data.train_labels)
    seconds, loss = [], 0.0
    for epoch in range(setting.epochs):
        start = time.perf_counter()
        loss = runner.epoch()
        seconds.append(round(time.perf_counter() - start, 3))
        print(f"seed {seed}  epoch {epoch}  {case:<12} {seconds[-1]:7.1f} s  loss {loss:.4f}", flush=True)
    return {**probe(runner.encoder, data, setting.probe_images), "seconds": seconds, "loss": loss}


def _untrained(seed: int) -> nn.Module:
    import pairgen

    torch.manual_seed(seed)
    return pairgen.create_encoder("image", "small-cnn")
