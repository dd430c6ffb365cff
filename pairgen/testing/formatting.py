"""Items as Python expressions, as short as can be: what a report prints of the smallest failing example."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pairgen.testing.compare import is_picture

__all__ = ["clipped", "shown"]

_FEW = 24


def shown(value: Any) -> str:
    """An expression that makes the value, where it is small; else what it is and how large."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, torch.Tensor):
        return _tensor(value)
    if is_picture(value):
        return f"Image.fromarray({_array(np.asarray(value))})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(shown, value[:_FEW])) + (", ..." if len(value) > _FEW else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if hasattr(value, "adj") and hasattr(value, "nodes"):
        return f"{type(value).__name__}(nodes={list(value.nodes)[:_FEW]}, edges={list(value.edges)[:_FEW]})"
    if hasattr(value, "stores") and hasattr(value, "to_dict"):
        members = ", ".join(f"{name}={shown(part)}" for name, part in value.to_dict().items())
        return f"{type(value).__name__}({members})"
    if hasattr(value, "values") and hasattr(value, "lengths"):
        return f"{type(value).__name__}({shown(value.values)}, lengths={shown(value.lengths)})"
    return clipped(value)


def clipped(value: Any, length: int = 200) -> str:
    """The repr of a value on one line, cut where it is too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _array(value: np.ndarray) -> str:
    if value.size and bool((value == value.flat[0]).all()):
        return f"np.full({value.shape}, {value.flat[0].item()!r}, {str(value.dtype)!r})"
    if value.size <= _FEW:
        return f"np.array({value.tolist()}, {str(value.dtype)!r})".replace("nan", "np.nan").replace("inf", "np.inf")
    return f"<array of shape {value.shape}, {value.dtype}>"


def _tensor(value: torch.Tensor) -> str:
    values, dtype = value.detach().cpu(), str(value.dtype)
    if values.layout != torch.strided:
        return f"<{values.layout} tensor of shape {tuple(values.shape)}, {dtype}>"
    if values.numel() and bool((values == values.reshape(-1)[0]).all()):
        return f"torch.full({tuple(values.shape)}, {values.reshape(-1)[0].item()!r}, dtype={dtype})"
    if values.numel() <= _FEW:
        listed = str(values.tolist()).replace("nan", "math.nan").replace("inf", "math.inf")
        return f"torch.tensor({listed}, dtype={dtype})"
    return f"<tensor of shape {tuple(values.shape)}, {dtype}>"
