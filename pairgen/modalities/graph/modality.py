"""The graph modality: networkx and PyG graphs and their recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairgen.modality import LazyModality

if TYPE_CHECKING:
    from pairgen.modalities.graph.io.codec import GraphItem
    from pairgen.modalities.graph.io.pyg import Batch, Data

__all__ = ["MODALITY"]

MODALITY: LazyModality[GraphItem, Data, Batch] = LazyModality(
    "graph",
    "pairgen.modalities.graph",
    recipes={
        "drop-perturb": "recipes:drop_perturb",
        "graphcl": "recipes:graphcl",
        "grace": "recipes:grace",
        "eval": "recipes:evaluation",
    },
    encoders={name: f"encoders.networks:{name}" for name in ("gin", "gcn", "graphsage")},
    default_recipe="drop-perturb",
    default_encoder="gin",
    source_help="a TUDataset folder, a file in GIN's text form, or GraphML and edge lists in class folders or none",
    check_spec="pairgen.testing.modalities.graph:check_spec",
)
