"""The graph augmentations, by subject: nodes, edges, features, diffusion."""

from __future__ import annotations

from pairgen.modalities.graph.augmentations.base import GraphAugmentation
from pairgen.modalities.graph.augmentations.diffusion import PPRDiffusion
from pairgen.modalities.graph.augmentations.edges import EdgeAdd, EdgeDrop, EdgePerturb
from pairgen.modalities.graph.augmentations.features import AttributeMask, Identity
from pairgen.modalities.graph.augmentations.nodes import NodeDrop, Subgraph

__all__ = [
    "AttributeMask",
    "EdgeAdd",
    "EdgeDrop",
    "EdgePerturb",
    "GraphAugmentation",
    "Identity",
    "NodeDrop",
    "PPRDiffusion",
    "Subgraph",
]
