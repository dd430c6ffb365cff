"""What the reader returns: graphs, and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from pairgen.modalities.graph.io.pyg import Data

__all__ = ["GraphDataset", "encoded", "labelled"]


class GraphDataset(Dataset[Any]):
    """A map-style dataset of graphs, or of (graph, label) where there are labels.

    Attributes:
        graphs: PyG `Data` or networkx graphs, in memory.
        labels: int64 (n,), positions in `classes`, or None.
        classes: name of each label, or None.
    """

    def __init__(
        self, graphs: Sequence[Any], labels: npt.NDArray[np.int64] | None = None, classes: list[str] | None = None
    ) -> None:
        if labels is not None and len(labels) != len(graphs):
            raise ValueError(f"{len(graphs)} graphs but {len(labels)} labels; pass one label a graph")
        self.graphs = graphs
        self.labels = labels
        self.classes = classes

    def __len__(self) -> int:
        return len(self.graphs)

    def __getitem__(self, index: int) -> Any:
        if self.labels is None:
            return self.graphs[index]
        return self.graphs[index], int(self.labels[index])

    def __repr__(self) -> str:
        kinds = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"GraphDataset({len(self)} graphs{kinds})"


def encoded(labels: Sequence[Any] | npt.NDArray[Any], count: int) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Labels of any sortable kind as positions in the sorted list of their names. ValueError unless one a graph."""
    values = np.asarray(labels)
    if values.shape != (count,):
        raise ValueError(f"{count} graphs need {count} labels, got shape {values.shape}")
    classes, positions = np.unique(values, return_inverse=True)
    return positions.astype(np.int64), [str(name) for name in classes.tolist()]


def labelled(graphs: Sequence[Any], labels: Any = None) -> GraphDataset:
    """A dataset of graphs, with the labels given, or else with each `y` where that is one whole number a graph."""
    if labels is None or labels is True:
        found = [_label_of(graph) for graph in graphs]
        if any(label is None for label in found):
            if labels is True:
                raise ValueError("labels=True, but not every graph has a y of one whole number; pass a label a graph")
            return GraphDataset(graphs)
        labels = found
    if labels is False:
        return GraphDataset(graphs)
    return GraphDataset(graphs, *encoded(labels, len(graphs)))


def _label_of(graph: Any) -> int | None:
    y = graph.get("y") if isinstance(graph, Data) else None
    if isinstance(y, torch.Tensor) and y.numel() == 1 and not y.is_floating_point():
        return int(y)
    return y if isinstance(y, int) else None
