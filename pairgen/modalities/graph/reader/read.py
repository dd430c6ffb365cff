"""Dispatch `read()` on the type of the source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from torch import Tensor
from torch.utils.data import Dataset

from pairgen.data import LabelledDataset, choose_split, list_files, read_class_folders, read_in_memory, refuse_split
from pairgen.data._errors import name_file
from pairgen.data.files import LabelOption
from pairgen.modalities.graph.io.codec import GraphItem, is_networkx
from pairgen.modalities.graph.io.files import read_text, read_tudataset, tudataset_in
from pairgen.modalities.graph.io.networks import NETWORK_SUFFIXES, read_network, suffix_of
from pairgen.modalities.graph.io.pyg import Batch, Data

__all__ = ["read"]

Source: TypeAlias = "str | os.PathLike[str] | GraphItem | Sequence[GraphItem] | Dataset[Any]"


@name_file
def read(
    source: Source, *, labels: LabelOption = None, directed: bool = False, split: str | None = None
) -> Dataset[Any]:
    """Read graphs from a path, or give graphs in memory their labels.

    Args:
        source: A TUDataset folder (`NAME_A.txt` and its companions); a `.txt` file in the text form of GIN; a
            file of one graph, plain or `.gz`: an edge list (`.edgelist`, `.edges`, `.csv`, `.tsv`), `.graphml`, `.gml`,
            `.gexf`, Pajek (`.net`, `.pajek`), `.adjlist`; graph6 and sparse6 (`.g6`, `.s6`), a graph a line; a folder
            of such files, with a folder for each class where there are classes; a PyG dataset; a graph, or a sequence
            of graphs.
        labels: None takes those that there are: of the file, the class folders, or a `y` of one whole number a graph.
            True makes their absence an error, False ignores them, a sequence gives one a graph. Whole numbers from 0 on
            keep their values, except for those of files, which are numbered in sorted order as PyG does it.
        directed: Whether edge lists are directed, which they do not say.
        split: The folder below the source that is read, such as "train".

    Returns:
        A map-style dataset of graphs, or of (graph, label) with int labels, and `.classes`, names or None.

    Raises:
        FileNotFoundError: There is nothing at the path.
        ValueError: A file is of another form, there are no graphs, or not one label a graph; names the file and the
            remedy.
        TypeError: The source is of another type.
    """
    if isinstance(source, (str, os.PathLike)):
        return _read_path(Path(source), labels, directed, split)
    refuse_split(split, f"a {type(source).__name__}")
    if isinstance(source, LabelledDataset):
        return _relabel(source, labels)
    if is_networkx(source) or (isinstance(source, Data) and not isinstance(source, Batch)):
        source = [source]
    if labels is None or labels is True:
        labels = _labels_in(source) or labels
    return read_in_memory(source, labels, "graphs")


def _read_path(path: Path, labels: LabelOption, directed: bool, split: str | None) -> Dataset[Any]:
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a TUDataset folder, or a file of graphs")
    if path.is_dir():
        path = choose_split(path, split)
        if (name := tudataset_in(path)) is not None:
            return _relabel(read_tudataset(path, name), labels)
        try:
            listing = list_files(path, [suffix + end for suffix in NETWORK_SUFFIXES for end in ("", ".gz")], "graphs")
        except ValueError as error:
            hint = "or pass a TUDataset folder, with NAME_A.txt and NAME_graph_indicator.txt"
            raise ValueError(f"{error}; {hint}") from error
        return read_class_folders(listing, [_read_single(file, directed) for file in listing.files], "graphs", labels)
    refuse_split(split, str(path))
    if suffix_of(path) == ".txt":
        return _relabel(read_text(path), labels)
    if suffix_of(path) in NETWORK_SUFFIXES:
        return _relabel(LabelledDataset(read_network(path, directed), noun="graphs"), labels)
    raise ValueError(f"{path} is no file of graphs: its name ends in none of .txt, {', '.join(NETWORK_SUFFIXES)}")


def _read_single(path: Path, directed: bool) -> GraphItem:
    graphs = read_network(path, directed)
    if len(graphs) != 1:
        raise ValueError(f"{path} holds {len(graphs)} graphs; in a folder each file is one graph: read this file alone")
    return graphs[0]


def _relabel(dataset: LabelledDataset[Any], labels: LabelOption) -> Dataset[Any]:
    """The dataset with its own labels, with those given, or without."""
    if labels is None or (labels is True and dataset.labels is not None):
        return dataset
    return read_in_memory(dataset.items, labels, "graphs")


def _labels_in(source: Any) -> list[int] | None:
    """The `y` of each graph of a sequence, where all have one whole number."""
    if not hasattr(source, "__len__") or isinstance(source, dict) or not len(source) or not isinstance(source[0], Data):
        return None
    labels = [_label_of(source[i]) for i in range(len(source))]
    return None if None in labels else [label for label in labels if label is not None]


def _label_of(graph: object) -> int | None:
    y = graph.get("y") if isinstance(graph, Data) else None
    if isinstance(y, Tensor) and y.numel() == 1 and not y.is_floating_point():
        return int(y)
    return y if isinstance(y, int) else None
