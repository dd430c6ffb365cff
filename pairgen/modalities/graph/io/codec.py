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
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, Union

import numpy as np
import torch
from torch import Tensor
from typing_extensions import TypeIs

from pairgen._validation import check_choice
from pairgen.data._budget import check_budget
from pairgen.modalities.graph._kernels.edges import is_undirected
from pairgen.modalities.graph.batch.graphs import (
    EDGE_ID,
    ITEM_UNDIRECTED,
    NODE_ID,
    UNDIRECTED,
    Level,
    attribute_level,
    levels_of,
    names_edges,
    set_levels,
)
from pairgen.modalities.graph.io.pyg import Batch, Data, HeteroData, attributes_of

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "CODEC",
    "GraphCodec",
    "GraphItem",
    "check_finite",
    "check_follows",
    "decode_graph",
    "is_decoded",
    "is_mark",
    "is_networkx",
    "restore_graph",
]

GraphItem: TypeAlias = Union["nx.Graph", Data]
"""What users hold: a networkx graph of any class, or PyG's `Data`."""

_COUNTED = frozenset({"x", "pos", "batch", "feat", "tf", "node_type", NODE_ID})  # as PyG; others have "node" in them
_OF_NODES = ("x", NODE_ID)
_OF_EDGES = ("edge_attr", "edge_weight", EDGE_ID)
_LEVELS = ("node", "edge", "graph")
_MANY_NODES = 10**6  # from which on the budget of memory is looked at
_NODE_BYTES = 100  # of a pair: numbers of the nodes of the graph and its views, and the random ones that choose them


