"""What all graph augmentations share: one kernel for a graph and for a batch, any form of item."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from pairgen.augmentation import Augmentation, batch_of_one
from pairgen.modalities.graph.batch.collate import check_batch
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.modalities.graph.io.codec import decode_graph, is_decoded, restore_graph
from pairgen.modalities.graph.io.pyg import Batch
from pairgen.random import Stream

__all__ = ["GraphAugmentation", "checked_rate"]


class GraphAugmentation(Augmentation):
    """An augmentation of graphs: networkx graphs, PyG `Data`, and `Batch`.

    A subclass gives `change`, for several graphs laid out one after the other; one graph is a batch of one. The view
    has the type of the item; `n_id` says which node of the item each of its nodes was.
    """

    def draw(self, item: Any, rng: Stream) -> Any:
        """A field, from which every node and every pair of nodes takes its own random bits: see `RandomArray.ragged`."""
        return rng.array()

    @abstractmethod
    def change(self, graphs: Graphs, params: Any) -> Graphs:
        """The views of some graphs; the leaves of params have one row a graph."""

    def apply(self, item: Any, params: Any) -> Any:
        """The view of one graph of any type."""
        if is_decoded(item):
            return self.change(Graphs.of(item), batch_of_one(params)).as_data()
        return restore_graph(self.apply(decode_graph(item), params), item)

    def apply_batch(self, batch: Batch, params: Any) -> Batch:
        """The views of a batch, computed where it lives."""
        view: Batch = self.change(Graphs.of(check_batch(batch)), params).as_data()
        return view


def checked_rate(name: str, rate: float) -> None:
    """ValueError unless `rate` is in [0, 1]."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise ValueError(f"{name} is a share in [0, 1], got {rate!r}")
