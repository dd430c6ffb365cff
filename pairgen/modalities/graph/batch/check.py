"""The check of a PyG `Batch` that a user made, by whatever loader or transform."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from pairgen.modalities.graph._kernels.arrays import arange_in_groups, pointers
from pairgen.modalities.graph._kernels.edges import is_undirected
from pairgen.modalities.graph.batch.graphs import (
    ITEM_UNDIRECTED,
    NODE_ID,
    UNDIRECTED,
    Level,
    attribute_level,
    batch_level,
    set_levels,
)
from pairgen.modalities.graph.io.codec import check_finite, check_follows, is_decoded, is_mark
from pairgen.modalities.graph.io.pyg import Batch, Data, HeteroData, attributes_of, slices_of

__all__ = ["check_batch"]

_LAYOUT = ("batch", "ptr", "edge_index")


def check_batch(batch: object, levels: Mapping[str, Level] | None = None) -> Batch:
    """Return the batch in the form in which it is augmented: with `n_id` (N,), and `undirected`, bool (B,).

    A batch need not be as PyG's loader left it: what was added since, a row a node, edge or graph, follows, and edges
    may have been left out, added or put in another order. `follow_batch` of PyG's loader adds nothing that `batch` and
    `ptr` do not say; its attributes are left out.

    Args:
        batch: A `Batch` of PyG, on any device; it is not changed. One that `collate` returned is returned as it is.
        levels: What attributes belong to, name -> "node", "edge" or "graph"; None leaves it to their rows.

    Raises:
        TypeError: It is no `Batch`, or one of graphs of several types.
        ValueError: It does not know its graphs, a graph has no nodes, an edge leaves its graph, an attribute has not
            one row a node, edge or graph, or a value is not finite.
    """
    if not isinstance(batch, Batch):
        hint = "Batch.from_data_list([data])" if isinstance(batch, Data) else "Batch.from_data_list(graphs)"
        raise TypeError(f"a batch of graphs is a torch_geometric.data.Batch, got {type(batch).__name__}; write {hint}")
    if isinstance(batch, HeteroData):
        raise TypeError("got a batch of HeteroData; write item.to_homogeneous() for each graph, and batch those")
    ready = is_decoded(batch)
    if ready and _is_current(batch):
        return batch
    decoded = copy.copy(batch)
    held = attributes_of(decoded)
    decoded._store.__dict__.pop("_num_nodes", None)
    held.pop("num_nodes", None)
    for key in [key for key in held if key.endswith(("_batch", "_ptr")) and key.rpartition("_")[0] in held]:
        del held[key]
    slices = _Slices(batch, held)
    if UNDIRECTED in held and not is_mark(held):
        slices.starts[ITEM_UNDIRECTED] = slices.starts.pop(UNDIRECTED)
        held[ITEM_UNDIRECTED] = held.pop(UNDIRECTED)
    held[UNDIRECTED] = is_undirected(held["edge_index"], len(held["batch"]), slices.edge_ptr)
    slices.starts[UNDIRECTED] = torch.arange(slices.count + 1)
    if NODE_ID not in held:
        held[NODE_ID] = arange_in_groups(slices.ptr.diff())
        slices.starts[NODE_ID] = slices.starts["ptr"]
    slices.write(decoded)
    set_levels(decoded, slices.find_levels(held, levels or {}))
    check_finite(decoded, batch, len(held["batch"]), held["edge_index"].shape[1])
    return decoded


def _is_current(batch: Batch) -> bool:
    """Whether nothing was added to a decoded batch, and no edges were exchanged."""
    slices = batch._store.__dict__.get("_slice_dict")
    held = attributes_of(batch)
    if slices is None or int(slices["edge_index"][-1]) != held["edge_index"].shape[1]:
        return False
    return all(key in slices or key in ("batch", "ptr") for key in held)


class _Slices:
    """Where each attribute's part of each graph begins, as the values of a batch have it now.

    Args:
        batch: What the user gave.
        held: Attributes of a copy; edges, and what belongs to them, are put in the order of their graphs.
    """

    def __init__(self, batch: Batch, held: dict[str, Any]) -> None:
        self.batch = batch
        before = slices_of(batch)
        if held.get("batch") is None:
            raise ValueError(f"{batch} does not know where its graphs begin; make it with Batch.from_data_list")
        if held.get("edge_index") is None:
            raise ValueError(f"{batch} has no edge_index; give graphs without edges one of shape (2, 0)")
        self.count, self.ptr = self._find_nodes(held)
        held["ptr"] = self.ptr
        self.edge_ptr, order = self._find_edges(held)
        self.starts: dict[str, Tensor] = {"ptr": self.ptr.cpu(), "edge_index": self.edge_ptr.cpu()}
        old_edges = before["edge_index"]
        self.edges_changed = order is not None or not torch.equal(old_edges, self.starts["edge_index"])
        for key, value in held.items():
            if key in _LAYOUT:
                continue
            check_follows(key, value, batch)
            old = before.get(key)
            of_old_edges = self.edges_changed and old is not None and torch.equal(old, old_edges)
            rows = len(value) if hasattr(value, "__len__") and getattr(value, "ndim", True) else -1
            if old is not None and int(old[-1]) == rows and not of_old_edges:
                self.starts[key] = old
                continue
            self.starts[key] = self._place(key, value, rows, of_old_edges)
            if order is not None and self.starts[key] is self.starts["edge_index"]:
                held[key] = value.index_select(0, order)

    def _find_nodes(self, held: dict[str, Any]) -> tuple[int, Tensor]:
        graph, ptr, count = held["batch"], held.get("ptr"), self.batch.num_graphs
        if ptr is None or len(ptr) != count + 1 or int(ptr[-1]) != len(graph):
            if bool((graph.diff() < 0).any()):
                raise ValueError(
                    f"{self.batch}: `batch` must number the graphs in ascending order; sort the nodes by it"
                )
            ptr = pointers(torch.bincount(graph, minlength=count))
        sizes = ptr.diff()
        if not bool((sizes > 0).all()):
            position = int((sizes == 0).nonzero()[0])
            raise ValueError(f"graph {position} of {self.batch} has no nodes; leave it out of the data")
        return count, ptr

    def _find_edges(self, held: dict[str, Any]) -> tuple[Tensor, Tensor | None]:
        """Where the entries of each graph begin, and the order in which they follow their graphs; None as they are."""
        edge_index = held["edge_index"].as_subclass(Tensor)
        graph, nodes = held["batch"], len(held["batch"])
        outside = ((edge_index < 0) | (edge_index >= nodes)).any(dim=0)
        of_edge = graph.index_select(0, edge_index[0].clamp(0, max(nodes - 1, 0)))
        wrong = outside | (of_edge != graph.index_select(0, edge_index[1].clamp(0, max(nodes - 1, 0))))
        if bool(wrong.any()):
            first = int(wrong.nonzero()[0])
            position = int(of_edge[first])
            raise ValueError(
                f"edge {first} of {self.batch} joins the nodes {edge_index[:, first].tolist()}, of which not both are "
                f"nodes {int(self.ptr[position])} to {int(self.ptr[position + 1]) - 1} of its graph; number each "
                "graph's nodes from 0"
            )
        order = None
        if bool((of_edge.diff() < 0).any()):
            of_edge, order = of_edge.sort(stable=True)
            edge_index = edge_index.index_select(1, order)
        held["edge_index"] = edge_index.contiguous()
        return pointers(torch.bincount(of_edge, minlength=self.count)), order

    def _place(self, key: str, value: object, rows: int, of_edges: bool) -> Tensor:
        """The slices of an attribute that was added, or whose edges were exchanged."""
        nodes, edges = int(self.ptr[-1]), int(self.edge_ptr[-1])
        if isinstance(value, Tensor) and rows >= 0:
            level = attribute_level(key, value, nodes, edges)
            if level == "edge" or (of_edges and rows == edges):
                return self.starts["edge_index"]
            if level == "node" and not of_edges:
                return self.starts["ptr"]
        if rows == self.count and not of_edges:
            return torch.arange(rows + 1)
        raise ValueError(
            f"{self.batch}: {key!r} has {max(rows, 0)} rows for {self.count} graphs, {nodes} nodes and {edges} entries "
            "of edge_index; give it one each, or remove it before the batch is augmented"
        )

    def find_levels(self, held: dict[str, Any], given: Mapping[str, Level]) -> dict[str, Level]:
        """What the attributes belong to, but for those whose names say it."""
        levels: dict[str, Level] = {}
        for key, value in held.items():
            if key in (*_LAYOUT, NODE_ID, UNDIRECTED) or not isinstance(value, Tensor):
                continue
            levels[key] = batch_level(key, self.starts[key], self.starts["ptr"], self.starts["edge_index"])
            level = given.get(key, levels[key])
            own = {"node": self.starts["ptr"], "edge": self.starts["edge_index"]}.get(level, self.starts[key])
            if not torch.equal(own, self.starts[key]):
                raise ValueError(
                    f"{self.batch}: {key!r} is to belong to the {level}s, but has not one row for each; give it a row "
                    "each, or another level"
                )
            levels[key] = level
        return levels

    def write(self, decoded: Batch) -> None:
        """Set what PyG's `Batch` knows of its parts."""
        zeros = torch.zeros(self.count, dtype=torch.int64)
        known = decoded._store.__dict__.get("_inc_dict") or {}
        held = attributes_of(decoded)
        starts = {key: value for key, value in self.starts.items() if key != "ptr"}
        increments = {key: known.get(key, zeros if isinstance(held[key], Tensor) else None) for key in starts}
        decoded._num_graphs, decoded._slice_dict = self.count, starts
        decoded._inc_dict = increments | {"edge_index": self.starts["ptr"][:-1]}
