"""A callable of one item as an augmentation: it is seeded by the stream, in the way its library documents."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Self

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.global_state import seed_all
from pairgen.testing.spec import CheckSpec, Tags

__all__ = ["ExternalTransform"]


@dataclass(frozen=True, eq=False, repr=False)
class ExternalTransform(Augmentation):
    """A transform that draws its randomness itself, mostly from global states.

    `draw` gives a seed, with which `apply` seeds all that the transform may draw from. So it can be held to its key
    where it has one; the checks of the global random state, and of loader workers, run it without (`unseeded`).

    transform: the callable. tags: what it promises. modality: whose items it takes. seeded: whether it is seeded.
    """

    transform: Any
    tags: Tags = field(default_factory=lambda: Tags(batched=False))
    modality: str | None = None
    seeded: bool = True

    def draw(self, item: Any, rng: Stream) -> Any:
        """A seed, or int64 (B,) of them; None where it is not seeded."""
        return rng.integers(0, 2**31) if self.seeded else None

    def apply(self, item: Any, params: Any) -> Any:
        """What the transform makes of the item."""
        if params is not None:
            self.seed(int(params))
        return self.call(item)

    def seed(self, seed: int) -> None:
        """Seed the transform. Here: Python's, NumPy's and torch's global states."""
        seed_all(seed)

    def call(self, item: Any) -> Any:
        """Call the transform in the way of its library."""
        return self.transform(item)

    def takes(self, item: Any) -> Any:
        """A modality's item in the form that the library takes, or None where there is none."""
        return item

    def narrowed(self, check_spec: CheckSpec) -> CheckSpec:
        """The check_spec of a modality in the forms that the library takes; without bad items, which `open` refuses."""

        def only(strategy: Any) -> Any:
            return None if strategy is None else strategy.map(self.takes).filter(lambda item: item is not None)

        return dataclasses.replace(
            check_spec,
            items=only(check_spec.items),
            informative_items=only(check_spec.informative_items),
            invalid_items={},
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
