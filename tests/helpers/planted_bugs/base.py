"""A planted bug: an augmentation with one fault, its correct twin, and the check that names the fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plant:
    """options: how both are checked: the modality, or strategies of items and batches, and the tags."""

    broken: Any
    twin: Any
    check: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{type(self.broken).__name__}-{self.check}"
