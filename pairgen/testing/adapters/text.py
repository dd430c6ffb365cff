"""Text transforms of nlpaug."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.testing.adapters.base import ExternalTransform

__all__ = ["NlpaugTransform"]


@dataclass(frozen=True, eq=False, repr=False)
class NlpaugTransform(ExternalTransform):
    """A transform of nlpaug: takes `str`, and returns a list, from which the text is taken."""

    modality: str | None = "text"

    def call(self, item: str) -> Any:
        """Call `augment`, which returns a list, or the text alone where nothing changed."""
        augmenter: Any = self.transform
        output = augmenter.augment(item)
        return output[0] if isinstance(output, list) and output else output

    def convert_item(self, item: object) -> str | None:
        """Return strings as they are; None for anything else."""
        return item if isinstance(item, str) else None
