"""The door of a recipe: at which rate and in which layout items come in and views go out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.modalities.audio.items import Layout, checked_rate, close_audio, open_audio

__all__ = ["AudioDoor"]


@dataclass(frozen=True)
class AudioDoor:
    """Opens audio at one sample rate.

    sample_rate: in Hz; dicts and files, which carry a rate, are resampled to it; bare arrays are taken to have it.
    None keeps every item at its own. layout: "CT" where arrays of two axes are (C, T), "TC" where they are (T, C).
    """

    sample_rate: int | None = None
    layout: Layout = "CT"

    def __post_init__(self) -> None:
        if self.sample_rate is not None:
            checked_rate(self.sample_rate)
        if self.layout not in ("CT", "TC"):
            raise ValueError(f'layout is "CT" for (C, T) or "TC" for (T, C), got {self.layout!r}')

    def open(self, item: Any) -> Any:
        """An array or tensor (T,) or (C, T) at the sample rate."""
        return open_audio(item, self.sample_rate, self.layout)

    def close(self, view: Any, item: Any) -> Any:
        """The view in the item's type, dtype and layout; dicts say the rate that the view has."""
        return close_audio(view, item, self.sample_rate, self.layout)
