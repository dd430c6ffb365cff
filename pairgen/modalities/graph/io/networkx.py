"""networkx graphs as `Data` and back: nodes keep their names, nodes and edges their attributes.

A graph of Python dictionaries costs a dictionary a node and an edge, copied; everything else here is done on arrays.
"""

from __future__ import annotations

import gc
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import Tensor

from pairgen.modalities.graph.batch.graphs import EDGE_ID, ITEM_UNDIRECTED, NODE_ID, UNDIRECTED, Level, set_levels
from pairgen.modalities.graph.io.pyg import Data

__all__ = ["data_from_networkx", "data_to_networkx"]

Entries = Iterable[tuple[int, int]]
Columns = Mapping[str, Sequence[Any]]

_RESERVED = ("edge", "ptr", "num_nodes", "face", "adj", "adj_t", NODE_ID, EDGE_ID, UNDIRECTED, ITEM_UNDIRECTED)
_VIEWS = ("adj", "succ", "pred", "nodes", "edges", "out_edges", "in_edges", "degree", "in_degree", "out_degree")
_SCALARS = (int, float, str, bool, type(None))


def _is_reserved(name: str) -> bool:
    """Whether PyG, or pairgen, reads another meaning into an attribute of this name."""
    return name in _RESERVED or name.startswith("edge_") or "index" in name or "batch" in name


def data_from_networkx(graph: nx.Graph) -> Data:
    """Return a `Data` with `edge_index`, both directions for an undirected graph, and `n_id` in the order of the nodes.

    It also holds

    - a tensor for each attribute that all nodes have as a number or an equally long list of numbers, under its name;
    - one for each such attribute of the edges as `edge_NAME` (`weight` becomes `edge_weight`);
    - for multigraphs `e_id`, the position in `graph.edges`.

    Python's floats stay float64. Other attributes, and those whose name PyG would read otherwise ("index", "batch"),
    stay with the networkx graph and come back with the view.

    Raises:
        ValueError: The graph has no nodes.
    """
    if len(graph) == 0:
        raise ValueError(f"{graph} has no nodes; leave it out of the data")
    data = Data(
        **{
            NODE_ID: torch.arange(len(graph), device="cpu"),
            UNDIRECTED: torch.tensor([not graph.is_directed()], device="cpu"),
        }
    )
    data.update(_columns([attributes for _, attributes in graph.nodes(data=True)], ""))
    levels: dict[str, Level] = dict.fromkeys(data.keys(), "node")
    number = dict(zip(graph, range(len(graph)), strict=True))
    if graph.is_multigraph():
        _add_multiedges(data, graph, number)
    else:
        _add_edges(data, graph, number)
    set_levels(data, {key: levels.get(key, "edge") for key in data.keys()})  # noqa: SIM118
    return data


def _add_edges(data: Data, graph: nx.Graph, number: Mapping[Hashable, int]) -> None:
    adjacency = list(graph._adj.values())  # the dictionaries themselves: `graph.adj` wraps each look-up
    degrees = np.fromiter(map(len, adjacency), np.int64, len(graph))
    ends = np.fromiter(map(number.__getitem__, chain.from_iterable(adjacency)), np.int64, int(degrees.sum()))
    data.edge_index = torch.from_numpy(np.stack([np.repeat(np.arange(len(graph)), degrees), ends]))
    rows = chain.from_iterable(neighbors.values() for neighbors in adjacency)
    data.update(_columns(list(rows) if any(next(iter(n.values()), None) for n in adjacency) else [], "edge_"))


def _add_multiedges(data: Data, graph: nx.MultiGraph, number: Mapping[Hashable, int]) -> None:
    edges = list(graph.edges(data=True))
    ends = np.array([(number[s], number[t]) for s, t, _ in edges], dtype=np.int64).reshape(-1, 2).T
    order = np.arange(len(edges))
    if not graph.is_directed():
        back = np.flatnonzero(ends[0] != ends[1])
        ends, order = np.concatenate([ends, ends[::-1, back]], axis=1), np.concatenate([order, back])
    data.edge_index, data[EDGE_ID] = torch.from_numpy(np.ascontiguousarray(ends)), torch.from_numpy(order)
    columns = _columns([attributes for *_, attributes in edges], "edge_")
    data.update({name: values[torch.from_numpy(order)] for name, values in columns.items()})


def _columns(rows: Sequence[Mapping[str, object]], prefix: str) -> dict[str, Tensor]:
    """The attributes that all rows have as numbers, as tensors; the check of the item looks for NaN."""
    columns = {}
    for name in rows[0] if rows else ():
        if not isinstance(name, str) or _is_reserved(name) or not all(name in row for row in rows):
            continue
        try:
            values = np.array([row[name] for row in rows])
        except ValueError:  # lists of different lengths
            continue
        if values.dtype.kind in "bif" and values.dtype.itemsize <= 8:
            columns[prefix + name] = torch.from_numpy(values.astype(values.dtype.newbyteorder("="), copy=False))
    return columns


# -- back --------------------------------------------------------------------------------------------------------


