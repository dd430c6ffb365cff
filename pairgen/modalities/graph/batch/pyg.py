"""PyG's `Batch` as a batch like any other: its items, some of them, others in their place, two as one.

Slices, not loops: taking half of 10,000 graphs costs a few passes over their nodes and edges.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import concat, put, stack, take, unbatch
from pairgen.modalities.graph._arrays import pointers, ranges, spread
from pairgen.modalities.graph.io.pyg import Batch, Data

__all__ = ["slices_of"]

_MADE = ("batch", "ptr", "edge_index")


def slices_of(batch: Batch) -> dict[str, Any]:
    """Where each attribute's part of each graph begins, name -> int64 (B + 1,) on the CPU.

    ValueError for a batch that was not made by `Batch.from_data_list` and so does not know.
    """
    slices: dict[str, Any] | None = batch.__dict__["_store"].__dict__.get("_slice_dict")
    if slices is None:
        raise ValueError(f"{batch} does not know where its graphs begin; make it with Batch.from_data_list")
    return slices


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
    shift = spread(ptr[:-1] - before[:-1][which], slices["edge_index"].diff())
    store["edge_index"] = store["edge_index"] + shift.to(batch.ptr.device)
    store["ptr"] = ptr.to(batch.ptr.device)
    store["batch"] = spread(torch.arange(len(which)), sizes).to(batch.ptr.device)
    return _described(taken, len(which), slices, increments | {"edge_index": ptr[:-1]})


@concat.register
def _(first: Batch, second: Any) -> Batch | None:
    if not isinstance(second, Batch) or set(first.keys()) != set(second.keys()):
        return None
    one, two, both = slices_of(first), slices_of(second), copy.copy(first)
    slices: dict[str, Any] = {}
    increments: dict[str, Any] = {}
    store = both._store
    ptr = torch.cat([first.ptr, second.ptr[1:] + first.ptr[-1]])
    for key, value in first._store.items():
        other = second._store[key]
        if key in _MADE:
            shift = {"batch": first.num_graphs, "edge_index": first.ptr[-1]}.get(key, 0)
            store[key] = ptr if key == "ptr" else torch.cat([value, other + shift], dim=-1)
        elif isinstance(value, Tensor):
            if value.shape[1:] != other.shape[1:] or value.dtype != other.dtype:
                return None
            store[key] = torch.cat([value, other])
        else:
            store[key] = [*value, *other]
        if key in one:
            slices[key] = torch.cat([one[key], two[key][1:] + one[key][-1]])
            increments[key] = torch.zeros(len(ptr) - 1, dtype=torch.int64) if isinstance(value, Tensor) else None
    return _described(both, len(ptr) - 1, slices, increments | {"edge_index": ptr[:-1].cpu()})


@put.register
def _(batch: Batch, where: np.ndarray, items: Batch) -> Batch:
    everything = concat(batch, items)
    if everything is None:
        raise ValueError(
            f"an augmentation of some graphs of a batch must keep their attributes; those of {batch} became {items}. "
            "Apply it to all graphs instead"
        )
    order = np.arange(batch.num_graphs)
    order[where] = batch.num_graphs + np.arange(items.num_graphs)
    changed: Batch = take(everything, order)
    return changed


@stack.register
def _(like: Batch, items: Sequence[Data]) -> Batch:
    return Batch.from_data_list(list(items)) if items else take(like, np.arange(0))


def _described(batch: Batch, graphs: int, slices: dict[str, Any], increments: dict[str, Any]) -> Batch:
    batch._num_graphs, batch._slice_dict, batch._inc_dict = graphs, slices, increments
    return batch
