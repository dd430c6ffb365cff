"""Time-series encoders by name: `ENCODERS.get("dilated-cnn")(in_channels=3)`.

Each takes views as recipes finish them, `Padded` of (B, T, C), or a tensor (B, T, C) or (B, T) without padding, with
NaN where a value is missing. It gives features (B, D), and `steps(views)` the features of each timestamp. A series'
features do not depend on its padding.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from pairgen.registry import Registry

__all__ = ["ENCODERS"]

_HERE = "pairgen.modalities.timeseries.encoders"

ENCODERS: Registry[Callable[..., nn.Module]] = Registry("time-series encoder")
ENCODERS.register_lazy("dilated-cnn", f"{_HERE}.dilated_cnn:DilatedCNN")
ENCODERS.register_lazy("lstm", f"{_HERE}.lstm:LSTM")
