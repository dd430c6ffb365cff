"""Read files of graphs: GIN's text form, TUDataset folders, GraphML and edge lists."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from pairgen.data import LabelledDataset, encode_labels
from pairgen.modalities.graph.io.pyg import Data

__all__ = ["EDGE_LISTS", "GRAPHML", "read_network", "read_text", "read_tudataset", "suffix_of", "tudataset_in"]

GRAPHML = (".graphml",)
EDGE_LISTS = (".edgelist", ".edges", ".csv", ".tsv")


# -- single graphs: GraphML and edge lists -------------------------------------------------------------------------


def suffix_of(path: Path) -> str:
    """Return the suffix in lower case, without a final `.gz`."""
    return (path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix).lower()


def read_network(path: Path, directed: bool = False) -> nx.Graph:
    """Read one networkx graph from a file, plain or `.gz`.

    An edge list has an edge a line, two names and perhaps a number, its `weight`, separated by blanks, or by commas in
    `.csv`; `#` starts a comment. Names that are whole numbers become such.

    Args:
        path: A GraphML file or an edge list.
        directed: Whether an edge list is directed; GraphML says it itself.

    Raises:
        ValueError: The file is of another form; names it, and the line.
    """
    suffix = suffix_of(path)
    form = "GraphML" if suffix in GRAPHML else "an edge list"
    try:
        if suffix in GRAPHML:
            graph: nx.Graph = nx.read_graphml(path)
            return graph
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            return _parse_edge_list(file, "," if suffix == ".csv" else None, directed)
    except (ParseError, nx.NetworkXError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as {form}: {error}") from error


def _parse_edge_list(lines: Iterable[str], separator: str | None, directed: bool) -> nx.Graph:
    graph = nx.DiGraph() if directed else nx.Graph()
    for number, line in enumerate(lines, start=1):
        words = [word.strip() for word in line.split("#")[0].split(separator)]
        if not any(words):
            continue
        if len(words) not in (2, 3):
            raise ValueError(f"line {number} is {line.strip()!r}; expected two names and perhaps a weight")
        ends = [int(word) if word.lstrip("-").isdigit() else word for word in words[:2]]
        graph.add_edge(*ends, **({"weight": float(words[2])} if len(words) == 3 else {}))
    if len(graph) == 0:
        raise ValueError("there are no edges in it")
    return graph


def _label(graphs: list[Data], labels: npt.NDArray[np.int64]) -> LabelledDataset[Data]:
    """The graphs with the labels of a file, numbered in sorted order; the classes have the names that the file has."""
    values, positions = np.unique(labels, return_inverse=True)
    names = [str(value) for value in values.tolist()]
    return LabelledDataset(graphs, *encode_labels(positions.reshape(-1), len(graphs), "graphs", names), noun="graphs")


# -- the text form of GIN, and of many after it: one file of graphs with integer tags ------------------------------


def read_text(path: Path) -> LabelledDataset[Data]:
    """Read a file of graphs in the text form of GIN (Xu et al. 2019), undirected.

    The first line is the number of graphs; each graph is a line `nodes label`, then a line a node, `tag degree
    neighbor ...`, with the neighbors numbered from 0. `x` is one column a tag that occurs in the file, float32; where
    all tags are alike there is no x. Labels are numbered in sorted order; `classes` has them as they are in the file.

    An edge that only one of its nodes lists is taken as an edge, as GIN's own reader does, and a warning names the
    graphs where that was so.

    Raises:
        ValueError: The file is of another form; names the line.
    """
    rows = _read_numbers(path)
    if _check_row(rows, 0, path, 1)[0] < 1:
        raise ValueError(f"{path} holds no graphs: its first line, their number, is {rows[0][0]}; is the file whole?")
    line, graphs, labels, tags, doubtful = 1, [], [], [], []
    for number in range(rows[0][0]):
        nodes, label = _check_row(rows, line, path, 2)[:2]
        listed = [_check_row(rows, line + 1 + node, path, 2) for node in range(nodes)]
        edges = {(node, other) for node in range(nodes) for other in _parse_neighbors(listed, node, path, line)}
        both = edges | {(target, source) for source, target in edges}
        doubtful += [number] if len(both) > len(edges) else []
        edge_index = np.array(sorted(both), dtype=np.int64).reshape(-1, 2).T
        graphs.append(Data(edge_index=torch.from_numpy(edge_index.copy()), num_nodes=nodes))
        labels.append(label)
        tags.append([row[0] for row in listed])
        line += 1 + nodes
    if doubtful:
        first = ", ".join(map(str, doubtful[:5]))
        warnings.warn(
            f"{path}: in {len(doubtful)} of the graphs, first {first}, a node lists a neighbor that does not list it; "
            "these are taken as edges, but is the file as it was published?",
            stacklevel=2,
        )
    _set_tags(graphs, tags)
    return _label(graphs, np.array(labels))


def _parse_neighbors(listed: list[list[int]], node: int, path: Path, line: int) -> list[int]:
    row = listed[node]
    neighbors = row[2 : 2 + row[1]]
    if len(neighbors) < row[1] or any(not 0 <= other < len(listed) for other in neighbors):
        raise ValueError(
            f"{path}, line {line + 2 + node}: expected {row[1]} neighbors from 0 to {len(listed) - 1}, got {neighbors}"
        )
    return neighbors


def _set_tags(graphs: list[Data], tags: list[list[int]]) -> None:
    known = sorted({tag for row in tags for tag in row})
    if len(known) < 2:
        return
    column = {tag: k for k, tag in enumerate(known)}
    for graph, row in zip(graphs, tags, strict=True):
        graph.x = one_hot(torch.tensor([column[tag] for tag in row], dtype=torch.int64), len(known)).float()


def _read_numbers(path: Path) -> list[list[int]]:
    rows = []
    with path.open(encoding="utf-8") as file:
        for count, line in enumerate(file, start=1):
            try:
                rows.append([int(word) for word in line.split()])
            except ValueError as error:
                raise ValueError(
                    f"{path}, line {count}: {line.strip()[:60]!r} holds more than whole numbers; expected the "
                    "text form of GIN: `nodes label`, then `tag degree neighbor ...` a node"
                ) from error
    return rows


def _check_row(rows: list[list[int]], at: int, path: Path, least: int) -> list[int]:
    if at >= len(rows) or len(rows[at]) < least:
        rest = "the end of the file" if at >= len(rows) else f"{rows[at]}"
        raise ValueError(f"{path}, line {at + 1}: expected {least} numbers or more, found {rest}; is the file whole?")
    return rows[at]


# -- TUDataset -----------------------------------------------------------------------------------------------------


def tudataset_in(folder: Path) -> str | None:
    """Return the NAME whose `NAME_A.txt` and `NAME_graph_indicator.txt` lie in the folder, or in its raw/, or None."""
    for path in sorted([*folder.glob("*_A.txt"), *folder.glob("raw/*_A.txt")]):
        name = path.name.removesuffix("_A.txt")
        if path.with_name(f"{name}_graph_indicator.txt").exists():
            return name
    return None


def read_tudataset(folder: Path, name: str) -> LabelledDataset[Data]:
    """Read the graphs of a folder of the TUDataset collection (Morris et al. 2020).

    `x` holds the node attributes, then one column for each value of each node label; `edge_attr` likewise; each only
    where there are such. The labels of `NAME_graph_labels.txt`, where it exists, are numbered in sorted order, as PyG
    does it; `classes` has them as they were.

    Args:
        folder: The folder, or the one above its `raw/`.
        name: Name of the data set, with which its files begin.

    Raises:
        ValueError: Files contradict each other, or one is no table of numbers; names them.
    """
    raw = folder if (folder / f"{name}_A.txt").exists() else folder / "raw"

    def table(what: str, dtype: type) -> npt.NDArray[Any] | None:
        path = raw / f"{name}_{what}.txt"
        return _read_table(path, dtype) if path.exists() else None

    edges = _read_table(raw / f"{name}_A.txt", np.int64)
    batch = _read_table(raw / f"{name}_graph_indicator.txt", np.int64).reshape(-1) - 1
    edge_index = torch.from_numpy(edges.reshape(-1, 2).T - 1)
    if len(batch) == 0 or bool(np.any(np.diff(batch) < 0)):
        raise ValueError(f"{raw}/{name}_graph_indicator.txt must number the graph of each node, graph after graph")
    if edge_index.numel() and (int(edge_index.min()) < 0 or int(edge_index.max()) >= len(batch)):
        low, high = int(edge_index.min()) + 1, int(edge_index.max()) + 1
        raise ValueError(f"{raw}/{name}_A.txt has nodes {low} to {high}, but there are {len(batch)}")
    x = _stack_columns(table("node_attributes", np.float32), table("node_labels", np.int64), len(batch), "nodes")
    attr = _stack_columns(
        table("edge_attributes", np.float32), table("edge_labels", np.int64), edge_index.shape[1], "edges"
    )
    count = int(batch[-1]) + 1
    graphs = _split(edge_index, torch.from_numpy(batch), count, x, attr)
    labels = table("graph_labels", np.int64)
    return LabelledDataset(graphs, noun="graphs") if labels is None else _label(graphs, labels)


def _split(edge_index: Tensor, batch: Tensor, count: int, x: Tensor | None, attr: Tensor | None) -> list[Data]:
    graph = batch[edge_index[0]]
    order = torch.argsort(graph, stable=True)
    edge_index, graph = edge_index[:, order], graph[order]
    starts = torch.searchsorted(batch, torch.arange(count))
    num_nodes = torch.bincount(batch, minlength=count).tolist()
    num_edges = torch.bincount(graph, minlength=count).tolist()
    parts = torch.split(edge_index - starts[graph], num_edges, dim=1)
    graphs = [Data(edge_index=part.contiguous(), num_nodes=n) for part, n in zip(parts, num_nodes, strict=True)]
    columns = (("x", x, num_nodes), ("edge_attr", None if attr is None else attr[order], num_edges))
    for name, values, lengths in columns:
        if values is not None:
            for data, part in zip(graphs, torch.split(values, lengths), strict=True):
                data[name] = part
    return graphs


def _stack_columns(
    values: npt.NDArray[Any] | None, labels: npt.NDArray[Any] | None, rows: int, what: str
) -> Tensor | None:
    """Attributes (n, F), then one column for each value of each label: float32, or None where there are neither."""
    columns = [] if values is None else [torch.from_numpy(values.reshape(len(values), -1))]
    for label in [] if labels is None else labels.reshape(len(labels), -1).T:
        known, positions = np.unique(label, return_inverse=True)
        columns.append(one_hot(torch.from_numpy(positions), len(known)).float())
    for column in columns:
        if len(column) != rows:
            raise ValueError(f"{len(column)} rows of attributes or labels for {rows} {what}; are the files of one set?")
    return torch.cat(columns, dim=1) if columns else None


def _read_table(path: Path, dtype: type) -> npt.NDArray[Any]:
    try:
        return np.loadtxt(path, delimiter=",", dtype=dtype, ndmin=1)
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is no table of numbers separated by commas ({error}); download it again") from error
