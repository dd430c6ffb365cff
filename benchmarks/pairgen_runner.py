"""The pairgen side of the `learning` subject."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

import pairgen
from benchmarks.fashion_mnist import MEAN, STD
from benchmarks.setting import Setting
from pairgen.methods import SimCLR

OWN: dict[str, Any] = {
    "recipe": "simclr-grey",
    "recipe_options": {},
    "encoder": "small-cnn",
    "encoder_options": {},
    "epochs": 5,
    "batch_size": 256,
    "learning_rate": 1e-3,
    "weight_decay": 1e-4,
    "temperature": 0.5,
    "projection_dim": 128,
    "hidden_dim": 256,
    "warmup_share": 0.0,
    "cosine": False,
}
"""pairgen's own best recipe for small grey images, chosen without the test set."""


class PairgenRunner:
    """The setting of the comparison, step for step the loop on lightly's side."""

    def __init__(self, images: npt.NDArray[np.uint8], setting: Setting, seed: int) -> None:
        self._build(
            images,
            seed,
            {
                **OWN,
                "recipe": "simclr-grey",
                "recipe_options": {
                    "scale": setting.crop_scale,
                    "brightness": setting.brightness,
                    "contrast": setting.contrast,
                },
                "encoder": "small-cnn",
                "encoder_options": {},
                "epochs": setting.epochs,
                "batch_size": setting.batch_size,
                "learning_rate": setting.learning_rate,
                "weight_decay": setting.weight_decay,
                "temperature": setting.temperature,
                "projection_dim": 128,
                "hidden_dim": 256,
                "warmup_share": 0.0,
                "cosine": False,
            },
        )
