"""`Graphs`: one graph or a batch of them in the flat form that the kernels take.

PyG's `Batch` lays its graphs out one after the other. So does `Graphs`, and a single `Data` is a batch of one: every
kernel is written once, and a batch is its items.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.graph._kernels.arrays import repeat
from pairgen.modalities.graph.io.pyg import Batch, Data, attributes_of

__all__ = [
    "EDGE_ID",
    "ITEM_UNDIRECTED",
    "NODE_ID",
    "UNDIRECTED",
    "Graphs",
    "Level",
    "attribute_level",
    "batch_level",
    "levels_of",
    "names_edges",
    "note_weights",
    "noted_weights",
    "set_levels",
    "weight_range",
]

Level: TypeAlias = Literal["node", "edge", "graph"]
"""What an attribute belongs to: it has a row for each node, a row for each entry of `edge_index`, or neither."""

NODE_ID = "n_id"
"""Node attribute of every view: the node's position in the graph that was decoded. PyG's samplers call it so too."""
EDGE_ID = "e_id"
"""Edge attribute of multigraphs of networkx: the edge's position there; -1 for edges that were added."""
UNDIRECTED = "undirected"
"""Graph attribute, bool (1,), in a batch (B,): whether every edge is there in both directions."""

ITEM_UNDIRECTED = "undirected_of_item"
"""Where an attribute of the item that is named `undirected` stays until the view is restored."""

_BATCH = "batch"
_LAYOUT = ("edge_index", _BATCH, "ptr", "num_nodes", UNDIRECTED)


