"""`Graphs`: one graph or a batch of them as the kernels see it, and back.

PyG's `Batch` lays its graphs out one after the other. So does `Graphs`, and a single `Data` is a batch of one: every
kernel is written once, and a batch is its items.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.graph._arrays import spread
from pairgen.modalities.graph.io.pyg import Batch

__all__ = ["EDGE_ID", "NODE_ID", "UNDIRECTED", "Graphs", "edge_level", "held_by", "node_level"]

NODE_ID = "n_id"
"""Node attribute of every view: the node's position in the graph that was opened. PyG's samplers call it so too."""
EDGE_ID = "e_id"
"""Edge attribute of multigraphs of networkx: the edge's position there; -1 for edges that were added."""
UNDIRECTED = "undirected"
"""Graph attribute, bool (1,), in a batch (B,): whether every edge is there in both directions."""

_OWNER = "batch"
_LAYOUT = ("edge_index", _OWNER, "ptr", "num_nodes", UNDIRECTED)


def held_by(data: Any) -> dict[str, Any]:
    """The attributes of a `Data` or `Batch` as the dictionary that holds them: PyG makes a list of all to find one."""
    held: dict[str, Any] = data._store._mapping
    return held


@dataclass(frozen=True)
class Graphs:
    """Nodes and edges of B graphs, graph after graph.

    ends: int64 (2, E), node numbers throughout the batch. ptr, edge_ptr: int64 (B + 1,), where the nodes and
    the edges of each graph begin. undirected: bool (B,). nodes, edges: what belongs to each, name -> (N, ...) or
    (E, ...). data: the `Data` or `Batch` that this is of; what belongs to whole graphs is taken from there.
    lost: names of what no longer belongs to anything.
    """

    data: Any
    ends: Tensor
    ptr: Tensor
    edge_ptr: Tensor
    undirected: Tensor
    nodes: dict[str, Tensor]
    edges: dict[str, Tensor]
    lost: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Any) -> Graphs:
        """The graphs of an opened `Data`, or of a `Batch` of such."""
        held = held_by(data)
        ends = held["edge_index"]
        values = {key: value for key, value in held.items() if key not in _LAYOUT and isinstance(value, Tensor)}
        if isinstance(data, Batch):
            slices = data._slice_dict
            ptr, edge_ptr = held["ptr"], slices["edge_index"].to(ends.device)
            single = edge_ptr.shape[0] - 1 == ends.shape[1]
            nodes = {k: v for k, v in values.items() if not _named(k) and _same(slices[k], slices[NODE_ID])}
            edges = {k: v for k, v in values.items() if k not in nodes and _same(slices[k], slices["edge_index"])}
            edges = {k: v for k, v in edges.items() if _named(k) or not single}
            nodes[_OWNER] = held[_OWNER]
        else:
            count, entries = held[NODE_ID].shape[0], ends.shape[1]
            ptr, edge_ptr = (torch.from_numpy(np.array([0, n])).to(ends.device) for n in (count, entries))
            nodes = {k: v for k, v in values.items() if node_level(k, v, count)}
            edges = {k: v for k, v in values.items() if k not in nodes and edge_level(k, v, entries)}
        return cls(data, ends, ptr, edge_ptr, held[UNDIRECTED], nodes, edges)

    def __len__(self) -> int:
        return self.ptr.shape[0] - 1

    @property
    def source(self) -> Tensor:
        """int64 (E,): where each edge leaves."""
        return self.ends[0]

    @property
    def target(self) -> Tensor:
        """int64 (E,): where each edge arrives."""
        return self.ends[1]

    @cached_property
    def sizes(self) -> Tensor:
        """int64 (B,): nodes a graph."""
        return self.ptr.diff()

    @cached_property
    def edge_sizes(self) -> Tensor:
        """int64 (B,): entries of `source` and `target` a graph; two for an undirected edge."""
        return self.edge_ptr.diff()

    @cached_property
    def owner(self) -> Tensor:
        """int64 (N,): the graph of each node."""
        if _OWNER in self.nodes:
            return self.nodes[_OWNER]
        return torch.zeros_like(self.nodes[NODE_ID])

    @cached_property
    def local(self) -> Tensor:
        """int64 (N,): the number of each node in its graph."""
        return torch.arange(int(self.ptr[-1]), device=self.ptr.device) - spread(self.ptr[:-1], self.sizes)

    @cached_property
    def mixed(self) -> bool:
        """Whether there are directed graphs among them."""
        return not bool(self.undirected.all())

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """ptr, edge_ptr, source, target, as the compiled kernels take them; of the CPU, and not copied."""
        ends = self.ends.numpy()
        return self.ptr.numpy(), self.edge_ptr.numpy(), ends[0], ends[1]

    def changed(
        self, ends: Tensor, ptr: Tensor, edge_ptr: Tensor, nodes: dict[str, Tensor], edges: dict[str, Tensor]
    ) -> Graphs:
        """These graphs with other nodes and edges; `replace` takes as long as a kernel for a small graph."""
        return Graphs(self.data, ends, ptr, edge_ptr, self.undirected, nodes, edges, self.lost)

    def rewired(self, ends: Tensor, origin: Tensor, edge_ptr: Tensor) -> Graphs:
        """The same nodes with other edges, whose values follow.

        ends: (2, E'). origin: (E',), the entry that each was, -1 for a new one: that has weight 1, the number -1, and
        zero for whatever else belongs to edges. edge_ptr: (B + 1,).
        """
        edges = {key: _followed(key, value, origin) for key, value in self.edges.items()}
        return self.changed(ends, self.ptr, edge_ptr, self.nodes, edges)

    def as_data(self) -> Any:
        """A `Data` or `Batch` like the one this came from, which is not changed."""
        view = copy.copy(self.data)
        held = held_by(view)
        view._store.__dict__.pop("_cached_attr", None)  # what PyG remembers of the attributes' levels
        held |= self.nodes | self.edges | {"edge_index": self.ends.contiguous(), UNDIRECTED: self.undirected}
        if isinstance(view, Batch):
            held["ptr"] = self.ptr
            ptr, edge_ptr = self.ptr.cpu(), self.edge_ptr.cpu()
            zeros = torch.zeros(len(self), dtype=torch.int64)
            slices = view._slice_dict | dict.fromkeys(self.nodes, ptr)
            slices |= dict.fromkeys(self.edges, edge_ptr) | {"edge_index": edge_ptr}
            del slices[_OWNER]  # made anew by whoever takes the batch apart
            increments = dict.fromkeys(self.edges, zeros) | view._inc_dict | {"edge_index": ptr[:-1]}
            for parts in (slices, increments):
                for key in self.lost:
                    del parts[key]
            view._slice_dict, view._inc_dict = slices, increments
        for key in self.lost:
            del held[key]
        return view


def _followed(name: str, values: Tensor, origin: Tensor) -> Tensor:
    if len(values) == 0:
        values = values.new_zeros(1, *values.shape[1:])
    taken = values.index_select(0, origin.clamp(min=0))
    fill = {"edge_weight": 1, EDGE_ID: -1}.get(name, 0)
    return taken.masked_fill_((origin < 0).view(-1, *[1] * (taken.ndim - 1)), fill)


def _same(slices: Tensor, others: Tensor) -> bool:
    return slices is others or torch.equal(slices, others)


def node_level(name: str, value: Tensor, nodes: int) -> bool:
    """Whether an attribute of one graph belongs to its nodes: a row each, and a name that does not speak of edges."""
    return not _named(name) and value.ndim > 0 and value.shape[0] == nodes


def edge_level(name: str, value: Tensor, edges: int) -> bool:
    """Whether an attribute of one graph belongs to its edges: a row each; a single row must be named so."""
    return value.ndim > 0 and value.shape[0] == edges and (_named(name) or edges > 1)


def _named(name: str) -> bool:
    return "edge" in name or name == EDGE_ID
