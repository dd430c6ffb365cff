"""Text transforms of nlpaug."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.testing.adapters.base import ExternalTransform

__all__ = ["NlpaugTransform"]


@dataclass(frozen=True, eq=False, repr=False)
class NlpaugTransform(ExternalTransform):
    """Takes `str`; nlpaug answers with a list."""

    modality: str | None = "text"

    def call(self, item: Any) -> Any:
        """`augment`, and the one text out of its list; a text that came back as it is may be alone."""
        made = self.transform.augment(item)
        return made[0] if isinstance(made, list) and made else made

    def takes(self, item: Any) -> Any:
        """A string."""
        return item if isinstance(item, str) else None
