"""The text form of GIN and of many after it: one file of graphs with integer tags."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import one_hot

from pairgen.modalities.graph.io.pyg import Data
from pairgen.modalities.graph.reader.dataset import GraphDataset, encoded

__all__ = ["read_text"]


def read_text(path: Path) -> GraphDataset:
    """Graphs of a file in the text form of GIN (Xu et al. 2019), undirected.

    The first line is the number of graphs; each graph is a line `nodes label`, then a line a node, `tag degree
    neighbour ...`, with the neighbours numbered from 0. `x` is one column a tag that occurs in the file, float32; where
    all tags are alike there is no x.

    An edge that only one of its nodes lists is taken as an edge, as GIN's own reader does, and a warning names the
    graphs where that was so. Raises ValueError with the line for anything else.
    """
    rows = _numbers(path)
    where, graphs, labels, tags, doubtful = 1, [], [], [], []
    for number in range(_row(rows, 0, path, 1)[0]):
        nodes, label = _row(rows, where, path, 2)[:2]
        listed = [_row(rows, where + 1 + node, path, 2) for node in range(nodes)]
        edges = {(node, other) for node in range(nodes) for other in _neighbours(listed, node, path, where)}
        both = edges | {(target, source) for source, target in edges}
        doubtful += [number] if len(both) > len(edges) else []
        ends = np.array(sorted(both), dtype=np.int64).reshape(-1, 2).T
        graphs.append(Data(edge_index=torch.from_numpy(ends.copy()), num_nodes=nodes))
        labels.append(label)
        tags.append([row[0] for row in listed])
        where += 1 + nodes
    if doubtful:
        first = ", ".join(map(str, doubtful[:5]))
        warnings.warn(
            f"{path}: in {len(doubtful)} of the graphs, first {first}, a node lists a neighbour that does not list it; "
            "these are taken as edges, but is the file as it was published?",
            stacklevel=2,
        )
    _give_tags(graphs, tags)
    return GraphDataset(graphs, *encoded(labels, len(graphs)))


def _neighbours(listed: list[list[int]], node: int, path: Path, where: int) -> list[int]:
    row = listed[node]
    neighbours = row[2 : 2 + row[1]]
    if len(neighbours) < row[1] or any(not 0 <= other < len(listed) for other in neighbours):
        raise ValueError(
            f"{path}, line {where + 2 + node}: expected {row[1]} neighbours from 0 to {len(listed) - 1}, "
            f"got {neighbours}"
        )
    return neighbours


def _give_tags(graphs: list[Data], tags: list[list[int]]) -> None:
    known = sorted({tag for row in tags for tag in row})
    if len(known) < 2:
        return
    column = {tag: k for k, tag in enumerate(known)}
    for graph, row in zip(graphs, tags, strict=True):
        graph.x = one_hot(torch.tensor([column[tag] for tag in row], dtype=torch.int64), len(known)).float()


def _numbers(path: Path) -> list[list[int]]:
    rows = []
    with path.open(encoding="utf-8") as file:
        for count, line in enumerate(file, start=1):
            try:
                rows.append([int(word) for word in line.split()])
            except ValueError as error:
                raise ValueError(
                    f"{path}, line {count}: {line.strip()[:60]!r} holds more than whole numbers; expected the "
                    "text form of GIN: `nodes label`, then `tag degree neighbour ...` a node"
                ) from error
    return rows


def _row(rows: list[list[int]], at: int, path: Path, least: int) -> list[int]:
    if at >= len(rows) or len(rows[at]) < least:
        found = "the end of the file" if at >= len(rows) else f"{rows[at]}"
        raise ValueError(f"{path}, line {at + 1}: expected {least} numbers or more, found {found}; is the file whole?")
    return rows[at]
