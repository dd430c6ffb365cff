"""Graphs for the property-testing kit: strategies of items, invalid ones, and what each augmentation guarantees.

Needs hypothesis (the extra `testing`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Mapping
from itertools import combinations

import networkx as nx
import numpy as np
import torch
from hypothesis import strategies as st

from pairgen.modalities.graph.augmentations import GraphAugmentation, NodeDrop, Subgraph
from pairgen.modalities.graph.batch.collate import collate
from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED
from pairgen.modalities.graph.io.codec import GraphItem, decode_graph, is_networkx
from pairgen.modalities.graph.io.pyg import Batch, Data
from pairgen.testing.spec import CheckSpec, Forms, Tags

__all__ = ["batches", "check_spec", "data", "networkx_graphs"]

_FEATURES = 3
_CLASSES = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)
_EDGE = torch.tensor([[0], [1]])

_INVALID: Mapping[str, Callable[[], object]] = {
    "no graph": lambda: [[0, 1], [1, 0]],
    "no nodes": lambda: nx.Graph(),
    "edges to nodes that are not there": lambda: Data(x=torch.zeros(1, 2), edge_index=_EDGE),
    "edges of floats": lambda: Data(x=torch.zeros(2, 2), edge_index=_EDGE.float()),
    "NaN": lambda: Data(x=torch.full((2, 2), torch.nan), edge_index=_EDGE),
    "a sparse adjacency": lambda: Data(x=torch.zeros(2, 2), adj=torch.eye(2).to_sparse()),
}


def check_spec() -> CheckSpec:
    """Return the spec: PyG and networkx graphs from one node on, without edges and with, and batches of PyG graphs."""
    return CheckSpec(
        items=data() | networkx_graphs(),
        informative_items=data(min_nodes=6, max_nodes=10, features=True),
        batches=batches(),
        invalid_items=_INVALID,
        find_invalid=_find_invalid,
        comparable=_without_marks,
        forms=Forms(_convert, _to_values, tolerance=1e-6),
        augmentations=_augmentations(),
        model_items=_rings(),
    )


@st.composite
def data(
    draw: st.DrawFn,
    max_nodes: int = 8,
    min_nodes: int = 1,
    features: bool | None = None,
    undirected: bool | None = None,
) -> Data:
    """Draw PyG graphs: without edges, sparse with loops, nearly complete, complete.

    They have features, edge features and a label, or not.

    Args:
        draw: Given by Hypothesis.
        max_nodes: Largest number of nodes.
        min_nodes: Smallest number of nodes.
        features: Whether nodes have `x`, float32 (N, 3); None for either.
        undirected: Whether every edge is there in both directions; None for either.
    """
    nodes = draw(st.integers(min_nodes, max_nodes))
    both = draw(st.booleans()) if undirected is None else undirected
    pairs = draw(_edges(nodes))
    edges = sorted({edge for a, b in pairs for edge in ([(a, b), (b, a)] if both else [(a, b)])})
    graph = Data(edge_index=torch.tensor(edges, dtype=torch.int64).reshape(-1, 2).T.contiguous(), num_nodes=nodes)
    if draw(st.booleans()) if features is None else features:
        graph.x = torch.arange(1, nodes * _FEATURES + 1, dtype=torch.float32).reshape(nodes, _FEATURES) / 8
    if draw(st.booleans()):
        graph.edge_attr = torch.arange(1, len(edges) + 1, dtype=torch.float32)[:, None]
    if draw(st.booleans()):
        graph.y = torch.tensor([draw(st.integers(0, 1))])
    return graph


def _edges(nodes: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Pairs of nodes: a few, loops and repetitions among them, or all but a few."""
    node = st.integers(0, nodes - 1)
    few = st.lists(st.tuples(node, node), max_size=2 * nodes)
    pairs = list(combinations(range(nodes), 2))
    every = st.sets(st.sampled_from(pairs), max_size=2).map(lambda out: [p for p in pairs if p not in out])
    return few | every if pairs else few


@st.composite
def networkx_graphs(draw: st.DrawFn, max_nodes: int = 7) -> nx.Graph:
    """Draw networkx graphs of the four classes, of one node and more, with and without attributes and names of nodes.

    Args:
        draw: Given by Hypothesis.
        max_nodes: Largest number of nodes, up to 7.
    """
    graph_class = draw(st.sampled_from(_CLASSES))
    names_of: list[list[Hashable]] = [list(range(max_nodes)), list("abcdefg"), [("at", i) for i in range(max_nodes)]]
    names = draw(st.sampled_from(names_of))[: draw(st.integers(1, max_nodes))]
    weighted = draw(st.booleans())
    graph = graph_class(name="drawn")
    for position, name in enumerate(names):
        graph.add_node(name, **({"x": (position + 1) / 10, "kind": "ab"[position % 2]} if weighted else {}))
    for a, b in draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=10)):
        graph.add_edge(a, b, **({"weight": (graph.number_of_edges() + 1) / 10, "since": "May"} if weighted else {}))
    return graph


