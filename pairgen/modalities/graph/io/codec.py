"""Convert graphs of users to marked `Data`, in which they are augmented, and views back.

| item | decoded | view |
|---|---|---|
| PyG `Data` | `Data` with two attributes more | `Data` with `n_id` |
| `networkx` Graph, DiGraph, MultiGraph, MultiDiGraph | `Data`, numeric attributes as tensors | a graph of its class |

The decoded form has `n_id` (N,), the position of each node in the graph that was decoded, which follows the nodes into
every view; and `undirected`, bool (1,), whether every edge is there in both directions.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, Union

import numpy as np
import torch
from torch import Tensor
from typing_extensions import TypeIs

from pairgen.modalities.graph._kernels.edges import is_undirected
from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED, is_edge_attribute, is_node_attribute
from pairgen.modalities.graph.io.pyg import Batch, Data, HeteroData, attributes_of

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "CODEC",
    "GraphCodec",
    "GraphItem",
    "check_finite",
    "decode_graph",
    "is_decoded",
    "is_networkx",
    "restore_graph",
]

GraphItem: TypeAlias = Union["nx.Graph", Data]
"""What users hold: a networkx graph of any class, or PyG's `Data`."""

_COUNTED = ("x", "pos", "node_type", NODE_ID)  # without these, the nodes are those that the edges name


def decode_graph(item: object) -> Data:
    """Return the graph as a checked, marked `Data`. The item is not changed; tensors are shared with it.

    Args:
        item: A networkx graph or a PyG `Data`, of at least one node.

    Raises:
        ValueError: The graph has no nodes, an edge names a node that does not exist, a value is not finite, or an
            attribute could not follow its nodes; names the item and the remedy.
        TypeError: The item is of another type; names it and the remedy.
    """
    if is_networkx(item):
        from pairgen.modalities.graph.io.networkx import data_from_networkx

        data = data_from_networkx(item)
    else:
        data = _copy_data(item)
    _check(data, item)
    held = attributes_of(data)
    if UNDIRECTED not in held:
        held["edge_index"] = edges = held["edge_index"].long()
        edge_ptr = torch.from_numpy(np.array([0, edges.shape[1]])).to(edges.device)
        held[UNDIRECTED] = is_undirected(edges, len(held[NODE_ID]), edge_ptr)
    return data


def restore_graph(view: Data, item: GraphItem) -> GraphItem:
    """Return the view in the type of the item: networkx graphs in their class, with names and attributes; else `Data`.

    Args:
        view: A view of the decoded item.
        item: The item that was decoded.
    """
    if is_networkx(item):
        from pairgen.modalities.graph.io.networkx import data_to_networkx

        return data_to_networkx(view, item)
    restored = copy.copy(view)
    if UNDIRECTED not in attributes_of(item):
        attributes_of(restored).pop(UNDIRECTED, None)
    return restored


class GraphCodec:
    """Decode graphs to marked `Data`, and restore views to the item's type."""

    decode = staticmethod(decode_graph)
    restore = staticmethod(restore_graph)


CODEC = GraphCodec()


def is_networkx(item: object) -> TypeIs[nx.Graph]:
    """Return whether this is a networkx graph, without importing networkx."""
    return not isinstance(item, Data) and any(base.__module__.startswith("networkx.") for base in type(item).__mro__)


def is_decoded(item: object) -> TypeGuard[Data]:
    """Return whether this is a `Data` or a `Batch` that has been decoded."""
    return isinstance(item, Data) and NODE_ID in attributes_of(item) and UNDIRECTED in attributes_of(item)


