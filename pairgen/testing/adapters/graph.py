"""Graph transforms of PyG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pairgen.testing.adapters.base import ExternalTransform

__all__ = ["GeometricTransform"]


@dataclass(frozen=True, eq=False, repr=False)
class GeometricTransform(ExternalTransform):
    """A transform of PyG: takes `torch_geometric.data.Data`."""

    modality: str | None = "graph"

    def convert_item(self, item: object) -> Any:
        """Return `Data` objects as they are; None for anything else."""
        return item if hasattr(item, "stores") and hasattr(item, "to_dict") else None
