"""Folders of the TUDataset collection: Morris et al. 2020, "TUDataset"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from pairgen.modalities.graph.io.pyg import Data
from pairgen.modalities.graph.reader.dataset import GraphDataset, encoded

__all__ = ["read_tudataset", "tudataset_in"]


def tudataset_in(folder: Path) -> str | None:
    """The name of the data set whose `NAME_A.txt` and `NAME_graph_indicator.txt` lie in the folder, or in its raw/."""
    for path in sorted([*folder.glob("*_A.txt"), *folder.glob("raw/*_A.txt")]):
        name = path.name.removesuffix("_A.txt")
        if path.with_name(f"{name}_graph_indicator.txt").exists():
            return name
    return None


def read_tudataset(folder: Path, name: str) -> GraphDataset:
    """The graphs of a TUDataset folder.

    x: the node attributes, then one column a kind of node label; edge_attr likewise; each only where there are such.
    Labels are those of `NAME_graph_labels.txt`, where there is one. Raises ValueError for files that contradict each
    other, with their names.
    """
    home = folder if (folder / f"{name}_A.txt").exists() else folder / "raw"

    def table(what: str, dtype: type) -> npt.NDArray[Any] | None:
        path = home / f"{name}_{what}.txt"
        return _table(path, dtype) if path.exists() else None

    edges, owner = _table(home / f"{name}_A.txt", np.int64), _table(home / f"{name}_graph_indicator.txt", np.int64)
    owner = owner.reshape(-1) - 1
    ends = torch.from_numpy(edges.reshape(-1, 2).T - 1)
    if len(owner) == 0 or bool(np.any(np.diff(owner) < 0)):
        raise ValueError(f"{home}/{name}_graph_indicator.txt must number the graph of each node, graph after graph")
    if ends.numel() and (int(ends.min()) < 0 or int(ends.max()) >= len(owner)):
        raise ValueError(
            f"{home}/{name}_A.txt has nodes {int(ends.min()) + 1} to {int(ends.max()) + 1}, but there are {len(owner)}"
        )
    x = _side_by_side(table("node_attributes", np.float32), table("node_labels", np.int64), len(owner), "nodes")
    attr = _side_by_side(table("edge_attributes", np.float32), table("edge_labels", np.int64), ends.shape[1], "edges")
    count = int(owner[-1]) + 1
    graphs = _split(ends, torch.from_numpy(owner), count, x, attr)
    labels = table("graph_labels", np.int64)
    return GraphDataset(graphs, *encoded(labels.reshape(-1), count)) if labels is not None else GraphDataset(graphs)


def _split(ends: Tensor, owner: Tensor, count: int, x: Tensor | None, attr: Tensor | None) -> list[Data]:
    graph = owner[ends[0]]
    order = torch.argsort(graph, stable=True)
    ends, graph = ends[:, order], graph[order]
    numbers = torch.arange(count)
    starts = torch.searchsorted(owner, numbers)
    sizes = torch.bincount(owner, minlength=count).tolist()
    parts = torch.bincount(graph, minlength=count).tolist()
    edges = torch.split(ends - starts[graph], parts, dim=1)
    graphs = [Data(edge_index=part.contiguous(), num_nodes=size) for part, size in zip(edges, sizes, strict=True)]
    for name, values, lengths in (("x", x, sizes), ("edge_attr", None if attr is None else attr[order], parts)):
        if values is not None:
            for one, part in zip(graphs, torch.split(values, lengths), strict=True):
                one[name] = part
    return graphs


def _side_by_side(values: Any, kinds: Any, rows: int, what: str) -> Tensor | None:
    """Attributes (n, F) and, for each column of labels, one column a kind: float32, or None where there are neither."""
    columns = [] if values is None else [torch.from_numpy(values.reshape(len(values), -1))]
    for kind in [] if kinds is None else kinds.reshape(len(kinds), -1).T:
        known, positions = np.unique(kind, return_inverse=True)
        columns.append(one_hot(torch.from_numpy(positions), len(known)).float())
    for column in columns:
        if len(column) != rows:
            raise ValueError(f"{len(column)} rows of attributes or labels for {rows} {what}; are the files of one set?")
    return torch.cat(columns, dim=1) if columns else None


def _table(path: Path, dtype: type) -> npt.NDArray[Any]:
    try:
        return np.loadtxt(path, delimiter=",", dtype=dtype, ndmin=1)
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is no table of numbers separated by commas ({error}); download it again") from error
