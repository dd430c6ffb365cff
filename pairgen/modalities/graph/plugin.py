"""The graph modality, as `pairgen.modality("graph")` returns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from pairgen.augmentation import Augmentation
from pairgen.plugin import Modality, Recipe
from pairgen.registry import Registry
from pairgen.specimens import Specimens

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn

    from pairgen.modalities.graph.pyg import Batch, Data

__all__ = ["GraphModality", "modality"]


class GraphModality(Modality):
    """Graphs: networkx graphs of every class and PyG `Data`; batches are PyG's `Batch`. See `items` for the forms.

    The rooms are imported when they are used, so that the modality can be listed without networkx or PyG.
    """

    name = "graph"

    @property
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        """The graph augmentations by class name."""
        from pairgen.modalities.graph import augmentations as room

        classes = {name: getattr(room, name) for name in room.__all__ if name != "GraphAugmentation"}
        return MappingProxyType(classes)

    @property
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        """`slides`, `graphcl`, `grace`, `none`."""
        from pairgen.modalities.graph.recipes import RECIPES

        return RECIPES

    @property
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        """`gin`, `gcn`, `graphsage`."""
        from pairgen.modalities.graph.encoders import ENCODERS

        return cast("Registry[Callable[..., nn.Module]]", ENCODERS)

    def open(self, item: Any) -> Data:
        """A `Data` with `n_id` and `undirected`. Errors name the item and the remedy."""
        from pairgen.modalities.graph.items import open_graph

        return open_graph(item)

    def close(self, view: Any, item: Any) -> Any:
        """The view in the item's type."""
        from pairgen.modalities.graph.items import close_graph

        return close_graph(view, item)

    def collate(self, views: Sequence[Any]) -> Batch:
        """A `Batch` of the views."""
        from pairgen.modalities.graph.collation import collate

        return collate(views)

    def check_batch(self, batch: Any) -> Batch:
        """A `Batch` with `n_id` and `undirected`."""
        from pairgen.modalities.graph.collation import check_batch

        return check_batch(batch)

    def read(self, source: Any, **options: Any) -> Any:
        """A dataset of a TUDataset folder, a file in GIN's text form, GraphML or edge lists, or a PyG dataset."""
        from pairgen.modalities.graph.reader import read

        return read(source, **options)

    def draw(self, pairs: Sequence[Any], **options: Any) -> Figure:
        """Each graph with its two views, dropped and added parts marked."""
        from pairgen.modalities.graph.drawing import draw_pairs

        return draw_pairs(pairs, **options)

    @property
    def specimens(self) -> Specimens:
        """Strategies of graphs, and what the augmentations promise of them."""
        from pairgen.modalities.graph.specimens import specimens

        return specimens()


modality = GraphModality()