def decode_graph(item: object, levels: Mapping[str, Level] | None = None) -> Data:
    """Return the graph as a checked, marked `Data`. The item is not changed; tensors are shared with it.

    Args:
        item: A networkx graph or a PyG `Data`, of at least one node.
        levels: What attributes belong to, name -> "node", "edge" or "graph"; None leaves it to their rows.

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
    _find_levels(data, item, levels or {})
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
    held = attributes_of(restored)
    if UNDIRECTED not in attributes_of(item):
        held.pop(UNDIRECTED, None)
    elif ITEM_UNDIRECTED in held and ITEM_UNDIRECTED not in attributes_of(item):
        held[UNDIRECTED] = held.pop(ITEM_UNDIRECTED)
        restored._store.__dict__.pop("_levels", None)
    return restored


@dataclass(frozen=True)
class GraphCodec:
    """Decode graphs to marked `Data`, and restore views to the item's type.

    Args:
        levels: What attributes belong to, name -> "node", "edge" or "graph", where their rows do not say it; None for
            none.

    Raises:
        ValueError: A level is none of these.
    """

    levels: Mapping[str, Level] | None = None

    def __post_init__(self) -> None:
        for name, level in (self.levels or {}).items():
            check_choice(f"the level of {name!r}", level, _LEVELS)

    def decode(self, item: GraphItem) -> Data:
        """Return the graph as a checked, marked `Data`."""
        return decode_graph(item, self.levels)

    def restore(self, view: Data, item: GraphItem) -> GraphItem:
        """Return the view in the type of the item."""
        return restore_graph(view, item)

    def check_batch(self, batch: object) -> Batch:
        """Return a `Batch` of PyG in the form in which it is augmented."""
        from pairgen.modalities.graph.batch.check import check_batch

        return check_batch(batch, self.levels)


CODEC = GraphCodec()


def is_networkx(item: object) -> TypeIs[nx.Graph]:
    """Return whether this is a networkx graph, without importing networkx."""
    return not isinstance(item, Data) and any(base.__module__.startswith("networkx.") for base in type(item).__mro__)


def is_decoded(item: object) -> TypeGuard[Data]:
    """Return whether this is a `Data` or a `Batch` that has been decoded."""
    if not isinstance(item, Data) or "_levels" not in item._store.__dict__:
        return False
    held = attributes_of(item)
    return NODE_ID in held and UNDIRECTED in held


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
        edges = torch.empty(2, 0, dtype=torch.int64, device="cpu")
    if NODE_ID not in held:
        counted = type(edges) is not Tensor or any(
            key == "num_nodes" or (isinstance(value, (Tensor, np.ndarray)) and (key in _COUNTED or "node" in key))
            for key, value in held.items()
        )
        nodes = int(item.num_nodes or 0) if counted else int(edges.max()) + 1 if edges.numel() else 0
        _check_size(item, nodes, held)
        held[NODE_ID] = torch.arange(max(nodes, 0), device=edges.device)
    held["edge_index"] = edges.as_subclass(Tensor)
    held.pop("num_nodes", None)
    if UNDIRECTED in held and not is_mark(held):
        held[ITEM_UNDIRECTED] = held[UNDIRECTED]
    held.pop(UNDIRECTED, None)
    return data


def _check_size(item: Data, nodes: int, held: Mapping[str, object]) -> None:
    """Refuse a number of nodes beyond the budget that is only stated: a pair makes several tensors of a row each."""
    if nodes <= _MANY_NODES:
        return
    if not any(isinstance(value, Tensor) and value.ndim and len(value) == nodes for value in held.values()):
        check_budget(item, f"{nodes:,} nodes", nodes * _NODE_BYTES)


def is_mark(held: Mapping[str, object]) -> bool:
    """Return whether `undirected` among the attributes is pairgen's, and not an attribute of the user's own."""
    value = held[UNDIRECTED]
    return NODE_ID in held and isinstance(value, Tensor) and value.dtype == torch.bool and value.ndim == 1


def _find_levels(data: Data, item: object, given: Mapping[str, Level]) -> None:
    """Settle once what each attribute belongs to: a view may have as many edges as nodes where the item has not."""
    held, known = attributes_of(data), levels_of(data)
    nodes, edges = len(held[NODE_ID]), held["edge_index"].shape[1]
    levels: dict[str, Level] = {}
    for key, value in held.items():
        if key in _OF_NODES or key in ("edge_index", UNDIRECTED) or not isinstance(value, Tensor):
            continue
        rows = value.shape[0] if value.ndim else -1
        if key in given:
            level = given[key]
            if (level == "node" and rows != nodes) or (level == "edge" and rows != edges):
                raise ValueError(
                    f"{item}: {key!r} is to belong to the {level}s, but has {max(rows, 0)} rows for {nodes} nodes and "
                    f"{edges} entries of edge_index; give it a row each, or another level"
                )
            levels[key] = level
        elif key in _OF_EDGES or (rows == 1 and key == "y"):
            continue
        elif key in known and rows == {"node": nodes, "edge": edges}.get(known[key], rows):
            levels[key] = known[key]
        else:
            if rows == nodes == edges and rows > 1 and not (names_edges(key) or _names_nodes(key)):
                raise ValueError(
                    f"{item}: {key!r} has {rows} rows, and there are as many nodes as entries of edge_index; say which "
                    f'it belongs to: PairSampler("graph", ..., levels={{{key!r}: "node"}}), or "edge"; or name it '
                    f"node_{key} or edge_{key}"
                )
            levels[key] = attribute_level(key, value, nodes, edges)
    set_levels(data, levels)


def _names_nodes(name: str) -> bool:
    return name in _COUNTED or name == "y" or re.search(r"(?<![a-z])(nodes?|mask)(?![a-z])", name) is not None


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
        check_follows(key, value, item)
        rows = nodes if key in _OF_NODES else edges if key in _OF_EDGES else None
        if rows is not None and isinstance(value, Tensor) and (value.ndim == 0 or len(value) != rows):
            raise ValueError(
                f"{item}: {key!r} has {len(value) if value.ndim else 0} rows for {nodes} nodes and {edges} entries of "
                "edge_index; give it one each"
            )
        if not isinstance(value, Tensor) and _is_listlike(value) and len(value) > 1 and len(value) in (nodes, edges):
            raise ValueError(
                f"{item}: {key!r} is a {type(value).__name__} with one entry a node or edge, which cannot follow it; "
                "make it a tensor, or keep it apart and look it up by n_id"
            )
    check_finite(data, item, nodes, edges)


def check_follows(key: str, value: object, item: object) -> None:
    """Raise ValueError for an attribute of a graph or batch that could not follow its nodes or edges.

    Args:
        key: Name of the attribute.
        value: The attribute.
        item: What the user gave, for the message.
    """
    if "index" in key or key == "face":
        raise ValueError(f"{item}: {key!r} holds node numbers, which do not follow when nodes go; remove it")
    if isinstance(value, Mapping) or (isinstance(value, Tensor) and value.layout != torch.strided):
        raise ValueError(f"{item}: {key!r} is {type(value).__name__}; give dense tensors, one an attribute")


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
        level: str = attribute_level(key, value, nodes, edges)
        level = "entry" if level == "graph" else level
        first = int((~value.isfinite().reshape(max(len(value), 1), -1).all(dim=1)).nonzero()[0]) if value.ndim else 0
        raise ValueError(
            f"{item}: {key!r} holds NaN or infinity, first at {level} {first}; fill the gaps, or leave the graph out"
        )
