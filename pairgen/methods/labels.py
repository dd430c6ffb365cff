"""The classes of a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from pairgen.pairs import PairBatch

__all__ = ["labels_of"]


def labels_of(batch: PairBatch, method: str) -> Tensor:
    """The labels int64 (B,) of a batch. ValueError without, TypeError for labels that are no classes."""
    label = batch.label
    if label is None:
        raise ValueError(
            f"{method} learns from labels, and the batch has none: give a data set of (item, label), or train with "
            "SimCLR, which needs none"
        )
    if not isinstance(label, Tensor) or label.is_floating_point():
        got = f"a tensor of {label.dtype}" if isinstance(label, Tensor) else f"a {type(label).__name__}"
        raise TypeError(
            f"{method} learns from classes, one integer an item, and the labels are {got}; number the classes, as "
            "np.unique(labels, return_inverse=True)[1] does"
        )
    return label.to(torch.int64)