@st.composite
def batches(draw: st.DrawFn, max_count: int = 4, max_nodes: int = 8, features: bool | None = None) -> Batch:
    """Draw batches of at least one PyG graph, all with the same attributes.

    Args:
        draw: Given by Hypothesis.
        max_count: Largest number of graphs.
        max_nodes: Largest number of nodes of a graph.
        features: Whether nodes have `x`, float32 (N, 3); None for either.
    """
    wide = draw(st.booleans()) if features is None else features
    graphs = draw(st.lists(data(max_nodes, features=wide), min_size=1, max_size=max_count))
    for graph in graphs:
        for name in ("edge_attr", "y"):
            if name in graph and not all(name in other for other in graphs):
                del graph[name]
    return collate(graphs)


def _convert(graph: GraphItem) -> dict[str, GraphItem]:
    """A graph in networkx, its edges in both directions, with a number as `x` and a weight; and the same in PyG."""
    bare = nx.Graph()
    if is_networkx(graph):
        names = {name: i for i, name in enumerate(graph)}
        ends = [(names[edge[0]], names[edge[1]]) for edge in graph.edges()]
        bare.add_nodes_from(range(len(names)))
    else:
        ends = [(int(a), int(b)) for a, b in graph.edge_index.T.tolist()]
        bare.add_nodes_from(range(int(graph.num_nodes)))
    for a, b in ends:
        bare.add_edge(a, b)
    for node in bare:
        bare.nodes[node]["x"] = [node + 1.0, node / 8]
    for i, (a, b) in enumerate(bare.edges()):
        bare.edges[a, b]["weight"] = (i + 1) / 8
    data = decode_graph(bare)  # the order of nodes and edges is that of the other form
    return {"networkx": bare, "Data": Data(x=data.x, edge_index=data.edge_index, edge_weight=data.get("edge_weight"))}


def _to_values(graph: GraphItem) -> dict[str, np.ndarray]:
    """The features of the nodes in order, and the edges by the positions of their ends with their weight."""
    data = decode_graph(graph)
    x, weight = data.get("x"), data.get("edge_weight")
    edges = data.edge_index.T.double()
    if weight is not None:
        edges = torch.cat([edges, weight.double().reshape(len(edges), 1)], dim=1)
    rows = sorted(edges.tolist())
    width = edges.shape[1] if rows else 0  # without an edge, networkx has no weights
    features = np.zeros((int(data.num_nodes), 0)) if x is None else x.double().numpy()
    return {"nodes": features, "edges": np.array(rows).reshape(len(rows), width)}


def _find_invalid(view: GraphItem, item: GraphItem) -> str | None:
    """Attributes of nodes or edges that sit at others: values of the item, though not those of the same ends."""
    for what, before, after in zip(("node", "edge"), _attributes(item), _attributes(view, item), strict=True):
        everywhere = {value for values in before.values() for value in values}
        for place, values in after.items():
            wrong = next((v for v in values if place in before and v not in before[place] and v in everywhere), None)
            if wrong is not None:
                owner = next(other for other, those in before.items() if wrong in those)
                return (
                    f"the attributes of {what} {owner} sit at {what} {place}: {dict(wrong)}; select them by the same "
                    f"rows as the {what}s; if they move on purpose, say so in its tags: Tags(preserves=...) without "
                    '"values"'
                )
    return None


_Attributes = dict[Hashable, set[tuple[tuple[str, Hashable], ...]]]


def _attributes(graph: GraphItem, item: GraphItem | None = None) -> tuple[_Attributes, _Attributes]:
    """The attributes at each node, and at each pair of nodes with an edge, by the names of the nodes in the item."""
    if is_networkx(graph):
        nodes: _Attributes = {name: {_frozen(values)} for name, values in graph.nodes(data=True)}
        edges: _Attributes = {}
        for a, b, values in graph.edges(data=True):
            ends = (a, b) if graph.is_directed() else tuple(sorted((a, b), key=repr))
            edges.setdefault(ends, set()).add(_frozen(values))
        return nodes, edges
    names = _names_of(graph, item)
    if names is None:
        return {}, {}
    nodes, edges = {}, {}
    for key, x in zip(names, graph.x.tolist() if graph.get("x") is not None else [], strict=False):
        nodes.setdefault(key, set()).add(_frozen({"x": x}))
    weights = {name: graph[name].tolist() for name in ("edge_attr", "edge_weight") if graph.get(name) is not None}
    if any(len(rows) != graph.edge_index.shape[1] for rows in weights.values()):
        return nodes, edges  # as many rows as edges is what `decode` checks
    for i, (a, b) in enumerate(graph.edge_index.T.tolist() if weights else []):
        edges.setdefault((names[a], names[b]), set()).add(_frozen({name: rows[i] for name, rows in weights.items()}))
    return nodes, edges


