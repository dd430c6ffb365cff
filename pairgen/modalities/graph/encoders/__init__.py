"""Graph encoders by name: `ENCODERS.get("gin")(in_features=7)`. Each factory returns a `GraphEncoder`."""

from __future__ import annotations

from collections.abc import Callable

from pairgen.modalities.graph.encoders.base import GraphEncoder
from pairgen.registry import Registry

__all__ = ["ENCODERS", "GraphEncoder"]

ENCODERS: Registry[Callable[..., GraphEncoder]] = Registry("graph encoder")
for _name in ("gin", "gcn", "graphsage"):
    ENCODERS.register_lazy(_name, f"{__name__}.networks:{_name}")
