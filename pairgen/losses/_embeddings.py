"""Check the embeddings and labels of a loss, and scale embeddings to unit length."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def check_pair(
    first: object, second: object, names: tuple[str, str] = ("first", "second"), *, empty: bool = False
) -> tuple[Tensor, Tensor]:
    """Return two embedding matrices of one shape in the precision the loss is computed in.

    Args:
        first: Floating-point tensor (N, D), N and D at least 1.
        second: Floating-point tensor of the same shape, on the same device.
        names: Names of the two in error messages.
        empty: Allow N = 0, as where other processes hold all the rows.

    Returns:
        The two tensors in float64 if either is float64, else in float32: half precision is raised,
        so that sums over many negatives keep their digits.

    Raises:
        TypeError: An input is not a tensor, or holds integers, booleans or complex numbers.
        ValueError: Another rank, different shapes or devices, no rows, no columns, NaN or infinite entries.
    """
    a, b = check_matrix(first, names[0], empty=empty), check_matrix(second, names[1], empty=empty)
    _check_alike(a, b, names)
    wide = torch.promote_types(a.dtype, b.dtype)
    return a.to(wide), b.to(wide)


def _check_alike(a: Tensor, b: Tensor, names: tuple[str, str]) -> None:
    if a.shape != b.shape:
        raise ValueError(
            f"{names[0]} has shape {tuple(a.shape)} and {names[1]} {tuple(b.shape)}: row i of one must be "
            "the other view of row i of the other, so give two embeddings of one shape (N, D)"
        )
    if a.device != b.device:
        raise ValueError(f"{names[0]} is on {a.device} and {names[1]} on {b.device}: move both to one device")


def check_views(views: tuple[object, ...], *, fewest: int = 2, empty: bool = False) -> Tensor:
    """Return the rows of n views of N items, one view after the other, as one matrix (n N, D); see `check_pair`.

    Raises:
        TypeError: A view is not a tensor, or fewer than `fewest` are given.
        ValueError: As `check_pair`.
    """
    if len(views) < fewest:
        raise TypeError(f"{len(views)} views given: give at least {fewest}, a tensor of shape (N, D) each")
    names = ("first", "second", *(f"view {number} (from 0)" for number in range(2, len(views))))
    rows = [check_matrix(view, name, empty=empty) for view, name in zip(views, names, strict=False)]
    for row, name in zip(rows[1:], names[1:], strict=False):
        _check_alike(rows[0], row, ("first", name))
    wide = torch.float64 if any(row.dtype == torch.float64 for row in rows) else torch.float32
    return torch.cat([row.to(wide) for row in rows])


def check_matrix(value: object, name: str, *, empty: bool = False) -> Tensor:
    """Return one embedding matrix (N, D) in the working precision; see `check_pair`."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} is a {type(value).__name__}, not a tensor: give the embeddings as a "
            "floating-point tensor of shape (N, D), e.g. torch.as_tensor(array)"
        )
    if not value.is_floating_point():
        raise TypeError(f"{name} has dtype {value.dtype}: a loss needs floating-point embeddings, e.g. {name}.float()")
    if value.ndim != 2:
        raise ValueError(
            f"{name} has shape {tuple(value.shape)}: expected two axes (N, D), one row an item; "
            f"{name}.flatten(1) makes a row of each item"
        )
    if value.shape[1] == 0 or (len(value) == 0 and not empty):
        raise ValueError(
            f"{name} has shape {tuple(value.shape)}: the loss of an empty batch is undefined; "
            "skip empty batches, and give embeddings at least one column"
        )
    wide = value if value.dtype == torch.float64 else value.float()
    # The largest entry is NaN or infinite if any is: one reduction, and one wait for the device.
    if len(value) and not math.isfinite(float(torch.linalg.vector_norm(wide.detach(), math.inf))):
        bad = value.isfinite().all(dim=1).logical_not().nonzero().flatten().tolist()
        raise ValueError(
            f"{name} has NaN or infinite entries, in row {bad[0]} and {len(bad) - 1} more of the "
            f"{len(value)} rows: the encoder has diverged or was given such input; lower the "
            "learning rate, clip gradients, or check the batch"
        )
    return wide


def check_negatives(negatives: object, rows: Tensor, name: str) -> Tensor:
    """Return negatives (K, D), K at least 0, that fit the rows (N, D); `name` is that of the rows in error messages."""
    wide = check_matrix(negatives, "negatives", empty=True)
    if wide.shape[1] != rows.shape[1]:
        raise ValueError(f"negatives has shape {tuple(wide.shape)}, but {name} has {rows.shape[1]} columns")
    if wide.device != rows.device:
        raise ValueError(f"negatives is on {wide.device} and {name} on {rows.device}: move both to one device")
    return wide


def check_labels(labels: object, rows: Tensor, name: str = "labels") -> Tensor:
    """Return the labels of the rows (N, D) as int64 (N,).

    Raises:
        TypeError: The labels are not a tensor of integers or booleans.
        ValueError: The labels have another shape than (N,), or are on another device.
    """
    if not isinstance(labels, Tensor) or labels.is_floating_point() or labels.is_complex():
        actual = f"tensor of {labels.dtype}" if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"{name} is a {actual}: give a tensor of whole numbers, one for each row of the embeddings")
    if labels.shape != rows.shape[:1]:
        raise ValueError(
            f"{name} has shape {tuple(labels.shape)}: expected ({len(rows)},), one for each row of the embeddings"
        )
    if labels.device != rows.device:
        raise ValueError(f"{name} is on {labels.device} and the embeddings on {rows.device}: move both to one device")
    return labels.long()


def normalize_rows(rows: Tensor) -> Tensor:
    """Scale each row of (M, D) to unit length, differentiably.

    A row of zeros has no direction: it stays zero (its cosine with everything is 0) and receives
    no gradient. Each row is scaled by its largest entry first, so that the result is exact even
    where the squares of the entries could not be represented.
    """
    largest = rows.detach().abs().amax(dim=1, keepdim=True)
    is_zero = largest == 0
    # The largest entry is a constant of the row: the direction does not depend on it, so neither
    # does the gradient.
    scaled = rows / largest.masked_fill_(is_zero, 1)
    # The length of a row of zeros is a constant too: its second derivative would be NaN.
    length = torch.linalg.vector_norm(scaled.masked_fill(is_zero, 1), dim=1, keepdim=True)
    unit: Tensor = scaled / length.masked_fill(is_zero, math.inf)
    return unit
