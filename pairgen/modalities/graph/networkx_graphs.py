"""networkx graphs as `Data` and back: nodes keep their names, nodes and edges their attributes.

A graph of Python dictionaries costs a dictionary a node and an edge, copied; everything else here is done on arrays.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.graph.graphs import EDGE_ID, NODE_ID, UNDIRECTED
from pairgen.modalities.graph.pyg import Data

__all__ = ["data_of", "graph_of"]

_TAKEN = ("edge", "index", "batch", "ptr", "num_nodes", "face", NODE_ID, EDGE_ID, UNDIRECTED)


def data_of(graph: Any) -> Data:
    """A `Data` with `edge_index`, both directions for an undirected graph, `n_id` in the order of the nodes, and

    - a tensor for each attribute that all nodes have as a number or an equally long list of numbers, under its name;
    - one for each such attribute of the edges as `edge_NAME` (`weight` becomes `edge_weight`);
    - for multigraphs `e_id`, the position in `graph.edges`.

    Python's floats stay float64. Other attributes, and those whose name PyG would read otherwise ("index", "batch"),
    stay with the networkx graph and come back with the view. ValueError for a graph without nodes.
    """
    if len(graph) == 0:
        raise ValueError(f"{graph} has no nodes; leave it out of the data")
    opened = Data(**{NODE_ID: torch.arange(len(graph)), UNDIRECTED: not graph.is_directed()})
    opened.update(_columns([attributes for _, attributes in graph.nodes(data=True)], ""))
    number = dict(zip(graph, range(len(graph)), strict=True))
    if graph.is_multigraph():
        return _with_multiedges(opened, graph, number)
    adjacency = list(graph._adj.values())  # the dictionaries themselves: `graph.adj` wraps each look-up
    degrees = np.fromiter(map(len, adjacency), np.int64, len(graph))
    ends = np.fromiter(map(number.__getitem__, chain.from_iterable(adjacency)), np.int64, int(degrees.sum()))
    opened.edge_index = torch.from_numpy(np.stack([np.repeat(np.arange(len(graph)), degrees), ends]))
    rows = chain.from_iterable(neighbours.values() for neighbours in adjacency)
    opened.update(_columns(list(rows) if any(next(iter(n.values()), None) for n in adjacency) else [], "edge_"))
    return opened


def _with_multiedges(opened: Data, graph: Any, number: dict[Any, int]) -> Data:
    edges = list(graph.edges(data=True))
    ends = np.array([(number[s], number[t]) for s, t, _ in edges], dtype=np.int64).reshape(-1, 2).T
    order = np.arange(len(edges))
    if not graph.is_directed():
        back = np.flatnonzero(ends[0] != ends[1])
        ends, order = np.concatenate([ends, ends[::-1, back]], axis=1), np.concatenate([order, back])
    opened.edge_index, opened[EDGE_ID] = torch.from_numpy(np.ascontiguousarray(ends)), torch.from_numpy(order)
    columns = _columns([attributes for *_, attributes in edges], "edge_")
    opened.update({name: values[torch.from_numpy(order)] for name, values in columns.items()})
    return opened


def _columns(rows: list[dict[str, Any]], prefix: str) -> dict[str, Tensor]:
    """The attributes that all rows have as numbers, as tensors; NaN among them, which the check then finds."""
    columns = {}
    for name in rows[0] if rows else ():
        key = f"{prefix}{name}".replace("edge_edge_", "edge_")
        if not isinstance(name, str) or any(word in name for word in _TAKEN) or not all(name in row for row in rows):
            continue
        try:
            values = np.array([row[name] for row in rows])
        except ValueError:  # lists of different lengths
            continue
        if values.dtype.kind in "bif":
            columns[key] = torch.from_numpy(values)
    return columns


# -- back --------------------------------------------------------------------------------------------------------


def graph_of(view: Data, original: Any) -> Any:
    """The view as a graph of the original's class, with its names and attributes.

    Attributes that the view changed (masked features) are written as Python numbers or lists; all others are the
    original's own objects. New edges have no attributes.
    """
    names = list(original)
    kept = [names[i] for i in view[NODE_ID].tolist()]
    graph = original.__class__()
    graph.graph.update(original.graph)
    changed = _changed(view, original)
    nodes = original.nodes
    graph.add_nodes_from((name, {**nodes[name], **changed.get(i, {})}) for i, name in enumerate(kept))
    source, target = view.edge_index.tolist()
    if original.is_multigraph():
        graph.add_edges_from(_multiedges(view, original, kept))
    elif type(original) in (nx.Graph, nx.DiGraph):
        _fill(graph, original, kept, source, target)
    else:
        adjacency = original.adj
        ends = ((kept[s], kept[t]) for s, t in zip(source, target, strict=True))
        graph.add_edges_from((s, t, adjacency[s].get(t, {}) if s in adjacency else {}) for s, t in ends)
    return graph


def _fill(graph: Any, original: Any, names: list[Any], source: list[int], target: list[int]) -> None:
    """Write the edges into the dictionaries of networkx's own two classes: three times as fast as add_edges_from."""
    directed = graph.is_directed()
    rows, old = [graph._adj[name] for name in names], [original._adj[name] for name in names]
    back = [graph._pred[name] for name in names] if directed else rows
    for s, t in zip(source, target, strict=True):
        if directed or s <= t:
            tail, head = names[s], names[t]
            data = old[s].get(head)
            rows[s][head] = back[t][tail] = data.copy() if data else {}


def _multiedges(view: Data, original: Any, names: list[Any]) -> Iterable[tuple[Any, ...]]:
    edges = list(original.edges(keys=True, data=True))
    once = not original.is_directed()
    seen: set[int] = set()
    for s, t, e in zip(*view.edge_index.tolist(), view[EDGE_ID].tolist(), strict=True):
        if e < 0:
            if s <= t or not once:
                yield names[s], names[t]
        elif e not in seen:
            seen.add(e)
            _, _, key, data = edges[e]
            yield names[s], names[t], key, data


def _changed(view: Data, original: Any) -> dict[int, dict[str, Any]]:
    """What the view has otherwise than the original: node of the view -> name -> value."""
    changed: dict[int, dict[str, Any]] = {}
    for name, values in _columns([attributes for _, attributes in original.nodes(data=True)], "").items():
        now, before = view[name], values[view[NODE_ID]]
        for i in (now != before).reshape(len(now), -1).any(dim=1).nonzero().squeeze(1).tolist():
            changed.setdefault(i, {})[name] = now[i].tolist()
    return changed
