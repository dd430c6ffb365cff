"""PyG's `Batch`: its collation, the step before the encoder, and its rows."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen._numerics import default_numerics
from pairgen.batch import concat, put, stack, take, unbatch
from pairgen.data.files import caller_level
from pairgen.modalities.graph._kernels.arrays import pointers, ranges, repeat
from pairgen.modalities.graph.batch.check import check_batch
from pairgen.modalities.graph.batch.graphs import (
    EDGE_ID,
    ITEM_UNDIRECTED,
    NODE_ID,
    UNDIRECTED,
    Level,
    attribute_level,
    levels_of,
    note_weights,
    set_levels,
)
from pairgen.modalities.graph.io.codec import GraphItem, decode_graph, is_decoded
from pairgen.modalities.graph.io.pyg import Batch, Data, attributes_of, slices_of

__all__ = ["ToModelInput", "check_batch", "collate", "find_labels"]

_NO_FEATURES = frozenset({"y", "batch", "ptr", "edge_index", NODE_ID, EDGE_ID, UNDIRECTED, ITEM_UNDIRECTED})
_WARNED: set[tuple[str, ...]] = set()


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
        with default_numerics():  # PyG makes tensors on the default device
            return _join(decoded)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"cannot collate {decoded[0]} and {decoded[-1]} ({error}); attributes must agree") from error


def find_labels(items: object) -> Tensor | None:
    """Return `y` of a `Batch`, or of a list of `Data`, where it is one whole number a graph: int64 (B,); else None."""
    if isinstance(items, Batch):
        return _whole_numbers(attributes_of(items).get("y"), items.num_graphs)
    if not isinstance(items, (list, tuple)) or not items or not all(isinstance(item, Data) for item in items):
        return None
    labels = [_whole_numbers(torch.as_tensor(y), 1) if (y := item.get("y")) is not None else None for item in items]
    return None if any(label is None for label in labels) else torch.cat([y for y in labels if y is not None])


def _whole_numbers(y: object, count: int) -> Tensor | None:
    if not isinstance(y, Tensor) or y.numel() != count or y.is_floating_point() or y.is_complex():
        return None
    return y.reshape(-1).long()


def _join(graphs: Sequence[Data]) -> Batch:
    """Decoded graphs as one batch, which knows what their attributes belong to."""
    batch = Batch.from_data_list(list(graphs))
    known = [levels_of(graph) for graph in graphs]
    set_levels(batch, _agreed(known) if any(known) else {})
    return batch


def _agreed(known: Sequence[Mapping[str, Level]]) -> dict[str, Level]:
    """What attributes belong to in all graphs alike; of others the batch decides by the rows of all."""
    first = known[0]
    return {key: first[key] for key in first if all(levels.get(key) == first[key] for levels in known)}


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
                if key == "edge_weight":
                    note_weights(converted, held[key])
        names = self.features or (("x",) if "x" in held else ())
        if not names:
            _warn_of_unused(batch)
        for name in names:
            if name not in batch:
                raise ValueError(f"{batch} has no node attribute {name!r}; it has {', '.join(batch.keys())}")
        if names:
            columns = [_column(batch, name) for name in names]
            held["x"] = columns[0] if len(columns) == 1 else torch.cat(columns, dim=1)
            converted._slice_dict = slices_of(batch) | {"x": batch.ptr.cpu()}
            converted._inc_dict = batch._inc_dict | {"x": torch.zeros(batch.num_graphs, dtype=torch.int64)}
        return converted


def _warn_of_unused(batch: Batch) -> None:
    """Warn, once for each set of names, that numeric attributes of nodes are not used where there is no `x`."""
    nodes, edges = len(batch.batch), batch.edge_index.shape[1]
    known = levels_of(batch)
    unused = tuple(
        key
        for key, value in attributes_of(batch).items()
        if key not in _NO_FEATURES
        and isinstance(value, Tensor)
        and value.dtype != torch.bool
        and known.get(key, attribute_level(key, value, nodes, edges)) == "node"
    )
    if not unused or unused in _WARNED:
        return
    _WARNED.add(unused)
    warnings.warn(
        f"the graphs have no x, so that encoders use degrees, and leave the node attributes {', '.join(unused)} "
        f'unused; PairSampler("graph", ..., features={[*unused]!r}) takes them as x, and so does the command line by '
        f"--recipe-option 'features={json.dumps(unused)}'",
        stacklevel=caller_level(),
    )


def _column(batch: Batch, name: str) -> Tensor:
    """A node attribute as float32 (N, F)."""
    values: Tensor = batch[name]
    if not isinstance(values, Tensor) or values.ndim == 0 or len(values) != len(batch.batch):
        rows = len(values) if hasattr(values, "__len__") else 0
        raise ValueError(
            f"{batch}: the feature {name!r} has {rows} rows for {len(batch.batch)} nodes; name attributes of nodes, or "
            f'say that it is one: PairSampler("graph", ..., levels={{{name!r}: "node"}})'
        )
    return (values[:, None] if values.ndim == 1 else values.flatten(1)).float()


# -- rows: slices, not loops; half of 10,000 graphs costs a few passes over their nodes and edges -------------------

_SPECIAL = ("batch", "ptr", "edge_index")


@unbatch.register
def _(batch: Batch) -> Iterable[Data]:
    for i in range(batch.num_graphs):
        graph = batch.get_example(i)
        if is_decoded(batch):
            set_levels(graph, levels_of(batch))
        yield graph


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
    if levels_of(first) != levels_of(second):
        set_levels(both, _agreed([levels_of(first), levels_of(second)]))
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
    return _join(items) if items else take(like, np.arange(0))


def _with_slices(batch: Batch, graphs: int, slices: dict[str, Any], increments: dict[str, Any]) -> Batch:
    batch._num_graphs, batch._slice_dict, batch._inc_dict = graphs, slices, increments
    return batch
