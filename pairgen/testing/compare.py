"""Compare values of any type: whether two are the same, where they differ, and the types of their parts.

A value is taken apart into plain parts, which are copies: so the parts of an item before a call, compared with those
after it, tell whether it was changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Numbers", "Parts", "Signature", "equal", "find_difference", "get_signature", "is_pil_image", "to_parts"]


@dataclass(frozen=True, eq=False)
class Numbers:
    """A copy of the numbers of an array or a tensor, with the names of its type, dtype and device."""

    type: str
    dtype: str
    device: str
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a composite value by name, with the name of its type."""

    type: str
    parts: Mapping[Any, object]


@dataclass(frozen=True)
class Signature:
    """What views preserve of an item whatever it holds: its type, and the dtype, device and axes of its parts.

    Args:
        type: Name of the item's type.
        dtype: The dtype of each array or tensor by the path to it, "" for the item itself; the mode of a PIL image.
        device: The device of each array or tensor.
        axes: The number of axes of each array or tensor.
    """

    type: str
    dtype: dict[str, str]
    device: dict[str, str]
    axes: dict[str, int]


@singledispatch
def to_parts(value: object) -> object:
    """Return a value as `Numbers`, `Parts` or a plain scalar; register a type that it cannot take apart."""
    name = type(value).__name__
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, type)):
        return value
    if is_dataclass(value):
        return Parts(name, {f.name: to_parts(getattr(value, f.name)) for f in fields(value)})
    members = _library_members(value)
    if members is None:
        members = getattr(value, "__dict__", None)
        if members is None or callable(value):
            return repr(value)
    return Parts(name, {key: to_parts(member) for key, member in members.items()})


def _library_members(value: Any) -> dict[Any, object] | None:
    """Members of a value of PIL, networkx, PyG or pandas, none of which is imported; None for any other."""
    if is_pil_image(value):
        return {"mode": value.mode, "pixels": np.asarray(value)}
    if hasattr(value, "adj") and hasattr(value, "nodes"):  # networkx
        return {"nodes": dict(value.nodes(data=True)), "edges": _edges(value), "graph": value.graph}
    if hasattr(value, "stores") and hasattr(value, "to_dict"):  # PyG: Data, HeteroData and Batch
        return dict(value.to_dict())
    if hasattr(value, "iloc") and hasattr(value, "columns"):  # pandas
        return {"index": list(value.index), **{str(name): value[name].to_numpy() for name in value.columns}}
    return None


def is_pil_image(value: object) -> bool:
    """Whether this is a PIL image; does not import PIL."""
    return any(cls.__module__ == "PIL.Image" for cls in type(value).__mro__)


def _edges(graph: nx.Graph) -> dict[Any, object]:
    """Attributes by the ends of each edge, which are sorted in an undirected graph: it lists an edge either way."""
    edges: Any = graph.edges(keys=True, data=True) if graph.is_multigraph() else graph.edges(data=True)
    by_ends = [(tuple(edge[:-1]), edge[-1]) for edge in edges]
    if graph.is_directed():
        return dict(by_ends)
    return {(*sorted(ends[:2], key=repr), *ends[2:]): data for ends, data in by_ends}


@to_parts.register
def _(value: np.ndarray) -> object:
    if value.dtype == object:
        return Parts("ndarray", {"shape": str(value.shape), **{i: to_parts(v) for i, v in enumerate(value.ravel())}})
    return Numbers("ndarray", str(value.dtype), "cpu", value.copy())


@to_parts.register
def _(value: np.generic) -> object:
    return value.item()


@to_parts.register
def _(value: torch.Tensor) -> object:
    dense = value.detach().to_dense() if value.layout != torch.strided else value.detach()
    wide = dense.to(torch.float64) if dense.is_floating_point() else dense
    values = wide.cpu().resolve_conj().numpy().copy()
    return Numbers(type(value).__name__, str(value.dtype).removeprefix("torch."), str(value.device), values)


@to_parts.register
def _(value: torch.Generator) -> object:
    return to_parts(value.get_state())


@to_parts.register
def _(value: np.random.Generator) -> object:
    return to_parts(value.bit_generator.state)


@to_parts.register(dict)
def _(value: dict[Any, object]) -> object:
    return Parts("dict", {name: to_parts(part) for name, part in value.items()})


