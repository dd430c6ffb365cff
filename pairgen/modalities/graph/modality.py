"""The graph modality: networkx and PyG graphs and their recipes."""

from __future__ import annotations

from pairgen.modality import LazyModality

__all__ = ["MODALITY"]

MODALITY = LazyModality(
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
    source_help="a TUDataset folder, a file of graphs in GIN's text form, GraphML, or edge lists",
    check_spec="pairgen.testing.modalities.graph:check_spec",
)
