"""Format items as Python expressions, as short as possible: what a report prints of the smallest failing example."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from pairgen.testing.compare import is_pil_image

__all__ = ["format_short", "format_value"]

_MAX_VALUES = 24


def format_value(value: Any) -> str:
    """Return an expression that makes the value, where it is small; else what it is and how large."""
    if isinstance(value, np.ndarray):
        return _format_array(value)
    if isinstance(value, torch.Tensor):
        return _format_tensor(value)
    if is_pil_image(value):
        return f"Image.fromarray({_format_array(np.asarray(value))})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {format_value(part)}" for key, part in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(format_value, value[:_MAX_VALUES])) + (", ..." if len(value) > _MAX_VALUES else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    name = type(value).__name__
    if hasattr(value, "adj") and hasattr(value, "nodes"):
        return f"{name}(nodes={list(value.nodes)[:_MAX_VALUES]}, edges={list(value.edges)[:_MAX_VALUES]})"
    if hasattr(value, "stores") and hasattr(value, "to_dict"):
        return f"{name}({', '.join(f'{key}={format_value(part)}' for key, part in value.to_dict().items())})"
    if hasattr(value, "values") and hasattr(value, "lengths"):
        return f"{name}({format_value(value.values)}, lengths={format_value(value.lengths)})"
    return format_short(value)


def format_short(value: object, length: int = 200) -> str:
    """Return the repr of a value on one line, truncated to `length` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _format_array(value: np.ndarray) -> str:
    if value.size and bool((value == value.flat[0]).all()):
        return f"np.full({value.shape}, {value.flat[0].item()!r}, {str(value.dtype)!r})"
    if value.size <= _MAX_VALUES:
        return f"np.array({value.tolist()}, {str(value.dtype)!r})".replace("nan", "np.nan").replace("inf", "np.inf")
    return f"<array of shape {value.shape}, {value.dtype}>"


def _format_tensor(value: torch.Tensor) -> str:
    values, dtype = value.detach().cpu(), str(value.dtype)
    if values.layout != torch.strided:
        return f"<{values.layout} tensor of shape {tuple(values.shape)}, {dtype}>"
    if values.numel() and bool((values == values.reshape(-1)[0]).all()):
        return f"torch.full({tuple(values.shape)}, {values.reshape(-1)[0].item()!r}, dtype={dtype})"
    if values.numel() <= _MAX_VALUES:
        listed = str(values.tolist()).replace("nan", "math.nan").replace("inf", "math.inf")
        return f"torch.tensor({listed}, dtype={dtype})"
    return f"<tensor of shape {tuple(values.shape)}, {dtype}>"