@dataclass(frozen=True)
class Graphs:
    """Nodes and edges of B graphs, graph after graph: N nodes and E entries of `edge_index` together.

    Args:
        data: The `Data` or `Batch` that this is of; what belongs to whole graphs stays there.
        edge_index: int64 (2, E), source and target of each edge, in node numbers throughout the batch. An undirected
            edge has two entries.
        ptr: int64 (B + 1,), where the nodes of each graph begin.
        edge_ptr: int64 (B + 1,), where the entries of each graph begin.
        undirected: bool (B,), whether every edge of a graph is there in both directions.
        nodes: What belongs to nodes, name -> (N, ...).
        edges: What belongs to edges, name -> (E, ...).
        removed: Names of what no longer belongs to anything.
    """

    data: Data
    edge_index: Tensor
    ptr: Tensor
    edge_ptr: Tensor
    undirected: Tensor
    nodes: dict[str, Tensor]
    edges: dict[str, Tensor]
    removed: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: Data) -> Graphs:
        """Return the graphs of a decoded `Data`, or of a `Batch` of such."""
        held = attributes_of(data)
        edge_index = held["edge_index"]
        values = {key: value for key, value in held.items() if key not in _LAYOUT and isinstance(value, Tensor)}
        if isinstance(data, Batch):
            slices = data._slice_dict
            ptr, edge_ptr = held["ptr"], slices["edge_index"].to(edge_index.device)
            levels = levels_of(data)
            level = {
                k: levels.get(k) or batch_level(k, slices[k], slices[NODE_ID], slices["edge_index"])
                for k in values
                if k != _BATCH
            }
            nodes = {k: values[k] for k, owner in level.items() if owner == "node"}
            edges = {k: values[k] for k, owner in level.items() if owner == "edge"}
            nodes[_BATCH] = held[_BATCH]
        else:
            count, entries = held[NODE_ID].shape[0], edge_index.shape[1]
            ptr, edge_ptr = (torch.from_numpy(np.array([0, n])).to(edge_index.device) for n in (count, entries))
            levels = levels_of(data)
            level = {k: levels.get(k) or attribute_level(k, v, count, entries) for k, v in values.items()}
            nodes = {k: values[k] for k, owner in level.items() if owner == "node"}
            edges = {k: values[k] for k, owner in level.items() if owner == "edge"}
        return cls(data, edge_index, ptr, edge_ptr, held[UNDIRECTED], nodes, edges)

    def __len__(self) -> int:
        return self.ptr.shape[0] - 1

    @property
    def source(self) -> Tensor:
        """int64 (E,): where each edge leaves."""
        return self.edge_index[0]

    @property
    def target(self) -> Tensor:
        """int64 (E,): where each edge arrives."""
        return self.edge_index[1]

    @cached_property
    def num_nodes(self) -> Tensor:
        """int64 (B,): the number of nodes of each graph."""
        return self.ptr.diff()

    @cached_property
    def num_edges(self) -> Tensor:
        """int64 (B,): the number of entries of `edge_index` of each graph; two for an undirected edge."""
        return self.edge_ptr.diff()

    @cached_property
    def batch(self) -> Tensor:
        """int64 (N,): the graph of each node."""
        if _BATCH in self.nodes:
            return self.nodes[_BATCH]
        return torch.zeros_like(self.nodes[NODE_ID])

    @cached_property
    def local_id(self) -> Tensor:
        """int64 (N,): the number of each node in its graph."""
        return torch.arange(int(self.ptr[-1]), device=self.ptr.device) - repeat(self.ptr[:-1], self.num_nodes)

    @cached_property
    def any_directed(self) -> bool:
        """Whether there is a directed graph among them."""
        return not bool(self.undirected.all())

    def to_numpy(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return ptr, edge_ptr, source, target, as the compiled kernels take them; of the CPU, and not copied."""
        edge_index = self.edge_index.numpy()
        return self.ptr.numpy(), self.edge_ptr.numpy(), edge_index[0], edge_index[1]

    def with_parts(
        self, edge_index: Tensor, ptr: Tensor, edge_ptr: Tensor, nodes: dict[str, Tensor], edges: dict[str, Tensor]
    ) -> Graphs:
        """Return these graphs with other nodes and edges; `replace` takes as long as a kernel for a small graph."""
        return Graphs(self.data, edge_index, ptr, edge_ptr, self.undirected, nodes, edges, self.removed)

    def rewire(self, edge_index: Tensor, origin: Tensor, edge_ptr: Tensor) -> Graphs:
        """Return the same nodes with other edges, whose values follow.

        Args:
            edge_index: int64 (2, E').
            origin: int64 (E',), the entry that each was, -1 for a new one: that has weight 1, the number -1, and zero
                for whatever else belongs to edges.
            edge_ptr: int64 (B + 1,).
        """
        edges = {key: _take_entries(key, value, origin) for key, value in self.edges.items()}
        return self.with_parts(edge_index, self.ptr, edge_ptr, self.nodes, edges)

    def to_data(self) -> Data:
        """Return a `Data` or `Batch` like the one this came from, which is not changed."""
        view = copy.copy(self.data)
        held = attributes_of(view)
        view._store.__dict__.pop("_cached_attr", None)  # what PyG remembers of the attributes' levels
        held |= self.nodes | self.edges | {"edge_index": self.edge_index.contiguous(), UNDIRECTED: self.undirected}
        if isinstance(view, Batch):
            held["ptr"] = self.ptr
            ptr, edge_ptr = self.ptr.cpu(), self.edge_ptr.cpu()
            zeros = torch.zeros(len(self), dtype=torch.int64)
            slices = view._slice_dict | dict.fromkeys(self.nodes, ptr)
            slices |= dict.fromkeys(self.edges, edge_ptr) | {"edge_index": edge_ptr}
            del slices[_BATCH]  # computed by whoever separates the batch
            increments = dict.fromkeys(self.edges, zeros) | view._inc_dict | {"edge_index": ptr[:-1]}
            for parts in (slices, increments):
                for key in self.removed:
                    del parts[key]
            view._slice_dict, view._inc_dict = slices, increments
        for key in self.removed:
            del held[key]
        return view


def _take_entries(name: str, values: Tensor, origin: Tensor) -> Tensor:
    if len(values) == 0:
        values = values.new_zeros(1, *values.shape[1:])
    taken = values.index_select(0, origin.clamp(min=0))
    fill = {"edge_weight": 1, EDGE_ID: -1}.get(name, 0)
    return taken.masked_fill_((origin < 0).view(-1, *[1] * (taken.ndim - 1)), fill)


# -- what attributes belong to -----------------------------------------------------------------------------------


def attribute_level(name: str, value: Tensor, nodes: int, edges: int) -> Level:
    """Return what an attribute of one graph belongs to, by its rows as PyG does it.

    Where there are as many nodes as edges, the name decides: `edge_attr` and the like belong to edges. A single row
    belongs to the one edge of a graph only if the name says so, and `y` never belongs to edges.
    """
    rows = value.shape[0] if value.ndim else -1
    if rows == nodes and not (nodes == edges and names_edges(name)):
        return "node"
    if rows == edges and name != "y" and (edges != 1 or names_edges(name)):
        return "edge"
    return "graph"


def batch_level(name: str, slices: Tensor, nodes: Tensor, edges: Tensor) -> Level:
    """Return what an attribute of a batch belongs to: as `attribute_level`, over all of its graphs.

    Args:
        name: Name of the attribute.
        slices: int64 (B + 1,), where its part of each graph begins.
        nodes: int64 (B + 1,), where the nodes of each graph begin.
        edges: int64 (B + 1,), where the entries of `edge_index` of each graph begin.
    """
    named = names_edges(name)
    if _equal(slices, nodes) and not (named and _equal(slices, edges)):
        return "node"
    if name == "y" or not _equal(slices, edges):
        return "graph"
    single = edges.shape[0] - 1 == int(edges[-1])
    return "edge" if named or not single else "graph"


def levels_of(data: Data) -> Mapping[str, Level]:
    """Return what the attributes of a decoded graph or batch belong to, where its rows alone do not say it for good."""
    levels: Mapping[str, Level] = data._store.__dict__.get("_levels", {})
    return levels


def set_levels(data: Data, levels: Mapping[str, Level]) -> None:
    """Note what attributes belong to. The note is no attribute; copies and views of the graph keep it."""
    data._store.__dict__["_levels"] = levels


def weight_range(weight: Tensor) -> tuple[float, float] | None:
    """Return (lowest, highest) of weights that lie in the memory of the host, NaN if one is; None if there are none."""
    if weight.device.type != "cpu" or not weight.numel():
        return None
    low, high = torch.aminmax(weight.detach())
    return float(low), float(high)


def note_weights(data: Data, weight: Tensor) -> None:
    """Note the range of `edge_weight` beside the attributes, where `levels_of` has its note, for encoders to check."""
    data._store.__dict__["_weights"] = weight_range(weight)


def noted_weights(data: Data) -> tuple[float, float] | None:
    """Return what `note_weights` noted, or None."""
    noted: tuple[float, float] | None = data._store.__dict__.get("_weights")
    return noted


def _equal(slices: Tensor, others: Tensor) -> bool:
    return slices is others or torch.equal(slices, others)


@lru_cache(maxsize=4096)
def names_edges(name: str) -> bool:
    """Return whether a name says that it belongs to edges: "edge" is a word of it, as in `edge_attr`."""
    return name == EDGE_ID or re.search(r"(?<![a-z])edges?(?![a-z])", name) is not None
