"""pairgen in training: its side of the `learning` subject, and the `methods` subject."""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

import pairgen
from benchmarks.data.fashion_mnist import MEAN, STD, FashionMNIST, load_fashion_mnist, stand_in
from pairgen.augmentation import Compose, RandomApply
from pairgen.methods import Method, SimCLR
from pairgen.modalities.image import ColorJitter, GaussianBlur, GaussianNoise, HorizontalFlip, RandomResizedCrop
from pairgen.modalities.image.batch import ToModelInput
from pairgen.modality import Recipe
from pairgen.training._memory import retain_freed_memory


@dataclass(frozen=True)
class Setting:
    """SimCLR on Fashion-MNIST; the augmentations are those of pairgen's `simclr-gray`."""

    images: int = 20_000
    probe_images: int = 10_000
    test_images: int = 10_000
    epochs: int = 5
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    temperature: float = 0.5
    workers: int = 2
    crop_scale: tuple[float, float] = (0.2, 1.0)
    brightness: float = 0.4
    contrast: float = 0.4
    jitter_probability: float = 0.8


QUICK = Setting(images=512, probe_images=256, test_images=256, epochs=1, batch_size=64)


def setting_of(options: argparse.Namespace) -> Setting:
    """The setting that the options of a subject ask for."""
    return QUICK if options.quick else Setting(images=options.images, epochs=options.epochs)


def setting_as_json(setting: Setting) -> dict[str, Any]:
    """The setting as JSON gives it back."""
    return asdict(setting) | {"crop_scale": list(setting.crop_scale)}


def load_images(setting: Setting, *, validate: bool, quick: bool) -> FashionMNIST:
    """Load the data; with `validate`, training images from 50,000 on take the place of the test images."""
    try:
        data = load_fashion_mnist()
    except FileNotFoundError:
        if not quick:
            raise
        return stand_in(setting.images, setting.test_images)
    test = (
        (data.train_images[50_000:], data.train_labels[50_000:]) if validate else (data.test_images, data.test_labels)
    )
    return FashionMNIST(
        data.train_images[: setting.images],
        data.train_labels[: setting.images],
        test[0][: setting.test_images],
        test[1][: setting.test_images],
    )


def small_gray() -> Recipe:
    """Views of 16 px, which cost a third of 28 px and so leave time for more epochs; strong jitter, blur, noise."""
    view = Compose(
        [
            RandomResizedCrop(16, scale=(0.2, 1.0)),
            HorizontalFlip(),
            RandomApply(ColorJitter(0.8, 0.8), p=0.8),
            RandomApply(GaussianBlur((0.1, 1.0)), p=0.5),
            RandomApply(GaussianNoise(0.1), p=0.5),
        ]
    )
    return Recipe(view, view, ToModelInput((MEAN,), (STD,)))


OWN: dict[str, Any] = {
    "recipe": small_gray(),
    "recipe_options": {},
    "encoder": "small-cnn",
    "encoder_options": {"cells": 4},  # the setting's network; its last layer averages 4 x 4 parts, not the whole
    "method_options": {"temperature": 0.2, "hidden_dim": 256, "batch_norm": True},
    "epochs": 14,
    "batch_size": 128,
    "learning_rate": 2e-3,
    "weight_decay": 1e-4,
    "warmup_ratio": 0.05,  # of all steps, linear
    "cosine": True,  # decay to nothing after the warm-up
}
"""pairgen's own recipe for such images, chosen on training images 50,000 to 60,000; as many epochs as fit into
lightly's time."""


def comparison_options(setting: Setting) -> dict[str, Any]:
    """The setting of the comparison, as options like OWN: what lightly's side does, step by step.

    `simclr-gray` has these augmentations as its defaults; lightly's projection head has batch norm.
    """
    return {
        "recipe": "simclr-gray",
        "recipe_options": {
            "size": 28,
            "mean": (MEAN,),
            "std": (STD,),
            "scale": setting.crop_scale,
            "strength": setting.brightness / 0.8,
        },
        "encoder": "small-cnn",
        "encoder_options": {},
        "method_options": {
            "temperature": setting.temperature,
            "hidden_dim": 256,
            "batch_norm": True,
        },
        "epochs": setting.epochs,
        "batch_size": setting.batch_size,
        "learning_rate": setting.learning_rate,
        "weight_decay": setting.weight_decay,
        "warmup_ratio": 0.0,
        "cosine": False,
    }


