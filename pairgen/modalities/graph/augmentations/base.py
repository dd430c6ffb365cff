"""What all graph augmentations share: one kernel for a graph and for a batch, for items of every type."""

from __future__ import annotations

from abc import abstractmethod

from pairgen.augmentation import Augmentation, batch_of_one
from pairgen.modalities.graph.batch.check import check_batch
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.modalities.graph.io.codec import GraphItem, decode_graph, is_decoded, restore_graph
from pairgen.modalities.graph.io.pyg import Data
from pairgen.random import RandomArray, Stream

__all__ = ["GraphAugmentation"]


class GraphAugmentation(Augmentation[GraphItem, RandomArray]):
    """An augmentation of graphs: networkx graphs, PyG `Data`, and `Batch`.

    A subclass gives `apply_graphs`, for several graphs laid out one after the other; one graph is a batch of one. The
    view has the type of the item; `n_id` says which node of the item each of its nodes was.
    """

    def draw(self, item: GraphItem, rng: Stream) -> RandomArray:
        """Return the random array from which every node and every pair of nodes takes its own bits."""
        return rng.array()

    @abstractmethod
    def apply_graphs(self, graphs: Graphs, params: RandomArray) -> Graphs:
        """Return the views of B graphs.

        Args:
            graphs: The graphs, on any device.
            params: What `draw` returned, with one row a graph.
        """

    def apply(self, item: GraphItem, params: RandomArray) -> GraphItem:
        """Return the view of one graph, in the type of the item."""
        if is_decoded(item):
            return self._apply_data(item, params)
        return restore_graph(self._apply_data(decode_graph(item), params), item)

    def apply_batch(self, batch: object, params: RandomArray) -> Data:
        """Return the views of a PyG `Batch`, computed on its device."""
        return self.apply_graphs(Graphs.from_data(check_batch(batch)), params).to_data()

    def _apply_data(self, data: Data, params: RandomArray) -> Data:
        return self.apply_graphs(Graphs.from_data(data), batch_of_one(params)).to_data()
