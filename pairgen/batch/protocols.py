"""What pairgen expects of batches, and of encoders whose features are needed at finer grain than one an item."""

from __future__ import annotations

from typing import Any, Protocol, Self, runtime_checkable

import torch
from torch import Tensor

from pairgen.batch.padded import SequenceFeatures

__all__ = ["Batch", "NodeEncoder", "SequenceEncoder"]


class Batch(Protocol):
    """A batch of B items: a tensor, a `PaddedBatch`, or the batch type of a modality."""

    def __len__(self) -> int:
        """Return the number of items B."""
        ...

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Self:
        """Return this batch on a device."""
        ...


@runtime_checkable
class SequenceEncoder(Protocol):
    """An encoder that gives features for each step in time, besides one vector an item."""

    @property
    def out_features(self) -> int:
        """Dimension D of the features."""
        ...

    def steps(self, views: Any) -> SequenceFeatures:
        """Encode a batch of B sequences step by step: features (B, L, D), with their lengths."""
        ...


@runtime_checkable
class NodeEncoder(Protocol):
    """An encoder that gives features for each node of its graphs, besides one vector a graph."""

    @property
    def out_features(self) -> int:
        """Dimension D of the features."""
        ...

    def nodes(self, views: Any) -> Tensor:
        """Encode a batch of graphs with N nodes in all, node by node: features (N, D)."""
        ...
