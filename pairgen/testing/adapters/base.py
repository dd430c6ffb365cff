"""A callable of one item as an augmentation, seeded by the stream in the way that its library documents."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.global_state import seed_all
from pairgen.testing.spec import CheckSpec, Tags

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ExternalTransform"]


@dataclass(frozen=True, eq=False, repr=False)
class ExternalTransform(Augmentation):
    """A transform that draws its randomness itself, mostly from global states.

    `draw` gives a seed, with which `apply` seeds all that the transform may draw from, so that it can be keyed where
    the library allows it. The checks of the global random state, and of loader workers, run it `unseeded`.

    Args:
        transform: The callable.
        tags: What it guarantees.
        modality: Name of the modality whose items it takes; None if it is not known.
        seeded: Whether it is seeded.
    """

    transform: Callable[..., Any]
    tags: Tags = field(default_factory=lambda: Tags(batched=False))
    modality: str | None = None
    seeded: bool = True

    def draw(self, item: object, rng: Stream) -> Any:
        """Draw a seed, or int64 (B,) of them; None where it is not seeded."""
        return rng.integers(0, 2**31) if self.seeded else None

    def apply(self, item: Any, params: int | None) -> Any:
        """Seed the transform and call it."""
        if params is not None:
            self.seed(int(params))
        return self.call(item)

    def seed(self, seed: int) -> None:
        """Seed all that the transform may draw from: here Python's, NumPy's and torch's global states."""
        seed_all(seed)

    def call(self, item: Any) -> Any:
        """Call the transform in the way of its library."""
        return self.transform(item)

    def convert_item(self, item: object) -> Any:
        """Return a modality's item in the type that the library takes; None where there is none."""
        return item

    def adapt_spec(self, spec: CheckSpec) -> CheckSpec:
        """Return the specification of a modality with items in the types that the library takes.

        It has no invalid items, since the library does not see what `Modality.decode` rejects, and no other forms,
        since libraries draw and round by form.
        """

        def convert(items: SearchStrategy[Any] | None) -> SearchStrategy[Any] | None:
            return None if items is None else items.map(self.convert_item).filter(lambda item: item is not None)

        return dataclasses.replace(
            spec,
            items=convert(spec.items),
            informative_items=convert(spec.informative_items),
            invalid_items={},
            forms=None,
        )

    @property
    def unseeded(self) -> Self:
        """The same transform as its library runs it."""
        return dataclasses.replace(self, seeded=False)

    @property
    def name(self) -> str:
        """The class of the transform."""
        return type(self.transform).__name__

    def __repr__(self) -> str:
        text = " ".join(repr(self.transform).split())
        return text if len(text) <= 90 and " object at 0x" not in text else f"{self.name}(...)"
