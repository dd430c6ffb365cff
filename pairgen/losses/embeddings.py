"""What every loss asks of its embeddings: the checks, the working precision, unit length."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def check_pair(first: object, second: object) -> tuple[Tensor, Tensor]:
    """Return two embedding matrices of one shape in the precision the loss is computed in.

    Args:
        first, second: floating-point tensors of shape (N, D), N and D at least 1, on one device.

    Returns:
        The two tensors in float64 if either is float64, else in float32: half precision is raised,
        so that sums over many negatives keep their digits.

    Raises:
        TypeError: not tensors, or integers, booleans or complex numbers.
        ValueError: another rank, different shapes or devices, no rows, no columns.
    """
    a, b = _check_matrix(first, "first"), _check_matrix(second, "second")
    if a.shape != b.shape:
        raise ValueError(
            f"first has shape {tuple(a.shape)} and second {tuple(b.shape)}: row i of one must be "
            "the other view of row i of the other, so give two embeddings of one shape (N, D)"
        )
    if a.device != b.device:
        raise ValueError(f"first is on {a.device} and second on {b.device}: move both to one device")
    wide = torch.float64 if torch.float64 in (a.dtype, b.dtype) else torch.float32
    return a.to(wide), b.to(wide)


def _check_matrix(value: object, name: str) -> Tensor:
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
    if 0 in value.shape:
        raise ValueError(
            f"{name} has shape {tuple(value.shape)}: the loss of an empty batch is undefined; "
            "skip empty batches, and give embeddings at least one column"
        )
    return value


def check_temperature(temperature: float | Tensor) -> float:
    """Return the temperature as a float.

    Raises:
        TypeError: neither a number nor a tensor of one floating-point element.
        ValueError: not finite, or not above zero.
    """
    if isinstance(temperature, Tensor):
        if temperature.numel() != 1 or not temperature.is_floating_point():
            raise TypeError(
                f"temperature is a tensor of shape {tuple(temperature.shape)} and dtype "
                f"{temperature.dtype}: expected one floating-point number"
            )
        value = float(temperature.detach())
    elif isinstance(temperature, (int, float)) and not isinstance(temperature, bool):
        value = float(temperature)
    else:
        raise TypeError(f"temperature is a {type(temperature).__name__}: expected a number or a tensor of one element")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(
            f"temperature is {value}: it must be finite and above 0 (0.05 to 1 is usual); keep a "
            "learnt temperature positive by learning its logarithm"
        )
    return value


def unit_rows(first: Tensor, second: Tensor) -> Tensor:
    """Stack the rows of both (N, D) views as (2N, D), each scaled to unit length, differentiably.

    A row of zeros has no direction: it stays zero (its cosine with everything is 0) and receives
    no gradient. Each row is scaled by its largest entry first, so that the result is exact even
    where the squares of the entries could not be represented.

    Raises:
        ValueError: NaN or infinite entries; the message names the first such row.
    """
    rows = torch.cat([first, second])
    largest = rows.detach().abs().amax(dim=1, keepdim=True)
    # Adding up is NaN or infinite if an entry is: one reduction, and one wait for the device.
    if not math.isfinite(float(largest.sum(dtype=torch.float64))):
        _raise_for_bad_rows(largest.isfinite().squeeze(1), len(first))
    empty = largest == 0
    # The largest entry is a constant of the row: the direction does not depend on it, so neither
    # does the gradient.
    scaled = rows / largest.masked_fill_(empty, 1)
    length = torch.linalg.vector_norm(scaled, dim=1, keepdim=True)
    unit: Tensor = scaled / length.masked_fill(empty, math.inf)
    return unit


def _raise_for_bad_rows(finite: Tensor, n: int) -> None:
    bad = finite.logical_not().nonzero().flatten().tolist()
    if bad:
        name, row = ("first", bad[0]) if bad[0] < n else ("second", bad[0] - n)
        raise ValueError(
            f"{name} has NaN or infinite entries, in row {row} and {len(bad) - 1} more of the "
            f"{len(finite)} rows: the encoder has diverged or was given such input; lower the "
            "learning rate, clip gradients, or check the batch"
        )