def data_to_networkx(view: Data, original: nx.Graph) -> nx.Graph:
    """Return the view as a graph of the original's class, with its names and attributes.

    What the view changed (masked features, weights) is written as Python numbers or lists; all else are the original's
    own objects. New edges have no attribute but `weight`, where edges have one.
    """
    with _no_garbage_collection():
        return _build(view, original)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Thousands of new dictionaries set off several collections, which find nothing and take half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _build(view: Data, original: nx.Graph) -> nx.Graph:
    names = list(original)
    kept = [names[i] for i in view[NODE_ID].tolist()]
    graph, base = _empty_like(original)
    graph.graph.update(original.graph)
    changed, nodes = _changes(view, original), original.nodes
    base.add_nodes_from(graph, ((name, {**nodes[name], **changed.get(i, {})}) for i, name in enumerate(kept)))
    (source, target), values = view.edge_index.tolist(), _edge_values(view)
    ends = zip(source, target, strict=True)  # one pair at a time: a list of them costs a collection of garbage or two
    if original.is_multigraph():
        base.add_edges_from(graph, _multiedges(view, original, kept, ends, values))
    elif type(original) in (nx.Graph, nx.DiGraph):
        _fill(graph, original, kept, ends, values)
    else:
        old = original.adj
        base.add_edges_from(
            graph,
            ((kept[s], kept[t], _attributes(old[kept[s]].get(kept[t]), values, i)) for i, (s, t) in enumerate(ends)),
        )
    return graph


def _empty_like(original: nx.Graph) -> tuple[nx.Graph, type[nx.Graph]]:
    """An empty graph of the original's class, and the class of networkx below it, whose methods only store.

    A user's class may build edges, or want arguments, when it is called; its attributes are taken over instead.
    """
    for base in (nx.MultiDiGraph, nx.MultiGraph, nx.DiGraph, nx.Graph):
        if isinstance(original, base):
            break
    if type(original) is base:
        return base(), base
    graph: nx.Graph = object.__new__(type(original))
    graph.__dict__.update((key, value) for key, value in vars(original).items() if key not in _VIEWS)
    graph.__networkx_cache__ = {}
    graph.graph = graph.graph_attr_dict_factory()
    graph._node = graph.node_dict_factory()
    graph._adj = graph.adjlist_outer_dict_factory()
    if graph.is_directed():
        graph._pred = graph.adjlist_outer_dict_factory()
    return graph, base


def _fill(graph: nx.Graph, original: nx.Graph, names: Sequence[Hashable], ends: Entries, values: Columns) -> None:
    """Write the edges into the dictionaries of networkx's own two classes: `add_edges_from` without its checks."""
    directed = graph.is_directed()
    rows, old = [graph._adj[name] for name in names], [original._adj[name] for name in names]
    back = [graph._pred[name] for name in names] if directed else rows
    for i, (s, t) in enumerate(ends):
        if directed or s <= t:
            tail, head = names[s], names[t]
            data = old[s].get(head)
            rows[s][head] = back[t][tail] = _attributes(data, values, i) if data or values else {}


def _multiedges(
    view: Data, original: nx.MultiGraph, names: Sequence[Hashable], ends: Entries, values: Columns
) -> Iterable[tuple[Any, ...]]:
    old = list(original.edges(keys=True, data=True))
    numbers = view[EDGE_ID].tolist() if EDGE_ID in view else [-1] * view.edge_index.shape[1]
    seen: set[int] = set()
    for i, ((s, t), e) in enumerate(zip(ends, numbers, strict=True)):
        if e < 0:
            if s <= t or original.is_directed():
                yield names[s], names[t], _attributes(None, values, i)
        elif e not in seen:
            seen.add(e)
            yield names[s], names[t], old[e][2], _attributes(old[e][3], values, i)


def _edge_values(view: Data) -> dict[str, list[Any]]:
    """The view's attributes of edges by their names in networkx."""
    named = [key for key in view.keys() if key.startswith("edge_") and key != "edge_index"]  # noqa: SIM118
    return {key.removeprefix("edge_"): view[key].tolist() for key in named}


def _attributes(old: Mapping[str, Any] | None, values: Columns, i: int) -> dict[str, Any]:
    """The attributes of edge i: the old ones with what has changed, or the weight of a new edge."""
    if old is None:
        return {"weight": values["weight"][i]} if "weight" in values else {}
    changed = {}
    for name, column in values.items():
        before = old.get(name)
        if (before if isinstance(before, _SCALARS) else np.asarray(before).tolist()) != column[i]:
            changed[name] = column[i]
    return {**old, **changed}


def _changes(view: Data, original: nx.Graph) -> dict[int, dict[str, Any]]:
    """The attributes in which the view differs from the original: node of the view -> name -> value."""
    changed: dict[int, dict[str, Any]] = {}
    for name, values in _columns([attributes for _, attributes in original.nodes(data=True)], "").items():
        now, before = view[name], values[view[NODE_ID]]
        for i in (now != before).reshape(len(now), -1).any(dim=1).nonzero().squeeze(1).tolist():
            changed.setdefault(i, {})[name] = now[i].tolist()
    return changed
