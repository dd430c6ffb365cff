"""Plot pairs of graphs: each graph beside its two views, in which nodes and edges that are gone or new are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED
from pairgen.modalities.graph.io.codec import decode_graph, is_decoded, is_networkx
from pairgen.plotting._style import BLUE, GRAY, ORANGE
from pairgen.plotting.grid import PairGrid, describe_pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

__all__ = ["plot_pairs"]

_EDGE = "#9aa3b5"
_SIDE = 2.25  # inches of one graph
_MAX_NODES = 1000

Edges = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _View:
    """Names of the nodes of a view, and edges (E, 2) between names, smaller position first if undirected."""

    nodes: list[Any]
    edges: set[tuple[Any, Any]]


def plot_pairs(
    pairs: Sequence[Pair],
    items: Sequence[Any] | None = None,
    *,
    title: str | None = None,
    classes: Sequence[str] | None = None,
    seed: int = 0,
) -> Figure:
    """Draw pairs of graphs: nodes and edges that are gone in gray and dotted, new edges in orange.

    Args:
        pairs: Pairs whose views are graphs as the sampler returns them: networkx graphs or PyG `Data` with `n_id`.
        items: Original of each pair, in the same order. None takes what the two views of a pair hold as its original,
            so that nodes and edges that are gone from both are not drawn.
        title: Heading of the picture.
        classes: Name of each label; None writes the label itself.
        seed: Seed of the layout, which all graphs of a row share.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        ValueError: There are no pairs, not one item a pair, or a graph has more than 1,000 nodes.
    """
    grid = PairGrid(pairs, items, cell=(_SIDE, _SIDE), title=title, footer=0.3)
    for row in grid:
        views = [_view_of(graph) for graph in row.images]
        whole = _union(views) if items is None else views[0]
        positions = _layout(_union(views), seed)
        for view, box, heading in zip(views, row.boxes, row.headings, strict=True):
            _draw(grid.add_axes(box, heading), view, whole, positions)
        grid.write_caption(row, _describe(row.pair, whole, views[-2:], classes))
    grid.write(0.15, grid.height - 0.2, "dotted gray: gone     orange: new")
    return grid.figure


def _view_of(graph: Any) -> _View:
    if is_networkx(graph):
        nodes = list(graph)
        position = {name: i for i, name in enumerate(nodes)}
        ends = [(s, t) if graph.is_directed() or position[s] <= position[t] else (t, s) for s, t, *_ in graph.edges]
        return _View(_check_size(nodes), set(ends))
    decoded = graph if is_decoded(graph) else decode_graph(graph)
    names = decoded[NODE_ID].tolist()
    pairs = np.asarray(names)[decoded.edge_index.cpu().numpy()].T if decoded.edge_index.numel() else np.empty((0, 2))
    if decoded[UNDIRECTED]:
        pairs = np.sort(pairs, axis=1)
    return _View(_check_size(names), set(map(tuple, pairs.tolist())))


def _check_size(nodes: list[Any]) -> list[Any]:
    if len(nodes) > _MAX_NODES:
        raise ValueError(
            f"a graph of {len(nodes):,} nodes is too large to draw; draw Subgraph views of up to {_MAX_NODES}"
        )
    return nodes


def _union(views: Sequence[_View]) -> _View:
    nodes = list(dict.fromkeys(name for view in views for name in view.nodes))
    return _View(nodes, {edge for view in views for edge in view.edges})


def _layout(view: _View, seed: int) -> dict[Any, Any]:
    """Positions of the nodes: by path lengths (Kamada and Kawai 1989) for small graphs, by springs for larger ones."""
    import networkx

    nx: Any = networkx  # its layouts have no types
    graph = nx.Graph()
    graph.add_nodes_from(view.nodes)
    graph.add_edges_from(view.edges)
    if len(graph) <= 100 and nx.is_connected(graph):
        return dict(nx.kamada_kawai_layout(graph))
    return dict(nx.spring_layout(graph, seed=seed))


def _draw(axes: Axes, view: _View, whole: _View, positions: dict[Any, Any]) -> None:
    present = set(view.nodes)
    size = float(np.clip(600 / max(len(positions), 1), 6, 60))
    gone, new = whole.edges - view.edges, view.edges - whole.edges
    for edges, color, style, width in (
        (gone, GRAY, ":", 0.9),
        (view.edges - new, _EDGE, "-", 0.9),
        (new, ORANGE, "-", 1.3),
    ):
        _lines(axes, [(positions[s], positions[t]) for s, t in sorted(edges, key=repr)], color, style, width)
    for nodes, color in (([n for n in whole.nodes if n not in present], "white"), (view.nodes, BLUE)):
        if nodes:
            x, y = np.array([positions[name] for name in nodes]).T
            edge = GRAY if color == "white" else "white"
            axes.scatter(x, y, s=size, c=color, edgecolors=edge, linewidths=0.8, zorder=3)
    axes.set_axis_off()
    axes.margins(0.08)


def _lines(axes: Axes, ends: list[Any], color: str, style: str, width: float) -> None:
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection(ends, colors=color, linestyles=style, linewidths=width, zorder=1))


def _describe(pair: Pair, whole: _View, views: Sequence[_View], classes: Sequence[str] | None) -> str:
    counts = " / ".join(f"{len(view.nodes)} nodes, {len(view.edges)} edges" for view in views)
    original = f"{len(whole.nodes)} nodes, {len(whole.edges)} edges"
    return f"{describe_pair(pair, classes)} · {original}; views {counts}"
