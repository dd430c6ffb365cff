"""One reader for a user's texts: lines, CSV, JSON lines, Parquet, folders, or a dataset that exists."""

from __future__ import annotations

from pairgen.modalities.text.reader.dataset import TextDataset
from pairgen.modalities.text.reader.read import read

__all__ = ["TextDataset", "read"]
