"""The named pipelines for audio.

All recipes take `sample_rate` (Hz: files and dicts are resampled to it, bare arrays are taken to have it), `layout`
("CT", or "TC" where arrays of two axes are (T, C)) and `channels` (what the encoder gets: 1 mixes them, None keeps
those of the data).
"""

from __future__ import annotations

from collections.abc import Callable

from pairgen.augmentation import Augmentation, Compose
from pairgen.modalities.audio.collation import Finish
from pairgen.modalities.audio.door import AudioDoor
from pairgen.modalities.audio.items import Layout
from pairgen.plugin import Recipe
from pairgen.registry import Registry

__all__ = ["RECIPES"]

RECIPES: Registry[Callable[..., Recipe]] = Registry("audio recipe")


def _recipe(
    first: list[Augmentation], second: list[Augmentation], sample_rate: int, layout: Layout, channels: int | None
) -> Recipe:
    return Recipe(Compose(first), Compose(second), Finish(channels), AudioDoor(sample_rate, layout))


@RECIPES.register("none")
def none(sample_rate: int = 16_000, layout: Layout = "CT", channels: int | None = 1) -> Recipe:
    """No randomness, for evaluation: whole clips at the sample rate."""
    return _recipe([], [], sample_rate, layout, channels)
