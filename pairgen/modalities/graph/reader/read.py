"""Telling sources apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from pairgen.modalities.graph.io.codec import is_networkx
from pairgen.modalities.graph.reader.dataset import GraphDataset, labelled
from pairgen.modalities.graph.reader.networks import EDGE_LISTS, GRAPHML, read_network
from pairgen.modalities.graph.reader.text import read_text
from pairgen.modalities.graph.reader.tudataset import read_tudataset, tudataset_in

__all__ = ["read"]


def read(source: Any, *, labels: Sequence[Any] | bool | None = None, directed: bool = False) -> Dataset[Any]:
    """Read graphs from a path, or give a dataset of graphs its labels.

    source: a TUDataset folder (`NAME_A.txt` and its companions); a `.txt` file in the text form of GIN; a `.graphml`
        file or an edge list (`.edgelist`, `.edges`, `.csv`, `.tsv`), one graph each, plain or `.gz`; a folder of such;
        a PyG dataset, a networkx graph, or a sequence of graphs.
    labels: None takes those that there are (the file's, or a `y` of one whole number a graph), True makes their absence
        an error, False ignores them; else one a graph.
    directed: of edge lists, which do not say.

    Returns a map-style dataset of graphs, or of (graph, label) with int labels, and `.classes`, names or None.
    Raises FileNotFoundError, ValueError with the file and the remedy, and TypeError for another source.
    """
    if isinstance(source, (str, os.PathLike)):
        return _relabelled(_from_path(Path(source), directed), labels)
    if is_networkx(source):
        return labelled([source], labels)
    if isinstance(source, GraphDataset):
        return _relabelled(source, labels)
    if not hasattr(source, "__getitem__") or not hasattr(source, "__len__") or isinstance(source, (bytes, dict)):
        raise TypeError(
            f"cannot read graphs from {type(source).__name__}; pass a path, a PyG dataset, or a sequence of graphs"
        )
    if len(source) and isinstance(source[0], tuple):
        return source  # type: ignore[no-any-return]  # (graph, label) already
    return labelled(source, labels)


def _from_path(path: Path, directed: bool) -> GraphDataset:
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a TUDataset folder, or a file of graphs")
    if path.is_dir():
        if (name := tudataset_in(path)) is not None:
            return read_tudataset(path, name)
        files = [file for file in sorted(path.iterdir()) if _kind(file) in (*GRAPHML, *EDGE_LISTS)]
        if not files:
            raise ValueError(
                f"{path} holds neither a TUDataset (NAME_A.txt, NAME_graph_indicator.txt) nor files ending in "
                f"{', '.join((*GRAPHML, *EDGE_LISTS))}; check the path"
            )
        return GraphDataset([read_network(file, directed) for file in files])
    kind = _kind(path)
    if kind == ".txt":
        return read_text(path)
    if kind in (*GRAPHML, *EDGE_LISTS):
        return GraphDataset([read_network(path, directed)])
    raise ValueError(
        f"{path} is no file of graphs: its name ends in none of .txt, {', '.join((*GRAPHML, *EDGE_LISTS))}"
    )


def _kind(path: Path) -> str:
    return (path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix).lower()


def _relabelled(dataset: GraphDataset, labels: Any) -> GraphDataset:
    if labels is None:
        return dataset
    if labels is True and dataset.labels is None:
        raise ValueError(f"labels=True, but {dataset} has none; pass a label a graph")
    if labels is True:
        return dataset
    return labelled(dataset.graphs, labels)
