"""Bugs of graphs, planted in augmentations of `networkx.Graph`s with at least one node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx
from hypothesis import strategies as st

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.spec import Tags
from tests.helpers.planted_bugs.base import PlantedBug


@dataclass(frozen=True)
class DropNodes(Augmentation):
    """Correct: drop floor(ratio * nodes) nodes; a graph keeps at least one."""

    ratio: float = 0.5

    def count(self, item: nx.Graph) -> int:
        return min(int(self.ratio * len(item)), len(item) - 1)

    def draw(self, item: nx.Graph, rng: Stream) -> Any:
        order = rng.permutation(len(item))
        return tuple(int(i) for i in order[: self.count(item)])

    def apply(self, item: nx.Graph, params: Any) -> nx.Graph:
        view = item.copy()
        view.remove_nodes_from([list(item)[i] for i in params])
        return view


class RemovesFromTheItem(DropNodes):
    def apply(self, item: nx.Graph, params: Any) -> nx.Graph:
        item.remove_nodes_from([list(item)[i] for i in params])
        return item.copy()


class DropsOneMore(DropNodes):
    def count(self, item: nx.Graph) -> int:
        return min(int(self.ratio * len(item)) + 1, len(item) - 1)


class ForgetsTheAttributes(DropNodes):
    def apply(self, item: nx.Graph, params: Any) -> nx.Graph:
        return nx.Graph(list(super().apply(item, params).edges)) if not params else super().apply(item, params)


class BecomesDirected(DropNodes):
    def apply(self, item: nx.Graph, params: Any) -> nx.Graph:
        return super().apply(item, params).to_directed()


class EmptiesSmallGraphs(DropNodes):
    """Divides by the number of edges."""

    def draw(self, item: nx.Graph, rng: Stream) -> Any:
        return super().draw(item, rng)[: int(len(item) ** 2 / item.number_of_edges())]


def check_ratio(drop: DropNodes, item: nx.Graph, params: Any, view: nx.Graph) -> str | None:
    gone, most = len(item) - len(view), int(drop.ratio * len(item))
    return None if gone <= most else f"{gone} of {len(item)} nodes are gone, more than {most}"


def _graph(size: int, seed: int) -> nx.Graph:
    graph = nx.gnp_random_graph(size, 0.5, seed=seed)
    nx.set_node_attributes(graph, {node: float(node) for node in graph}, "x")
    return graph


GRAPHS = st.builds(_graph, st.integers(1, 7), st.integers(0, 99))
OPTIONS = {"items": GRAPHS, "tags": Tags(identity_params={"ratio": 0.0}, check_bounds=check_ratio)}

BUGS = [
    PlantedBug(RemovesFromTheItem(), DropNodes(), "leaves_the_item_alone", OPTIONS),
    PlantedBug(DropsOneMore(), DropNodes(), "stays_within_its_bounds", OPTIONS),
    PlantedBug(ForgetsTheAttributes(), DropNodes(), "identity_at_zero_strength", OPTIONS),
    PlantedBug(BecomesDirected(), DropNodes(), "keeps_type", OPTIONS),
    PlantedBug(EmptiesSmallGraphs(), DropNodes(), "accepts_every_item", OPTIONS),
]
