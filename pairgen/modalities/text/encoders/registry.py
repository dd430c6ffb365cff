"""The names of text encoders."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from pairgen.registry import Registry

__all__ = ["ENCODERS"]

_HERE = "pairgen.modalities.text.encoders"

ENCODERS: Registry[Callable[..., nn.Module]] = Registry("text encoder")
ENCODERS.register_lazy("transformer", f"{_HERE}.transformer:Transformer")
ENCODERS.register_lazy("bag", f"{_HERE}.bag:Bag")
ENCODERS.register_lazy("huggingface", f"{_HERE}.huggingface:HuggingFace")
