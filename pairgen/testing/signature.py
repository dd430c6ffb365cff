"""The form of an item: its type, dtype, device and number of axes, whatever it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.testing.compare import Numbers, Parts, parts_of

__all__ = ["Signature", "signature_of"]


@dataclass(frozen=True)
class Signature:
    """What promise 3 keeps: of an array or tensor one entry, of a composite item (a dict, a graph) one a member.

    dtype, device and axes hold the members that are arrays or tensors; `mode`, for PIL images, counts as a dtype.
    """

    type: str
    dtype: dict[str, str]
    device: dict[str, str]
    axes: dict[str, int]


def signature_of(item: Any) -> Signature:
    """The form of an item of any type."""
    dtype: dict[str, str] = {}
    device: dict[str, str] = {}
    axes: dict[str, int] = {}
    _walk(parts_of(item), "", dtype, device, axes)
    return Signature(type(item).__name__, dtype, device, axes)


def _walk(part: Any, name: str, dtype: dict[str, str], device: dict[str, str], axes: dict[str, int]) -> None:
    if isinstance(part, Numbers):
        dtype[name], device[name], axes[name] = part.dtype, part.device, part.values.ndim
    elif isinstance(part, Parts) and part.kind not in ("list", "tuple"):
        for key, inner in part.parts.items():
            if key == "mode" and isinstance(inner, str):
                dtype["mode"] = inner
            elif isinstance(key, str) and key not in ("nodes", "edges"):
                _walk(inner, f"{name}[{key!r}]", dtype, device, axes)
