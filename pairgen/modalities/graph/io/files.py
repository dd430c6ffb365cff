"""Read files of many graphs: GIN's text form and TUDataset folders.

TUDataset folders are not read by `torch_geometric.io.read_tu_data` (as of 2.8.1): it fails for files of one row and for
labels written as floats, and without a word it takes edges across graphs, as negative numbers of nodes, and gives the
label of a graph without nodes to another one.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import one_hot
from torch_geometric.utils import coalesce, remove_self_loops

from pairgen.data import LabelledDataset, encode_labels
from pairgen.data._budget import check_budget
from pairgen.data._errors import name_file, shorten
from pairgen.modalities.graph.io.pyg import Data

__all__ = ["read_text", "read_tudataset", "tudataset_in"]

_GRAPH_BYTES = 2_000  # what a `Data` of no nodes takes


def _label(graphs: list[Data], labels: npt.NDArray[Any]) -> LabelledDataset[Data]:
    """The graphs with the labels of a file, numbered in sorted order; the classes have the names that the file has."""
    values, positions = np.unique(labels, return_inverse=True)
    names = [str(value) for value in values.tolist()]
    return LabelledDataset(graphs, *encode_labels(positions.reshape(-1), len(graphs), "graphs", names), noun="graphs")


# -- the text form of GIN, and of many after it: one file of graphs with integer tags ------------------------------


@name_file
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
    _set_tags(graphs, tags, path)
    return _label(graphs, np.array(labels))


def _parse_neighbors(listed: list[list[int]], node: int, path: Path, line: int) -> list[int]:
    row = listed[node]
    neighbors = row[2 : 2 + row[1]]
    if len(neighbors) < row[1] or any(not 0 <= other < len(listed) for other in neighbors):
        raise ValueError(
            f"{path}, line {line + 2 + node}: expected {row[1]} neighbors from 0 to {len(listed) - 1}, got {neighbors}"
        )
    return neighbors


def _set_tags(graphs: list[Data], tags: list[list[int]], path: Path) -> None:
    known = sorted({tag for row in tags for tag in row})
    if len(known) < 2:
        return
    _check_one_hot(path, sum(map(len, tags)), len(known))
    column = {tag: k for k, tag in enumerate(known)}
    for graph, row in zip(graphs, tags, strict=True):
        graph.x = one_hot(
            torch.tensor([column[tag] for tag in row], dtype=torch.int64, device="cpu"), len(known)
        ).float()


def _check_one_hot(path: Path, rows: int, values: int) -> None:
    """Refuse tags or labels, ids perhaps, whose one column a value does not fit the budget: int64, then float32."""
    check_budget(path, f"{values:,} different labels of {rows:,} nodes or edges, a column each", 12 * rows * values)


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


@name_file
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
    if edges.shape[1] != 2:
        raise ValueError(f"{raw}/{name}_A.txt has {edges.shape[1]} columns; expected the two nodes of an edge a line")
    batch = _read_table(raw / f"{name}_graph_indicator.txt", np.int64).reshape(-1) - 1
    edge_index = torch.from_numpy(np.ascontiguousarray(edges.T) - 1)
    if len(batch) == 0 or batch[0] < 0 or bool(np.any(np.diff(batch) < 0)):
        raise ValueError(f"{raw}/{name}_graph_indicator.txt must number the graph of each node, graph after graph")
    if edge_index.numel() and (int(edge_index.min()) < 0 or int(edge_index.max()) >= len(batch)):
        low, high = int(edge_index.min()) + 1, int(edge_index.max()) + 1
        raise ValueError(f"{raw}/{name}_A.txt has nodes {low} to {high}, but there are {len(batch)}")
    across = np.flatnonzero(batch[edges[:, 0] - 1] != batch[edges[:, 1] - 1])
    if len(across):
        ends = edges[across[0]].tolist()
        raise ValueError(
            f"{raw}/{name}_A.txt: edge {across[0] + 1} joins the nodes {ends}, which lie in the graphs "
            f"{[int(batch[end - 1]) + 1 for end in ends]} of {name}_graph_indicator.txt; are the files of one set?"
        )
    x = _stack_columns(table("node_attributes", np.float32), table("node_labels", np.float64), len(batch), "nodes", raw)
    attr = _stack_columns(
        table("edge_attributes", np.float32), table("edge_labels", np.float64), edge_index.shape[1], "edges", raw
    )
    edge_index, attr = _simplify(edge_index, attr, len(batch))
    count = int(batch[-1]) + 1
    check_budget(
        f"{raw}/{name}_graph_indicator.txt", f"{count:,} graphs for {len(batch):,} nodes", count * _GRAPH_BYTES
    )
    graphs = _split(edge_index, torch.from_numpy(batch), count, x, attr)
    targets = table("graph_attributes", np.float32)
    if targets is not None:
        _set_targets(graphs, torch.from_numpy(targets), raw / f"{name}_graph_attributes.txt")
    labels = table("graph_labels", np.float64)
    if labels is None:
        return LabelledDataset(graphs, noun="graphs")
    if labels.shape[1] != 1:
        raise ValueError(f"{raw}/{name}_graph_labels.txt has {labels.shape[1]} columns; expected one label a line")
    return _label(graphs, _to_integers(labels[:, 0]))


def _set_targets(graphs: list[Data], targets: Tensor, path: Path) -> None:
    """Give each graph its row of targets, as PyG does it, but with an axis of graphs: `y`, float32 (1, T)."""
    if len(targets) != len(graphs):
        raise ValueError(f"{path} has {len(targets)} rows for {len(graphs)} graphs; are the files of one set?")
    for graph, row in zip(graphs, torch.split(targets, 1), strict=True):
        graph.y = row


def _simplify(edge_index: Tensor, attr: Tensor | None, nodes: int) -> tuple[Tensor, Tensor | None]:
    """The edges without loops, each once with the sum of its attributes, as PyG reads them."""
    keys = edge_index[0] * nodes + edge_index[1]
    if not bool((edge_index[0] == edge_index[1]).any()) and len(torch.unique(keys)) == len(keys):
        return edge_index, attr
    edge_index, attr = remove_self_loops(edge_index, attr)
    if attr is None:
        return coalesce(edge_index, num_nodes=nodes), None
    edge_index, attr = coalesce(edge_index, attr, nodes)
    return edge_index, attr


def _to_integers(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whole numbers as int64: labels may be written 1.0; others as they are."""
    whole = values.astype(np.int64)
    return whole if bool(np.all(whole == values)) else values


