"""One reader for a user's graphs: TUDataset folders, GIN's text form, GraphML, edge lists, or a dataset that exists."""

from __future__ import annotations

from pairgen.modalities.graph.reader.dataset import GraphDataset
from pairgen.modalities.graph.reader.read import read

__all__ = ["GraphDataset", "read"]
