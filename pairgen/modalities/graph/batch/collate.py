"""PyG's `Batch`: its collation, the check of one that a user made, the step before the encoder, and its rows."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import concat, put, stack, take, unbatch
from pairgen.modalities.graph._kernels.arrays import arange_in_groups, pointers, ranges, repeat
from pairgen.modalities.graph._kernels.edges import is_undirected
from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED
from pairgen.modalities.graph.io.codec import GraphItem, check_finite, decode_graph, is_decoded
from pairgen.modalities.graph.io.pyg import Batch, Data, attributes_of, slices_of

__all__ = ["ToModelInput", "check_batch", "collate"]


def collate(views: Sequence[GraphItem]) -> Batch:
    """Return graphs as PyG's `Batch`.

    Args:
        views: Decoded graphs or items, all with the same attributes.

    Raises:
        ValueError: There are none, or their attributes differ in name, width or dtype.
    """
    if not len(views):
        raise ValueError("cannot collate an empty batch; check the batch size and the data set")
    decoded = [view if is_decoded(view) else decode_graph(view) for view in views]
    names = [tuple(sorted(data.keys())) for data in decoded]
    if len(set(names)) > 1:
        other = next(name for name in names if name != names[0])
        differ = sorted(set(names[0]) ^ set(other))
        raise ValueError(f"cannot collate graphs of which only some have {differ}; give all graphs the same attributes")
    try:
        return Batch.from_data_list(decoded)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"cannot collate {decoded[0]} and {decoded[-1]} ({error}); attributes must agree") from error


def check_batch(batch: object) -> Batch:
    """Return the batch in the form in which it is augmented: with `n_id` (N,), and `undirected`, bool (B,).

    Args:
        batch: A `Batch` of PyG, on any device; it is not changed. One that `collate` returned is returned as it is.

    Raises:
        TypeError: It is no `Batch`.
        ValueError: It does not know its graphs, a graph has no nodes, an edge leaves its graph, or a value is not
            finite.
    """
    if not isinstance(batch, Batch):
        hint = "Batch.from_data_list([data])" if isinstance(batch, Data) else "Batch.from_data_list(graphs)"
        raise TypeError(f"a batch of graphs is a torch_geometric.data.Batch, got {type(batch).__name__}; write {hint}")
    ready = is_decoded(batch)
    if ready:
        return batch
    slices, decoded = slices_of(batch), copy.copy(batch)
    if "edge_index" not in batch:
        raise ValueError(f"{batch} has no edge_index; give graphs without edges one of shape (2, 0)")
    sizes = batch.ptr.diff()
    if not bool((sizes > 0).all()):
        position = int((sizes == 0).nonzero()[0])
        raise ValueError(f"graph {position} of {batch} has no nodes; leave it out of the data")
    edge_ptr = slices["edge_index"].to(batch.ptr.device)
    _check_edges(batch, edge_ptr)
    if "num_nodes" in decoded:
        del decoded["num_nodes"]
        decoded._store.__dict__.pop("_num_nodes", None)
    added = {UNDIRECTED: is_undirected(batch.edge_index, batch.batch.shape[0], edge_ptr)}
    if NODE_ID not in decoded:
        added[NODE_ID] = arange_in_groups(sizes)
    for key, value in added.items():
        decoded[key] = value
    starts = {UNDIRECTED: torch.arange(len(sizes) + 1), NODE_ID: batch.ptr.cpu()}
    zeros = torch.zeros(len(sizes), dtype=torch.int64)
    decoded._slice_dict = slices | {key: starts[key] for key in added}
    decoded._inc_dict = batch._inc_dict | dict.fromkeys(added, zeros)
    check_finite(decoded, batch, len(batch.batch), batch.edge_index.shape[1])
    return decoded


def _check_edges(batch: Batch, edge_ptr: Tensor) -> None:
    edge_index = batch.edge_index
    if edge_index.numel() == 0:
        return
    graph = repeat(torch.arange(len(edge_ptr) - 1, device=edge_index.device), edge_ptr.diff())
    low, high = batch.ptr.index_select(0, graph), batch.ptr.index_select(0, graph + 1)
    wrong = ((edge_index < low) | (edge_index >= high)).any(dim=0)
    if bool(wrong.any()):
        first = int(wrong.nonzero()[0])
        raise ValueError(
            f"edge {first} of {batch} joins the nodes {edge_index[:, first].tolist()}, of which not both are nodes "
            f"{int(low[first])} to {int(high[first]) - 1} of its graph; number each graph's nodes from 0"
        )


@dataclass(frozen=True)
class ToModelInput:
    """Turn a collated batch into what the encoders take: `x`, `edge_weight` and other floating-point values in float32.

    Args:
        features: Node attributes that make up `x`, float32 (N, F), side by side: vectors as they are, numbers as one
            column. None takes `x` where there is one; graphs without it stay without, and encoders use degrees instead.

    Raises:
        ValueError: `features` is a string or empty.
    """

    features: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.features, str) or (self.features is not None and not self.features):
            raise ValueError(f"features is a tuple of node attributes' names or None, got {self.features!r}")
        object.__setattr__(self, "features", None if self.features is None else tuple(self.features))

    def __call__(self, batch: Batch) -> Batch:
        """Return a new batch, on the device of `batch`; ValueError for a feature that is not there."""
        converted = copy.copy(batch)
        held = attributes_of(converted)
        for key, value in attributes_of(batch).items():
            if isinstance(value, Tensor) and (value.is_floating_point() or key == "edge_weight"):
                held[key] = value.float()
        names = self.features or (("x",) if "x" in held else ())
        for name in names:
            if name not in batch:
                raise ValueError(f"{batch} has no node attribute {name!r}; it has {', '.join(batch.keys())}")
        if names:
            values = [batch[name] for name in names]  # widths from the shape: no reshape infers one of no nodes
            columns = [value.reshape(len(value), math.prod(value.shape[1:])).float() for value in values]
            held["x"] = columns[0] if len(columns) == 1 else torch.cat(columns, dim=1)
            converted._slice_dict = slices_of(batch) | {"x": batch.ptr.cpu()}
            converted._inc_dict = batch._inc_dict | {"x": torch.zeros(batch.num_graphs, dtype=torch.int64)}
        return converted


# -- rows: slices, not loops; half of 10,000 graphs costs a few passes over their nodes and edges -------------------

_SPECIAL = ("batch", "ptr", "edge_index")


@unbatch.register
def _(batch: Batch) -> Iterable[Data]:
    return (batch.get_example(i) for i in range(batch.num_graphs))


@take.register
def _(batch: Batch, where: np.ndarray) -> Batch:
    which = torch.from_numpy(np.flatnonzero(where) if where.dtype == np.bool_ else where.astype(np.int64))
    old, taken = slices_of(batch), copy.copy(batch)
    slices: dict[str, Any] = {}
    increments: dict[str, Any] = {}
    store = taken._store
    for key, value in batch._store.items():
        if key in ("batch", "ptr"):
            continue
        if not isinstance(value, Tensor):
            store[key] = [value[i] for i in which.tolist()]
            slices[key], increments[key] = torch.arange(len(which) + 1), None
            continue
        counts = old[key].diff()[which]
        axis = -1 if key == "edge_index" else 0
        store[key] = value.index_select(axis, ranges(old[key][:-1][which], counts).to(value.device))
        slices[key], increments[key] = pointers(counts), torch.zeros(len(which), dtype=torch.int64)
    before = batch.ptr.cpu()
    sizes = before.diff()[which]
    ptr = pointers(sizes)
    shift = repeat(ptr[:-1] - before[:-1][which], slices["edge_index"].diff())
    store["edge_index"] = store["edge_index"] + shift.to(batch.ptr.device)
    store["ptr"] = ptr.to(batch.ptr.device)
    store["batch"] = repeat(torch.arange(len(which)), sizes).to(batch.ptr.device)
    return _with_slices(taken, len(which), slices, increments | {"edge_index": ptr[:-1]})


@concat.register
def _(first: Batch, second: object) -> Batch | None:
    if not isinstance(second, Batch) or set(first.keys()) != set(second.keys()):
        return None
    before, after, both = slices_of(first), slices_of(second), copy.copy(first)
    slices: dict[str, Any] = {}
    increments: dict[str, Any] = {}
    store = both._store
    ptr = torch.cat([first.ptr, second.ptr[1:] + first.ptr[-1]])
    for key, value in first._store.items():
        other = second._store[key]
        if key in _SPECIAL:
            shift = {"batch": first.num_graphs, "edge_index": first.ptr[-1]}.get(key, 0)
            store[key] = ptr if key == "ptr" else torch.cat([value, other + shift], dim=-1)
        elif isinstance(value, Tensor):
            if value.shape[1:] != other.shape[1:] or value.dtype != other.dtype:
                return None
            store[key] = torch.cat([value, other])
        else:
            store[key] = [*value, *other]
        if key in before:
            slices[key] = torch.cat([before[key], after[key][1:] + before[key][-1]])
            increments[key] = torch.zeros(len(ptr) - 1, dtype=torch.int64) if isinstance(value, Tensor) else None
    return _with_slices(both, len(ptr) - 1, slices, increments | {"edge_index": ptr[:-1].cpu()})


@put.register
def _(batch: Batch, where: np.ndarray, items: Batch) -> Batch:
    joined = concat(batch, items)
    if joined is None:
        raise ValueError(
            f"an augmentation of some graphs of a batch must keep their attributes; those of {batch} became {items}. "
            "Apply it to all graphs instead"
        )
    order = np.arange(batch.num_graphs)
    order[where] = batch.num_graphs + np.arange(items.num_graphs)
    changed: Batch = take(joined, order)
    return changed


@stack.register
def _(like: Batch, items: Sequence[Data]) -> Batch:
    return Batch.from_data_list(list(items)) if items else take(like, np.arange(0))


def _with_slices(batch: Batch, graphs: int, slices: dict[str, Any], increments: dict[str, Any]) -> Batch:
    batch._num_graphs, batch._slice_dict, batch._inc_dict = graphs, slices, increments
    return batch