def _split(edge_index: Tensor, batch: Tensor, count: int, x: Tensor | None, attr: Tensor | None) -> list[Data]:
    graph = batch[edge_index[0]]
    order = torch.argsort(graph, stable=True)
    edge_index, graph = edge_index[:, order], graph[order]
    starts = torch.searchsorted(batch, torch.arange(count, device=batch.device))
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
    values: npt.NDArray[Any] | None, labels: npt.NDArray[Any] | None, rows: int, what: str, raw: Path
) -> Tensor | None:
    """Attributes (n, F), then one column for each value of each label: float32, or None where there are neither."""
    columns = [] if values is None else [torch.from_numpy(values.reshape(len(values), -1))]
    for label in [] if labels is None else labels.reshape(len(labels), -1).T:
        known, positions = np.unique(label, return_inverse=True)
        _check_one_hot(raw, len(label), len(known))
        columns.append(one_hot(torch.from_numpy(positions), len(known)).float())
    for column in columns:
        if len(column) != rows:
            raise ValueError(f"{len(column)} rows of attributes or labels for {rows} {what}; are the files of one set?")
    return torch.cat(columns, dim=1) if columns else None


def _load_rows(path: Path, dtype: type) -> npt.NDArray[Any]:
    """The rows of a file (n, columns); a file without any has none, of two columns."""
    with path.open(encoding="utf-8-sig") as file:
        rows = [line.rstrip().rstrip(",") for line in file if line.strip()]
    if not rows:
        return np.empty((0, 2), dtype)
    table: npt.NDArray[Any] = np.loadtxt(rows, delimiter=",", dtype=dtype, ndmin=2)
    if table.dtype == np.float64 and not bool(np.isfinite(table).all()):
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise ValueError(f"row {row + 1} holds NaN or infinity")
    return table


def _read_table(path: Path, dtype: type) -> npt.NDArray[Any]:
    try:
        return _load_rows(path, dtype)
    except (ValueError, OSError, OverflowError) as error:
        raise ValueError(
            f"{path} is no table of numbers separated by commas ({shorten(error)}); download it again"
        ) from error
