"""Whether two values are the same, and if not, where they differ: for items, views, params and batches of any type.

A value is taken apart into plain parts, which are copies: so the parts of an item before a call, held against those
after it, tell whether it was changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import torch

__all__ = ["Numbers", "Parts", "difference", "is_picture", "parts_of", "same"]


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of an array or a tensor, copied."""

    kind: str
    dtype: str
    device: str
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of anything made of parts, by name."""

    kind: str
    parts: Mapping[Any, Any]


@singledispatch
def parts_of(value: Any) -> Any:
    """The parts of a value: `Numbers`, `Parts`, or a plain scalar. Register a type of your own that it cannot open."""
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, type)):
        return value
    if is_dataclass(value):
        return Parts(kind, {f.name: parts_of(getattr(value, f.name)) for f in fields(value)})
    if is_picture(value):
        return Parts(kind, {"mode": value.mode, "pixels": parts_of(np.asarray(value))})
    if hasattr(value, "adj") and hasattr(value, "nodes"):  # networkx graphs; an undirected one lists an edge either way
        ends = {"nodes": dict(value.nodes(data=True)), "edges": _edges(value), "graph": value.graph}
        return Parts(kind, {name: parts_of(part) for name, part in ends.items()})
    if hasattr(value, "stores") and hasattr(value, "to_dict"):  # PyG Data, HeteroData and Batch
        return Parts(kind, {name: parts_of(part) for name, part in value.to_dict().items()})
    if hasattr(value, "iloc") and hasattr(value, "columns"):  # pandas
        table = {"index": list(value.index), **{str(name): value[name].to_numpy() for name in value.columns}}
        return Parts(kind, {name: parts_of(part) for name, part in table.items()})
    inside = getattr(value, "__dict__", None)
    if inside is None or callable(value):
        return repr(value)
    return Parts(kind, {name: parts_of(part) for name, part in inside.items()})


def is_picture(value: Any) -> bool:
    """Whether this is a PIL image; asks without importing PIL."""
    return any(kind.__module__ == "PIL.Image" for kind in type(value).__mro__)


def _edges(graph: Any) -> dict[Any, Any]:
    listed: Any = graph.edges(keys=True, data=True) if graph.is_multigraph() else graph.edges(data=True)
    ends = [(tuple(edge[:-1]), edge[-1]) for edge in listed]
    if graph.is_directed():
        return dict(ends)
    return {(*sorted(edge[:2], key=repr), *edge[2:]): data for edge, data in ends}


@parts_of.register
def _(value: np.ndarray) -> Any:
    if value.dtype == object:
        return Parts("ndarray", {"shape": str(value.shape), **{i: parts_of(v) for i, v in enumerate(value.ravel())}})
    return Numbers("ndarray", str(value.dtype), "cpu", value.copy())


@parts_of.register
def _(value: np.generic) -> Any:
    return value.item()


@parts_of.register
def _(value: torch.Tensor) -> Any:
    dense = value.detach().to_dense() if value.layout != torch.strided else value.detach()
    wide = dense.to(torch.float64) if dense.is_floating_point() else dense
    values = wide.cpu().resolve_conj().numpy().copy()
    return Numbers(type(value).__name__, str(value.dtype).removeprefix("torch."), str(value.device), values)


@parts_of.register
def _(value: torch.Generator) -> Any:
    return parts_of(value.get_state())


@parts_of.register
def _(value: np.random.Generator) -> Any:
    return parts_of(value.bit_generator.state)


@parts_of.register(dict)
def _(value: dict[Any, Any]) -> Any:
    return Parts("dict", {name: parts_of(part) for name, part in value.items()})


@parts_of.register(list)
@parts_of.register(tuple)
def _(value: Any) -> Any:
    return Parts(type(value).__name__, {i: parts_of(part) for i, part in enumerate(value)})


@parts_of.register(set)
@parts_of.register(frozenset)
def _(value: Any) -> Any:
    return Parts(type(value).__name__, dict.fromkeys(sorted(map(repr, value)), True))


def same(first: Any, second: Any) -> bool:
    """Whether two values are the same to the bit, NaN being like NaN."""
    return difference(first, second) is None


def difference(first: Any, second: Any, tolerance: Mapping[str, float] | None = None) -> str | None:
    """Where two values first differ, in words, or None.

    tolerance: by dtype, how far numbers may lie apart, floats in units of max(1, |value|); others must be equal.
    """
    return _difference(_opened(first), _opened(second), tolerance or {}, "")


def _opened(value: Any) -> Any:
    return value if isinstance(value, (Numbers, Parts)) else parts_of(value)


def _difference(a: Any, b: Any, tolerance: Mapping[str, float], where: str) -> str | None:
    at = f" at {where}" if where else ""
    if isinstance(a, Numbers) and isinstance(b, Numbers):
        return _numbers(a, b, tolerance.get(a.dtype, 0.0), at)
    if isinstance(a, Parts) and isinstance(b, Parts):
        if a.kind != b.kind:
            return f"{a.kind} against {b.kind}{at}"
        names = [*a.parts, *(name for name in b.parts if name not in a.parts)]
        for name in names:
            if name not in a.parts or name not in b.parts:
                return f"{name!r} is in one and not in the other{at}"
            found = _difference(a.parts[name], b.parts[name], tolerance, f"{where}[{name!r}]")
            if found:
                return found
        return None
    if type(a) is not type(b):
        return f"{_shown(a)} against {_shown(b)}{at}"
    if isinstance(a, float):
        near = math.isclose(a, b, rel_tol=tolerance.get("float64", 0.0), abs_tol=tolerance.get("float64", 0.0))
        return None if near or a == b or (a != a and b != b) else f"{a!r} against {b!r}{at}"
    return None if a == b else f"{_shown(a)} against {_shown(b)}{at}"


def _numbers(a: Numbers, b: Numbers, tolerance: float, at: str) -> str | None:
    for name in ("kind", "dtype", "device"):
        if getattr(a, name) != getattr(b, name):
            return f"{getattr(a, name)} against {getattr(b, name)}{at}"
    if a.values.shape != b.values.shape:
        return f"shape {a.values.shape} against {b.values.shape}{at}"
    apart = ~_close(a.values, b.values, tolerance)
    if not apart.any():
        return None
    place = tuple(int(i) for i in np.argwhere(apart)[0])
    first, second = a.values[place], b.values[place]
    return f"{first!s} against {second!s} at {place}{at.replace(' at ', ' of ')}, {int(apart.sum())} of {apart.size}"


def _close(a: np.ndarray, b: np.ndarray, tolerance: float) -> np.ndarray:
    equal = (a == b) | ((a != a) & (b != b))
    if not tolerance or a.dtype.kind not in "iufc":
        return np.asarray(equal)
    with np.errstate(invalid="ignore"):
        wide = np.result_type(a.dtype, np.float64)
        gap = np.abs(a.astype(wide) - b.astype(wide))
        scale = np.maximum(1.0, np.maximum(np.abs(a), np.abs(b))) if a.dtype.kind in "fc" else 1.0
        return np.asarray(equal | (gap <= tolerance * scale))


def _shown(value: Any) -> str:
    text = value.kind if isinstance(value, (Numbers, Parts)) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
