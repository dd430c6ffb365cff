"""A picture of pairs: each graph beside its two views, in which what is gone and what is new is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED
from pairgen.modalities.graph.io.codec import decode_graph, is_decoded, is_networkx

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

__all__ = ["plot_pairs"]

_INK, _FAINT, _LINE = "#1f2430", "#7a8194", "#9aa3b5"
_NODE, _GONE, _NEW = "#3b6fb6", "#c9cdd6", "#d9822b"
_SIDE = 2.3  # inches of one picture
_LARGEST = 1000

Edges = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _View:
    """Names of the nodes that are there, and edges (E, 2) between names, smaller position first if undirected."""

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
    """Draw pairs of graphs: nodes and edges that are gone in grey and dotted, new edges in orange.

    Args:
        pairs: pairs whose views are graphs as the sampler returns them: networkx graphs or PyG `Data` with `n_id`.
        items: the original of each pair, in the same order. Without it a graph is drawn of what its two views hold, so
            that what is gone from both does not show.
        title: heading of the picture.
        classes: name of each label; without it, the label itself is written.
        seed: of the layout, which all three pictures of a row share.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        ValueError: no pairs, not one item a pair, or a graph of more than 1,000 nodes.
    """
    from matplotlib.figure import Figure

    if not pairs:
        raise ValueError("there are no pairs to draw; make some with sampler(graph, index)")
    if items is not None and len(items) != len(pairs):
        raise ValueError(f"{len(pairs)} pairs but {len(items)} items; pass the original of each")
    columns = 3 if items is not None else 2
    head = 0.75 if title else 0.45
    width, height = columns * _SIDE + 0.3, len(pairs) * (_SIDE + 0.25) + head + 0.3
    figure = Figure(figsize=(width, height), facecolor="white")
    if title:
        figure.text(0.15 / width, 1 - 0.12 / height, title, size=11, weight="bold", color=_INK, va="top")
    for row, pair in enumerate(pairs):
        views = [_view_of(pair.first), _view_of(pair.second)]
        whole = _union(views) if items is None else _view_of(items[row])
        places = _layout(_union([whole, *views]), seed)
        bottom = height - head - (row + 1) * (_SIDE + 0.25) + 0.25
        shown = [*([] if items is None else [whole]), *views]
        for column, view in enumerate(shown):
            box = (0.15 + column * _SIDE, bottom, _SIDE * 0.97, _SIDE * 0.97)
            axes = figure.add_axes((box[0] / width, box[1] / height, box[2] / width, box[3] / height))
            _draw(axes, view, whole, places)
            if row == 0:
                axes.set_title(("original", "first view", "second view")[column + 3 - columns], size=8, color=_FAINT)
        caption = _caption(pair, whole, views, classes)
        figure.text(0.2 / width, (bottom - 0.03) / height, caption, size=7, color=_FAINT, va="top")
    figure.text(
        0.2 / width, 0.12 / height, "dotted grey: gone     orange: new", size=7, color=_FAINT, va="center"
    )  # fmt: skip
    return figure


def _view_of(graph: Any) -> _View:
    if is_networkx(graph):
        nodes = list(graph)
        position = {name: i for i, name in enumerate(nodes)}
        ends = [(s, t) if graph.is_directed() or position[s] <= position[t] else (t, s) for s, t, *_ in graph.edges]
        return _View(_drawable(nodes), set(ends))
    opened = graph if is_decoded(graph) else decode_graph(graph)
    names = opened[NODE_ID].tolist()
    pairs = np.asarray(names)[opened.edge_index.cpu().numpy()].T if opened.edge_index.numel() else np.empty((0, 2))
    if opened[UNDIRECTED]:
        pairs = np.sort(pairs, axis=1)
    return _View(_drawable(names), set(map(tuple, pairs.tolist())))


def _drawable(nodes: list[Any]) -> list[Any]:
    if len(nodes) > _LARGEST:
        raise ValueError(
            f"a graph of {len(nodes):,} nodes is too large to draw; draw Subgraph views of up to {_LARGEST}"
        )
    return nodes


def _union(views: Sequence[_View]) -> _View:
    nodes = list(dict.fromkeys(name for view in views for name in view.nodes))
    return _View(nodes, {edge for view in views for edge in view.edges})


def _layout(view: _View, seed: int) -> dict[Any, Any]:
    """A place for each node: by path lengths (Kamada and Kawai 1989) for small graphs, by springs for larger ones."""
    import networkx

    nx: Any = networkx  # its layouts have no types
    graph = nx.Graph()
    graph.add_nodes_from(view.nodes)
    graph.add_edges_from(view.edges)
    if len(graph) <= 100 and nx.is_connected(graph):
        return dict(nx.kamada_kawai_layout(graph))
    return dict(nx.spring_layout(graph, seed=seed))


def _draw(axes: Axes, view: _View, whole: _View, places: dict[Any, Any]) -> None:
    there = set(view.nodes)
    size = float(np.clip(600 / max(len(places), 1), 6, 60))
    gone, new = whole.edges - view.edges, view.edges - whole.edges
    for edges, colour, style, width in (
        (gone, _GONE, ":", 0.9),
        (view.edges - new, _LINE, "-", 0.9),
        (new, _NEW, "-", 1.3),
    ):
        _lines(axes, [(places[s], places[t]) for s, t in sorted(edges, key=repr)], colour, style, width)
    for nodes, colour in (([n for n in whole.nodes if n not in there], "white"), (view.nodes, _NODE)):
        if nodes:
            x, y = np.array([places[name] for name in nodes]).T
            edge = _GONE if colour == "white" else "white"
            axes.scatter(x, y, s=size, c=colour, edgecolors=edge, linewidths=0.8, zorder=3)
    axes.set_axis_off()
    axes.margins(0.08)


def _lines(axes: Axes, ends: list[Any], colour: str, style: str, width: float) -> None:
    from matplotlib.collections import LineCollection

    axes.add_collection(LineCollection(ends, colors=colour, linestyles=style, linewidths=width, zorder=1))


def _caption(pair: Pair, whole: _View, views: Sequence[_View], classes: Sequence[str] | None) -> str:
    counts = " / ".join(f"{len(view.nodes)} nodes, {len(view.edges)} edges" for view in views)
    label = "" if pair.label is None else f" · class {pair.label}" if classes is None else f" · {classes[pair.label]}"
    return f"item {pair.index}{label} · {len(whole.nodes)} nodes, {len(whole.edges)} edges; views {counts}"
