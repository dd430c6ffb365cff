"""The time-series modality, as `pairgen.modality("timeseries")` returns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pairgen.augmentation import Augmentation
from pairgen.plugin import Modality, Recipe
from pairgen.registry import Registry
from pairgen.specimens import Specimens

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn

    from pairgen.modalities.timeseries.segments import Segment, Segments
    from pairgen.specimens import Specimens

__all__ = ["SeriesModality", "modality"]


class SeriesModality(Modality):
    """Time series: arrays, tensors and lists (T,) or (T, C), pandas frames. See `items` for the forms.

    The rooms are imported when they are used, so that the modality can be listed without SciPy, pandas or aeon.
    """

    name = "timeseries"

    @property
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        """The time-series augmentations by class name."""
        from pairgen.modalities.timeseries import augmentations as room

        classes = {name: getattr(room, name) for name in room.__all__ if name != "SeriesAugmentation"}
        return MappingProxyType(classes)

    @property
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        """`ts2vec`, `ts-tcc`, `slides`, `none`."""
        from pairgen.modalities.timeseries.recipes import RECIPES

        return RECIPES

    @property
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        """`dilated-cnn` and `lstm`."""
        from pairgen.modalities.timeseries.encoders import ENCODERS

        return ENCODERS

    def open(self, item: Any) -> Segment:
        """A `Segment` of (T, C); recipes open with their own layout."""
        from pairgen.modalities.timeseries.items import open_series

        return open_series(item)

    def close(self, view: Any, item: Any) -> Any:
        """The view in the item's type."""
        from pairgen.modalities.timeseries.items import close_series

        return close_series(view, item)

    def collate(self, views: Sequence[Any]) -> Segments:
        """`Segments` of (B, T, C), whatever the lengths."""
        from pairgen.modalities.timeseries.collation import collate

        return collate(views)

    def check_batch(self, batch: Any) -> Segments:
        """`Segments` of (B, T, C), of a `Padded`, or of a tensor or array (N, T, C)."""
        from pairgen.modalities.timeseries.collation import check_batch

        return check_batch(batch)

    def read(self, source: Any, **options: Any) -> Any:
        """A dataset of series of `.ts`, `.tsf`, CSV, NumPy or Parquet files, or in memory; `window` cuts them up."""
        from pairgen.modalities.timeseries.reader import read

        return read(source, **options)

    def draw(self, pairs: Sequence[Any], **options: Any) -> Figure:
        """Both views of each pair over each other."""
        from pairgen.modalities.timeseries.drawing import draw_pairs

        return draw_pairs(pairs, **options)

    @property
    def specimens(self) -> Specimens:
        """Strategies of series, and what the augmentations promise of them."""
        from pairgen.modalities.timeseries.specimens import specimens

        return specimens()


modality = SeriesModality()
