"""From opened items or views to a batch, the check of a batch that is there, and the last step before the encoder."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pairgen.modalities.graph._arrays import spread, within
from pairgen.modalities.graph._kernels.symmetry import both_ways
from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED, held_by
from pairgen.modalities.graph.batch.pyg import slices_of
from pairgen.modalities.graph.io.codec import check_values, decode_graph, is_decoded
from pairgen.modalities.graph.io.pyg import Batch, Data

__all__ = ["ToModelInput", "check_batch", "collate"]


def collate(views: Sequence[Any]) -> Batch:
    """Graphs as PyG's `Batch`. ValueError for none, or for graphs whose attributes differ in name, width or dtype."""
    if not len(views):
        raise ValueError("cannot collate no graphs: the batch is empty; check the batch size and the data set")
    opened = [view if is_decoded(view) else decode_graph(view) for view in views]
    names = [tuple(sorted(data.keys())) for data in opened]
    if len(set(names)) > 1:
        other = next(name for name in names if name != names[0])
        differ = sorted(set(names[0]) ^ set(other))
        raise ValueError(f"cannot collate graphs of which only some have {differ}; give all graphs the same attributes")
    try:
        return Batch.from_data_list(opened)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"cannot collate {opened[0]} and {opened[-1]} ({error}); attributes must agree") from error


def check_batch(batch: Any) -> Batch:
    """The batch in the form in which it is augmented: with `n_id`, and `undirected` (B,), which one pass finds out.

    TypeError for anything but a `Batch`; ValueError for one that does not know its graphs, for a graph without nodes,
    edges that leave their graph, and values that are not finite.
    """
    if not isinstance(batch, Batch):
        hint = "Batch.from_data_list([data])" if isinstance(batch, Data) else "Batch.from_data_list(graphs)"
        raise TypeError(f"a batch of graphs is a torch_geometric.data.Batch, got {type(batch).__name__}; write {hint}")
    if is_decoded(batch):
        return batch
    slices, opened = slices_of(batch), copy.copy(batch)
    if "edge_index" not in batch:
        raise ValueError(f"{batch} has no edge_index; give graphs without edges one of shape (2, 0)")
    store: Any = opened._store
    sizes = batch.ptr.diff()
    if not bool((sizes > 0).all()):
        position = int((sizes == 0).nonzero()[0])
        raise ValueError(f"graph {position} of {batch} has no nodes; leave it out of the data")
    edge_ptr = slices["edge_index"].to(batch.ptr.device)
    _check_edges(batch, edge_ptr)
    if "num_nodes" in opened:
        del opened["num_nodes"]
        store.__dict__.pop("_num_nodes", None)
    extra = {UNDIRECTED: both_ways(batch.edge_index, batch.batch.shape[0], edge_ptr)}
    if NODE_ID not in opened:
        extra[NODE_ID] = within(sizes)
    zeros, numbers = torch.zeros(len(sizes), dtype=torch.int64), torch.arange(len(sizes) + 1)
    for key, value in extra.items():
        store[key] = value
    places = {UNDIRECTED: numbers, NODE_ID: batch.ptr.cpu()}
    opened._slice_dict = slices | {key: places[key] for key in extra}
    opened._inc_dict = batch._inc_dict | dict.fromkeys(extra, zeros)
    check_values(opened, batch, len(batch.batch), batch.edge_index.shape[1])
    return opened


def _check_edges(batch: Batch, edge_ptr: Tensor) -> None:
    ends = batch.edge_index
    if ends.numel() == 0:
        return
    graph = spread(torch.arange(len(edge_ptr) - 1, device=ends.device), edge_ptr.diff())
    low, high = batch.ptr.index_select(0, graph), batch.ptr.index_select(0, graph + 1)
    wrong = ((ends < low) | (ends >= high)).any(dim=0)
    if bool(wrong.any()):
        first = int(wrong.nonzero()[0])
        raise ValueError(
            f"edge {first} of {batch} joins the nodes {ends[:, first].tolist()}, of which not both are nodes "
            f"{int(low[first])} to {int(high[first]) - 1} of its graph; number each graph's nodes from 0"
        )


@dataclass(frozen=True)
class ToModelInput:
    """A collated batch as the encoder takes it: float32 `x` (N, F), `edge_weight`, and whatever else is floating-point.

    features: the node attributes that make up `x`, side by side, vectors as they are and numbers as one column. None
    takes `x` where there is one; graphs without it stay without, and encoders count degrees instead.
    """

    features: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.features, str) or (self.features is not None and not self.features):
            raise ValueError(f"features is a tuple of node attributes' names or None, got {self.features!r}")
        object.__setattr__(self, "features", None if self.features is None else tuple(self.features))

    def __call__(self, batch: Batch) -> Batch:
        """batch: on any device. ValueError for a feature that is not there."""
        finished = copy.copy(batch)
        store = held_by(finished)
        for key, value in held_by(batch).items():
            if isinstance(value, Tensor) and (value.is_floating_point() or key == "edge_weight"):
                store[key] = value.float()
        names = self.features or (("x",) if "x" in store else ())
        for name in names:
            if name not in batch:
                raise ValueError(f"{batch} has no node attribute {name!r}; it has {', '.join(batch.keys())}")
        if names:
            columns = [batch[name].reshape(len(batch.batch), -1).float() for name in names]
            store["x"] = columns[0] if len(columns) == 1 else torch.cat(columns, dim=1)
            finished._slice_dict = slices_of(batch) | {"x": batch.ptr.cpu()}
            finished._inc_dict = batch._inc_dict | {"x": torch.zeros(batch.num_graphs, dtype=torch.int64)}
        return finished
