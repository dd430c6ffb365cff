"""A planted bug: an augmentation with it, the same without it, and the check that reports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pairgen.augmentation import Augmentation


@dataclass(frozen=True)
class PlantedBug:
    """An augmentation with one bug.

    Args:
        broken: The augmentation with the bug.
        correct: The same without it.
        check: Name of the check that reports it.
        options: How both are checked: the modality, or strategies of items and batches, and the tags.
    """

    broken: Augmentation
    correct: Augmentation
    check: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{type(self.broken).__name__}-{self.check}"
