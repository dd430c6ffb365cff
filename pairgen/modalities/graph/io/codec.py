"""Graph items: what users hold, the form in which it is augmented, and back.

| item | augmented as | view |
|---|---|---|
| PyG `Data` | `Data` with two attributes more | `Data` with `n_id` |
| `networkx` Graph, DiGraph, MultiGraph, MultiDiGraph | `Data`, numeric attributes as tensors | a graph of its class |

The opened form has `n_id` (N,), the position of each node in the graph that was opened, which follows the nodes into
every view; and `undirected`, bool (1,), whether every edge is there in both directions.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.graph._kernels.symmetry import both_ways
from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED, edge_level, held_by, node_level
from pairgen.modalities.graph.io.pyg import Batch, Data, HeteroData

_TELLING = ("x", "pos", "node_type", NODE_ID)  # without these, the nodes are those that the edges name

__all__ = ["check_values", "decode_graph", "is_decoded", "is_networkx", "restore_graph"]


def decode_graph(item: Any) -> Data:
    """The item in the form in which it is augmented. The item is not changed; tensors are shared with it.

    Raises ValueError for a graph without nodes, edges to nodes that are not there, values that are not finite, and
    attributes that could not follow their nodes; TypeError for other types. Both name the item and the remedy.
    """
    if is_networkx(item):
        from pairgen.modalities.graph.io.networkx import data_of

        return _checked(data_of(item), item)
    if isinstance(item, Batch):
        raise TypeError("got a Batch of graphs where one is wanted; give it to sampler.augment, or its to_data_list()")
    if isinstance(item, HeteroData):
        raise TypeError("got a HeteroData; write item.to_homogeneous() and give the Data")
    if not isinstance(item, Data):
        raise TypeError(
            f"a graph is a networkx graph or a torch_geometric.data.Data, got {type(item).__name__}; convert it, for "
            "instance with networkx.from_numpy_array or Data(x=x, edge_index=edge_index)"
        )
    return _checked(_completed(item), item)


def restore_graph(view: Data, item: Any) -> Any:
    """The view in the type of the item: networkx graphs in their class, with names and attributes; else `Data`."""
    if is_networkx(item):
        from pairgen.modalities.graph.io.networkx import graph_of

        return graph_of(view, item)
    closed = copy.copy(view)
    if UNDIRECTED not in held_by(item):
        held_by(closed).pop(UNDIRECTED, None)
    return closed


def is_networkx(item: Any) -> bool:
    """Whether this is a networkx graph; asks without importing networkx."""
    return not isinstance(item, Data) and any(kind.__module__.startswith("networkx.") for kind in type(item).__mro__)


def is_decoded(item: Any) -> bool:
    """Whether this is a `Data` or a `Batch` that has been opened."""
    return isinstance(item, Data) and NODE_ID in held_by(item) and UNDIRECTED in held_by(item)


def _completed(item: Data) -> Data:
    """A shallow copy with n_id, an edge_index of int64, and no stated number of nodes, which would not follow."""
    opened = copy.copy(item)
    held = held_by(opened)
    edges = held.get("edge_index")
    if edges is None:
        if "adj" in held or "adj_t" in held:
            raise ValueError(f"{item} holds a sparse adjacency; give edge_index: T.ToSparseTensor can be left out")
        edges = torch.empty(2, 0, dtype=torch.int64)
    if edges.ndim != 2 or edges.shape[0] != 2 or edges.dtype not in (torch.int64, torch.int32):
        raise ValueError(f"{item}: edge_index is int64 (2, E), got {edges.dtype} of shape {tuple(edges.shape)}")
    low, high = (int(end) for end in edges.aminmax()) if edges.numel() else (0, -1)
    stated = "num_nodes" in held or any(isinstance(held.get(key), Tensor) for key in _TELLING)
    nodes = int(item.num_nodes or 0) if stated else high + 1
    if nodes < 1:
        raise ValueError(f"{item} has no nodes; leave it out of the data")
    if low < 0 or high >= nodes:
        raise ValueError(
            f"{item}: edge_index holds nodes {low} to {high}, but there are {nodes} nodes, 0 to {nodes - 1}; "
            "number them from 0, or set num_nodes"
        )
    held["edge_index"] = edges = edges.as_subclass(Tensor).long()
    held.setdefault(NODE_ID, torch.arange(nodes, device=edges.device))
    held.pop("num_nodes", None)
    held[UNDIRECTED] = both_ways(edges, nodes, torch.from_numpy(np.array([0, edges.shape[1]])).to(edges.device))
    return opened


def _checked(opened: Data, item: Any) -> Data:
    nodes, edges = len(opened[NODE_ID]), opened.edge_index.shape[1]
    for key, value in held_by(opened).items():
        if key in ("edge_index", UNDIRECTED):
            continue
        if "index" in key or key == "face":
            raise ValueError(f"{item}: {key!r} holds node numbers, which do not follow when nodes go; remove it")
        if isinstance(value, Mapping) or (isinstance(value, Tensor) and value.layout != torch.strided):
            raise ValueError(f"{item}: {key!r} is {type(value).__name__}; give dense tensors, one an attribute")
        if not isinstance(value, Tensor) and _listlike(value) and len(value) > 1 and len(value) in (nodes, edges):
            raise ValueError(
                f"{item}: {key!r} is a {type(value).__name__} with one entry a node or edge, which cannot follow it; "
                "make it a tensor, or keep it apart and look it up by n_id"
            )
    check_values(opened, item, nodes, edges)
    return opened


def _listlike(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, (str, bytes))


def check_values(data: Data, item: Any, nodes: int, edges: int) -> None:
    """ValueError, with the first place, where a floating-point attribute of nodes or edges is not finite."""
    for key, value in held_by(data).items():
        if not isinstance(value, Tensor) or not value.is_floating_point() or bool(value.isfinite().all()):
            continue
        kind = "node" if node_level(key, value, nodes) else "edge" if edge_level(key, value, edges) else "entry"
        where = int((~value.isfinite().reshape(max(len(value), 1), -1).all(dim=1)).nonzero()[0]) if value.ndim else 0
        raise ValueError(
            f"{item}: {key!r} holds NaN or infinity, first at {kind} {where}; fill the gaps, or leave the graph out"
        )


class GraphCodec:
    """Decodes graphs to marked `Data`, and restores views to the item's type."""

    def decode(self, item: Any) -> Data:
        """Return the `Data`; see `decode_graph`."""
        return decode_graph(item)

    def restore(self, view: Data, item: Any) -> Any:
        """Return the view in the item's type; see `restore_graph`."""
        return restore_graph(view, item)


CODEC = GraphCodec()
