"""Audio encoders by name: `ENCODERS.get("log-mel-cnn")(sample_rate=16000)`.

Each takes views as recipes finish them, `Padded` of (B, 1, T), or a tensor (B, T) or (B, 1, T) without padding. It
gives features (B, D), and `steps(views)` the features of each step in time. A clip's features do not depend on its
padding.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from pairgen.registry import Registry

__all__ = ["ENCODERS"]

_HERE = "pairgen.modalities.audio.encoders"

ENCODERS: Registry[Callable[..., nn.Module]] = Registry("audio encoder")
ENCODERS.register_lazy("log-mel-cnn", f"{_HERE}.log_mel_cnn:LogMelCNN")
ENCODERS.register_lazy("cpc-wave", f"{_HERE}.cpc_wave:CPCWave")
