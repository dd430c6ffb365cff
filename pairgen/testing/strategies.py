"""Hypothesis strategies of a modality's items, batches and augmentations, for tests of your own.

    from hypothesis import given
    from pairgen.testing import strategies

    @given(image=strategies.items("image"), rotation=strategies.augmentations("image", "Rotation"))
    def test_something(image, rotation): ...

They begin with the most degenerate example and shrink to it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pairgen.augmentation import Augmentation
from pairgen.modality import Modality, get_modality
from pairgen.random import Stream
from pairgen.testing.examples import batch_strategy
from pairgen.testing.targets import make_target

__all__ = ["augmentations", "batches", "items", "parameters", "streams"]


def items(modality: str | Modality) -> st.SearchStrategy[Any]:
    """Return the strategy of a modality's items, of every type that its augmentations take.

    Args:
        modality: Name of the modality, or the modality.

    Returns:
        A strategy of items from the most degenerate on: images of one pixel, silence, graphs of one node.
    """
    strategy: st.SearchStrategy[Any] = get_modality(modality).check_spec.items
    return strategy


def batches(modality: str | Modality) -> st.SearchStrategy[Any]:
    """Return the strategy of a modality's collated batches, of at least one item.

    Args:
        modality: Name of the modality, or the modality.
    """
    plugin = get_modality(modality)
    return batch_strategy(make_target(next(iter(plugin.augmentations.values())), plugin))


def parameters(modality: str | Modality, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return the strategy of an augmentation's keyword arguments.

    Args:
        modality: Name of the modality, or the modality.
        name: Class name of the augmentation.

    Raises:
        ValueError: The modality lists no such augmentation.
    """
    _get_class(modality, name)
    tags = get_modality(modality).check_spec.augmentations.get(name)
    strategy: st.SearchStrategy[dict[str, Any]] | None = None if tags is None else tags.parameters
    return st.just({}) if strategy is None else strategy


def augmentations(modality: str | Modality, name: str | None = None) -> st.SearchStrategy[Augmentation]:
    """Return the strategy of a modality's augmentations, with parameters drawn.

    Args:
        modality: Name of the modality, or the modality.
        name: Class name of the augmentation; None takes all that the modality lists.

    Raises:
        ValueError: The modality lists no such augmentation.
    """
    plugin = get_modality(modality)
    classes = plugin.augmentations.values() if name is None else [_get_class(plugin, name)]
    return st.one_of([make_target(cls, plugin).augmentations for cls in classes])


def streams() -> st.SearchStrategy[Stream]:
    """Return the strategy of streams of one key."""
    return st.builds(Stream, st.integers(0, 2**16), st.integers(0, 100), st.integers(0, 2**16))


def _get_class(modality: str | Modality, name: str) -> type[Augmentation]:
    plugin = get_modality(modality)
    if name not in plugin.augmentations:
        raise ValueError(
            f"the modality {plugin.name!r} lists no augmentation {name!r}; it lists: "
            f"{', '.join(sorted(plugin.augmentations))}"
        )
    return plugin.augmentations[name]
