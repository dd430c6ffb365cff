"""The graph modality: networkx and PyG graphs and their recipes."""

from __future__ import annotations

from typing import Any

from pairgen.modality import LazyModality

__all__ = ["MODALITY"]


class GraphModality(LazyModality[Any, Any, Any]):
    """The graph modality, whose items may hold their labels."""

    def find_labels(self, items: object) -> Any:
        """Return `y` of a batch or list of PyG graphs where it is one whole number a graph, int64 (B,); else None."""
        return self._part("batch", "find_labels")(items)


MODALITY = GraphModality(
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
