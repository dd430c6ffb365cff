"""The door of a recipe: in which layout items come in and views go out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.modalities.timeseries.items import Layout, checked_layout, close_series, open_series
from pairgen.modalities.timeseries.segments import Segment

__all__ = ["SeriesDoor"]


@dataclass(frozen=True)
class SeriesDoor:
    """layout: "TC" where arrays and tensors of two axes are (T, C), "CT" where they are (C, T)."""

    layout: Layout = "TC"

    def __post_init__(self) -> None:
        checked_layout(self.layout)

    def open(self, item: Any) -> Segment:
        """The item as a `Segment` of (T, C)."""
        return open_series(item, self.layout)

    def close(self, view: Segment, item: Any) -> Any:
        """The view in the item's type, dtype and layout."""
        return close_series(view, item, self.layout)