@to_parts.register(list)
@to_parts.register(tuple)
def _(value: list[object] | tuple[object, ...]) -> object:
    return Parts(type(value).__name__, {i: to_parts(part) for i, part in enumerate(value)})


@to_parts.register(set)
@to_parts.register(frozenset)
def _(value: set[object] | frozenset[object]) -> object:
    return Parts(type(value).__name__, dict.fromkeys(sorted(map(repr, value)), True))


def get_signature(item: object) -> Signature:
    """Return the signature of an item of any type."""
    signature = Signature(type(item).__name__, {}, {}, {})
    _add_to_signature(signature, to_parts(item), "")
    return signature


def _add_to_signature(signature: Signature, part: object, path: str) -> None:
    if isinstance(part, Numbers):
        signature.dtype[path] = part.dtype
        signature.device[path] = part.device
        signature.axes[path] = part.values.ndim
    elif isinstance(part, Parts) and part.type not in ("list", "tuple"):
        for key, inner in part.parts.items():
            if key == "mode" and isinstance(inner, str):
                signature.dtype["mode"] = inner
            elif isinstance(key, str) and key not in ("nodes", "edges"):
                _add_to_signature(signature, inner, f"{path}[{key!r}]")


def equal(first: object, second: object) -> bool:
    """Whether two values are the same to the bit; NaN equals NaN."""
    return find_difference(first, second) is None


def find_difference(first: object, second: object, tolerance: Mapping[str, float] | None = None) -> str | None:
    """Return where two values first differ, in words; None if they do not.

    Args:
        first: A value, or its parts.
        second: Another value, or its parts.
        tolerance: By dtype, how far numbers may lie apart, floats in units of max(1, |value|); others must be equal.
    """
    return _compare(_parts_of(first), _parts_of(second), tolerance or {}, "")


def _parts_of(value: object) -> object:
    return value if isinstance(value, (Numbers, Parts)) else to_parts(value)


def _compare(a: object, b: object, tolerance: Mapping[str, float], path: str) -> str | None:
    at = f" at {path}" if path else ""
    if isinstance(a, Numbers) and isinstance(b, Numbers):
        return _compare_numbers(a, b, tolerance.get(a.dtype, 0.0), at)
    if isinstance(a, Parts) and isinstance(b, Parts):
        if a.type != b.type:
            return f"{a.type} against {b.type}{at}"
        for name in [*a.parts, *(name for name in b.parts if name not in a.parts)]:
            if name not in a.parts or name not in b.parts:
                return f"only one of them has {name!r}{at}"
            difference = _compare(a.parts[name], b.parts[name], tolerance, f"{path}[{name!r}]")
            if difference:
                return difference
        return None
    if isinstance(a, float) and isinstance(b, float):
        limit = tolerance.get("float64", 0.0)
        near = a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=limit, abs_tol=limit)
        return None if near else f"{a!r} against {b!r}{at}"
    return None if type(a) is type(b) and a == b else f"{_format(a)} against {_format(b)}{at}"


def _compare_numbers(a: Numbers, b: Numbers, tolerance: float, at: str) -> str | None:
    for name in ("type", "dtype", "device"):
        if getattr(a, name) != getattr(b, name):
            return f"{getattr(a, name)} against {getattr(b, name)}{at}"
    if a.values.shape != b.values.shape:
        return f"shape {a.values.shape} against {b.values.shape}{at}"
    apart = ~_close(a.values, b.values, tolerance)
    if not apart.any():
        return None
    position = tuple(int(i) for i in np.argwhere(apart)[0])
    first, second = a.values[position], b.values[position]
    where = f"at {position}{at.replace(' at ', ' of ')}"
    return f"{first!s} against {second!s} {where}, {int(apart.sum())} of {apart.size}"


def _close(a: np.ndarray, b: np.ndarray, tolerance: float) -> np.ndarray:
    same = (a == b) | ((a != a) & (b != b))
    if not tolerance or a.dtype.kind not in "iufc":
        return np.asarray(same)
    with np.errstate(invalid="ignore"):
        wide = np.result_type(a.dtype, np.float64)
        gap = np.abs(a.astype(wide) - b.astype(wide))
        scale = np.maximum(1.0, np.maximum(np.abs(a), np.abs(b))) if a.dtype.kind in "fc" else 1.0
        return np.asarray(same | (gap <= tolerance * scale))


def _format(value: object) -> str:
    text = value.type if isinstance(value, (Numbers, Parts)) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
