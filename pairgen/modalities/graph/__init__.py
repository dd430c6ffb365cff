"""Graphs: items, augmentations, recipes, encoders, reader and drawing.

>>> from pairgen.modalities.graph import NodeDrop, modality
>>> modality.recipes.names()
['grace', 'graphcl', 'none', 'slides']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pairgen.modalities.graph.plugin import GraphModality, modality

if TYPE_CHECKING:
    from pairgen.modalities.graph.augmentations import (
        AttributeMask,
        EdgeAdd,
        EdgeDrop,
        EdgePerturb,
        GraphAugmentation,
        Identity,
        NodeDrop,
        PPRDiffusion,
        Subgraph,
    )
    from pairgen.modalities.graph.collation import Finish

__all__ = [
    "AttributeMask",
    "EdgeAdd",
    "EdgeDrop",
    "EdgePerturb",
    "Finish",
    "GraphAugmentation",
    "GraphModality",
    "Identity",
    "NodeDrop",
    "PPRDiffusion",
    "Subgraph",
    "modality",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "collation" if name == "Finish" else "augmentations"
    return getattr(import_module(f"{__name__}.{room}"), name)