def _names_of(graph: Data, item: GraphItem | None) -> list[int] | None:
    """The number of each node in the item; None where the view does not say which nodes it kept."""
    count = int(graph.num_nodes)
    if item is None or is_networkx(item):
        return list(range(count))
    if graph.get(NODE_ID) is not None and item.get(NODE_ID) is None:
        names: list[int] = graph[NODE_ID].tolist()
        return names
    return list(range(count)) if count == int(item.num_nodes) else None


def _frozen(values: Mapping[str, object]) -> tuple[tuple[str, Hashable], ...]:
    return tuple(sorted((str(name), repr(value)) for name, value in values.items()))


def _rings() -> st.SearchStrategy[Data]:
    """Rings with features, of several sizes."""

    def ring(nodes: int) -> Data:
        around = torch.arange(nodes)
        forward = torch.stack([around, (around + 1) % nodes])
        edge_index = torch.cat([forward, forward.flip(0)], dim=1)
        return Data(x=torch.arange(3.0 * nodes).reshape(nodes, 3), edge_index=edge_index)

    return st.integers(6, 12).map(ring)


def _without_marks(graph: GraphItem) -> GraphItem:
    """The graph without the marks that views bear, and without the stated number of nodes; edges in order."""
    if is_networkx(graph):
        return graph
    bare = copy.copy(graph)
    for name in (NODE_ID, UNDIRECTED, "num_nodes"):
        if name in bare:
            del bare[name]
    return bare


def _count_nodes(graph: GraphItem) -> int:
    return len(graph) if is_networkx(graph) else int(graph.num_nodes)


def _half_up(value: float) -> int:
    return int(value + 0.5)


def _check_dropped(drop: NodeDrop, item: GraphItem, params: object, view: GraphItem) -> str | None:
    before, after = _count_nodes(item), _count_nodes(view)
    most = min(_half_up(drop.ratio * before), before - 1)
    gone = before - after
    wrong = gone != most if drop.exact else not 0 <= gone < before
    return f"{gone} of {before} nodes are gone, not {most}" if wrong else None


def _check_kept(subgraph: Subgraph, item: GraphItem, params: object, view: GraphItem) -> str | None:
    before, after = _count_nodes(item), _count_nodes(view)
    wanted = max(1, _half_up(subgraph.keep * before))
    return None if abs(after - wanted) <= 1 else f"{after} of {before} nodes stay, not {wanted}"


def _check_same_nodes(augmentation: GraphAugmentation, item: GraphItem, params: object, view: GraphItem) -> str | None:
    before, after = _count_nodes(item), _count_nodes(view)
    return None if after == before else f"{before} nodes became {after}"


def _has_x(augmentation: GraphAugmentation, item: GraphItem) -> bool:
    if is_networkx(item):
        return all("x" in attributes for _, attributes in item.nodes(data=True))
    return "x" in item


def _augmentations() -> dict[str, Tags]:
    ratio = st.floats(0, 1) | st.sampled_from([0.1, 0.5, 1.0])
    ratios = st.fixed_dictionaries({"ratio": ratio, "exact": st.booleans()})
    outside = ({"ratio": -0.1}, {"ratio": 1.5})
    return {
        "NodeDrop": Tags(ratios, identity_params={"ratio": 0.0}, check_bounds=_check_dropped, invalid_params=outside),
        "Subgraph": Tags(
            st.fixed_dictionaries({"keep": st.floats(0.1, 1), "length": st.integers(1, 5)}),
            check_bounds=_check_kept,
            invalid_params=({"keep": 0}, {"keep": 1.2}, {"length": 0}),
        ),
        "EdgeDrop": Tags(
            ratios, identity_params={"ratio": 0.0}, check_bounds=_check_same_nodes, invalid_params=outside
        ),
        "EdgeAdd": Tags(
            st.fixed_dictionaries({"ratio": ratio}),
            identity_params={"ratio": 0.0},
            check_bounds=_check_same_nodes,
            invalid_params=outside,
        ),
        "EdgePerturb": Tags(
            st.fixed_dictionaries({"drop": ratio, "add": st.none() | ratio}),
            identity_params={"drop": 0.0, "add": 0.0},
            check_bounds=_check_same_nodes,
            invalid_params=({"drop": -0.1}, {"add": 1.5}),
        ),
        "AttributeMask": Tags(
            st.fixed_dictionaries({"ratio": ratio, "by": st.sampled_from(["column", "row", "element"])}),
            identity_params={"ratio": 0.0},
            accepts=_has_x,
            accepts_batch=lambda mask, batch: "x" in batch,
            invalid_params=({"ratio": 2.0}, {"by": "graph"}),
        ),
        "Identity": Tags(random=False, identity_params={}),
        "PPRDiffusion": Tags(
            random=False, check_bounds=_check_same_nodes, invalid_params=({"alpha": 1.0}, {"epsilon": 0.0}, {"top": 0})
        ),
    }
