"""Embeddings for the tests of the losses, and every loss of two views under one signature."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.losses import info_nce, margin_contrastive, nt_xent, supcon


def embeddings(n: int, d: int = 6, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """(2, n, d): two views whose rows resemble each other."""
    values = torch.randn(2, n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    values[1] += values[0]
    return values


def labels(n: int, classes: int = 3) -> Tensor:
    """0, 1, 2, 0, 1, 2, ..."""
    return torch.arange(n) % classes


def cosines(first: Any, second: Any) -> np.ndarray:
    """float64 (N, M): the cosine of each row of one with each of the other, in plain NumPy."""
    a, b = (np.asarray(rows, dtype=np.float64) for rows in (first, second))
    return np.array([[x @ y / (np.linalg.norm(x) * np.linalg.norm(y)) for y in b] for x in a])


def log_sum(values: Any) -> float:
    """Log of the sum of the exponentials, in float64."""
    values = np.asarray(list(values), dtype=np.float64)
    return float(values.max() + np.log(np.exp(values - values.max()).sum()))


def _with_labels(first: Tensor, second: Tensor, temperature: Any = 0.5, *, one: bool = False, **options: Any) -> Tensor:
    known = labels(len(first)).to(first.device)
    return supcon(*((first,) if one else (first, second)), labels=known, temperature=temperature, **options)


def _with_queue(first: Tensor, second: Tensor, temperature: Any = 0.5, *, keys: bool = False, **options: Any) -> Tensor:
    queue = torch.randn(9, first.shape[1], generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    queue = (8 * queue).round() / 8  # the same in half precision
    return info_nce(first, second, temperature, negatives=queue.to(first), in_batch=keys, **options)


TEMPERED: dict[str, Callable[..., Tensor]] = {
    "nt_xent": lambda a, b, t=0.5, **o: nt_xent(a, b, temperature=t, **o),
    "nt_xent of four views": lambda a, b, t=0.5, **o: nt_xent(a, b, a.flip(1), b.flip(1), temperature=t, **o),
    "supcon": _with_labels,
    "supcon in": partial(_with_labels, form="in"),
    "supcon first": partial(_with_labels, anchors="first"),
    "supcon one view": partial(_with_labels, one=True),
    "info_nce": partial(info_nce),
    "info_nce symmetric": partial(info_nce, symmetric=True),
    "info_nce queue": _with_queue,
    "info_nce both": partial(_with_queue, keys=True),
    "info_nce ids": lambda a, b, t=0.5, **o: info_nce(a, b, t, ids=labels(len(a)).to(a.device), symmetric=True, **o),
    "info_nce dot": partial(info_nce, similarity="dot", symmetric=True),
}
"""Losses with a temperature: (first, second, temperature=0.5, *, tile, gather) -> scalar."""

ALL: dict[str, Callable[..., Tensor]] = {
    **TEMPERED,
    "margin": lambda a, b, t=1.0, **o: margin_contrastive(a, b, labels(len(a), 2).to(a.device), t, **o),
    "margin cosine": lambda a, b, t=1.0, **o: margin_contrastive(
        a, b, labels(len(a), 2).to(a.device), t, distance="cosine", **o
    ),
}