def own_options(setting: Setting) -> dict[str, Any]:
    """OWN, cut down to the epochs and the batch size of a quick run where that is smaller."""
    quick = setting.images <= OWN["batch_size"] * 4
    return OWN | ({"epochs": 1, "batch_size": setting.batch_size} if quick else {})


class PairgenRunner:
    """One model in training; `epoch()` is what the clock sees."""

    def __init__(
        self,
        images: npt.NDArray[np.uint8],
        options: dict[str, Any],
        seed: int,
        labels: npt.NDArray[np.int64] | None = None,
    ) -> None:
        torch.manual_seed(seed)
        self.encoder = pairgen.create_encoder("image", options["encoder"], **options["encoder_options"])
        self.method: Method = options.get("method", SimCLR)(self.encoder, **options["method_options"])
        self.optimizer = torch.optim.AdamW(
            [p for p in self.method.parameters() if p.requires_grad],
            options["learning_rate"],
            weight_decay=options["weight_decay"],
            fused=True,
        )
        sampler = pairgen.PairSampler(
            "image",
            recipe=options["recipe"],
            seed=seed,
            **options["recipe_options"],
        )
        dataset = pairgen.get_modality("image").read(images, labels=labels)
        self.loader = sampler.loader(dataset, options["batch_size"], shuffle=True, drop_last=True, batched=True)
        self.epochs: int = options["epochs"]
        steps = self.epochs * len(self.loader)
        warmup = round(options["warmup_ratio"] * steps)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: _factor(step, steps, warmup, options["cosine"])
        )

    def epoch(self) -> float:
        """Train for one epoch; return the mean loss."""
        losses = []
        with retain_freed_memory(True):  # as the Trainer does on a CPU
            for batch in self.loader:
                loss = self.method.loss(batch)
                self.optimizer.zero_grad()
                torch.autograd.backward(loss)
                self.optimizer.step()
                self.schedule.step()
                losses.append(loss.detach())
        return float(torch.stack(losses).mean())


def _factor(step: int, steps: int, warmup: int, cosine: bool) -> float:
    if step < warmup:
        return (step + 1) / warmup
    if not cosine:
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


NEIGHBORS = 20


def probe(encoder: nn.Module, data: FashionMNIST, train: int) -> dict[str, float]:
    """Accuracy of kNN (k=20, cosine) and of logistic regression on standardized features.

    The probes see the first `train` training images and are tested on all test images.
    """
    import sklearn.linear_model
    import sklearn.neighbors
    import sklearn.preprocessing

    sk: Any = sklearn  # scikit-learn has no types

    fit, labels = features(encoder, data.train_images[:train]), data.train_labels[:train]
    scaler = sk.preprocessing.StandardScaler().fit(fit)
    known, unknown = scaler.transform(fit), scaler.transform(features(encoder, data.test_images))
    neighbors = sk.neighbors.KNeighborsClassifier(min(NEIGHBORS, len(known)), metric="cosine")
    linear = sk.linear_model.LogisticRegression(max_iter=1000)
    return {
        "knn": float(neighbors.fit(known, labels).score(unknown, data.test_labels)),
        "linear": float(linear.fit(known, labels).score(unknown, data.test_labels)),
    }


def features(encoder: nn.Module, images: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Encoder output (N, D), float32, in evaluation mode, of images normalized as in training."""
    encoder.eval()
    with torch.inference_mode():
        chunks = torch.split(torch.from_numpy(images).unsqueeze(1), 512)
        rows = [encoder(chunk.float().div(255).sub(MEAN).div(STD)) for chunk in chunks]
    encoder.train()
    result: npt.NDArray[Any] = torch.cat(rows).numpy()
    return result
