"""Hypothesis strategies of what the modalities know, for tests of your own.

    from hypothesis import given
    from pairgen.testing import strategies

    @given(image=strategies.items("image"), rotation=strategies.augmentations("image", "Rotation"))
    def test_something(image, rotation): ...

They begin with the most degenerate example and shrink to it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pairgen.modality import Modality, get_modality
from pairgen.random import Stream
from pairgen.testing.examples import batches_of
from pairgen.testing.subjects import subject_of

__all__ = ["augmentations", "batches", "items", "parameters", "streams"]


def items(modality_name: str | Modality) -> st.SearchStrategy[Any]:
    """Items of a modality, of every kind that its augmentations take: 1 x 1 images, silence, one-node graphs ..."""
    strategy: st.SearchStrategy[Any] = get_modality(modality_name).check_spec.items
    return strategy


def batches(modality_name: str | Modality) -> st.SearchStrategy[Any]:
    """Collated batches of at least one item."""
    plugin = get_modality(modality_name)
    kind = next(iter(plugin.augmentations.values()))
    strategy: st.SearchStrategy[Any] = batches_of(subject_of(kind, plugin))
    return strategy


def parameters(modality_name: str | Modality, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Keyword arguments of an augmentation of that class name. ValueError for a name that is not listed."""
    _class_of(modality_name, name)
    tags = get_modality(modality_name).check_spec.augmentations.get(name)
    drawn: st.SearchStrategy[dict[str, Any]] | None = None if tags is None else tags.parameters
    return st.just({}) if drawn is None else drawn


def augmentations(modality_name: str | Modality, name: str | None = None) -> st.SearchStrategy[Any]:
    """Augmentations of that class name, or any of the modality, with drawn parameters."""
    plugin = get_modality(modality_name)
    kinds = plugin.augmentations.values() if name is None else [_class_of(plugin, name)]
    return st.one_of([subject_of(kind, plugin).augmentations for kind in kinds])


def streams() -> st.SearchStrategy[Stream]:
    """Streams of one key."""
    return st.builds(Stream, st.integers(0, 2**16), st.integers(0, 100), st.integers(0, 2**16))


def _class_of(modality_name: str | Modality, name: str) -> Any:
    known = get_modality(modality_name).augmentations
    if name not in known:
        raise ValueError(
            f"the modality {get_modality(modality_name).name!r} lists no augmentation {name!r}; there are: "
            f"{', '.join(sorted(known))}"
        )
    return known[name]