def _copy_data(item: object) -> Data:
    """A shallow copy, not checked yet, with n_id, a plain edge_index, and no stated number of nodes."""
    if isinstance(item, Batch):
        raise TypeError("got a Batch of graphs instead of one graph; give it to sampler.augment, or its to_data_list()")
    if isinstance(item, HeteroData):
        raise TypeError("got a HeteroData; write item.to_homogeneous() and give the Data")
    if not isinstance(item, Data):
        raise TypeError(
            f"a graph is a networkx graph or a torch_geometric.data.Data, got {type(item).__name__}; convert it, for "
            "instance with networkx.from_numpy_array or Data(x=x, edge_index=edge_index)"
        )
    data = copy.copy(item)
    held = attributes_of(data)
    edges = held.get("edge_index")
    if edges is None:
        if "adj" in held or "adj_t" in held:
            raise ValueError(f"{item} holds a sparse adjacency; give edge_index: T.ToSparseTensor can be left out")
        edges = torch.empty(2, 0, dtype=torch.int64)
    held["edge_index"] = edges.as_subclass(Tensor)
    if NODE_ID not in held:
        counted = "num_nodes" in held or any(isinstance(held.get(key), Tensor) for key in _COUNTED)
        nodes = int(item.num_nodes or 0) if counted else int(edges.max()) + 1 if edges.numel() else 0
        held[NODE_ID] = torch.arange(max(nodes, 0), device=edges.device)
    held.pop("num_nodes", None)
    held.pop(UNDIRECTED, None)
    return data


def _check(data: Data, item: object) -> None:
    """The full check of an item; the only one on its way to a pair. ValueError with the item and the remedy."""
    held = attributes_of(data)
    nodes, edge_index = len(held[NODE_ID]), held["edge_index"]
    if isinstance(item, Data):  # edges of networkx join its nodes by construction
        _check_edges(edge_index, nodes, item)
    edges = edge_index.shape[1]
    for key, value in held.items():
        if key in ("edge_index", UNDIRECTED):
            continue
        if "index" in key or key == "face":
            raise ValueError(f"{item}: {key!r} holds node numbers, which do not follow when nodes go; remove it")
        if isinstance(value, Mapping) or (isinstance(value, Tensor) and value.layout != torch.strided):
            raise ValueError(f"{item}: {key!r} is {type(value).__name__}; give dense tensors, one an attribute")
        if not isinstance(value, Tensor) and _is_listlike(value) and len(value) > 1 and len(value) in (nodes, edges):
            raise ValueError(
                f"{item}: {key!r} is a {type(value).__name__} with one entry a node or edge, which cannot follow it; "
                "make it a tensor, or keep it apart and look it up by n_id"
            )
    check_finite(data, item, nodes, edges)


def _check_edges(edge_index: Tensor, nodes: int, item: Data) -> None:
    if edge_index.ndim != 2 or edge_index.shape[0] != 2 or edge_index.dtype not in (torch.int64, torch.int32):
        raise ValueError(
            f"{item}: edge_index is int64 (2, E), got {edge_index.dtype} of shape {tuple(edge_index.shape)}"
        )
    if nodes < 1:
        raise ValueError(f"{item} has no nodes; leave it out of the data")
    low, high = (int(end) for end in edge_index.aminmax()) if edge_index.numel() else (0, -1)
    if low < 0 or high >= nodes:
        raise ValueError(
            f"{item}: edge_index holds nodes {low} to {high}, but there are {nodes} nodes, 0 to {nodes - 1}; "
            "number them from 0, or set num_nodes"
        )


def _is_listlike(value: object) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, (str, bytes))


def check_finite(data: Data, item: object, nodes: int, edges: int) -> None:
    """Raise ValueError, with the first node or edge, where a floating-point attribute is not finite.

    Args:
        data: The `Data`, or a `Batch`.
        item: What the user gave, for the message.
        nodes: Number of nodes.
        edges: Number of entries of `edge_index`.
    """
    for key, value in attributes_of(data).items():
        if not isinstance(value, Tensor) or not value.is_floating_point() or bool(value.isfinite().all()):
            continue
        level = (
            "node" if is_node_attribute(key, value, nodes)
            else "edge" if is_edge_attribute(key, value, edges)
            else "entry"
        )  # fmt: skip
        first = int((~value.isfinite().reshape(max(len(value), 1), -1).all(dim=1)).nonzero()[0]) if value.ndim else 0
        raise ValueError(
            f"{item}: {key!r} holds NaN or infinity, first at {level} {first}; fill the gaps, or leave the graph out"
        )
