"""The arithmetic of the graph augmentations, without policy: on graphs laid out one after the other (`Graphs`).

Whatever is random comes from a `RandomArray`: each node, and each pair of nodes, has random bits of its own, which depend on
the key of its graph and its number in it. So a graph has the same view alone and in any batch.
"""

from __future__ import annotations

from pairgen.modalities.graph._kernels.diffusion import diffused
from pairgen.modalities.graph._kernels.edges import perturb_edges
from pairgen.modalities.graph._kernels.masking import masked
from pairgen.modalities.graph._kernels.nodes import drop_nodes
from pairgen.modalities.graph._kernels.walks import walked

__all__ = ["diffused", "drop_nodes", "masked", "perturb_edges", "walked"]
