"""Reader of texts: lines, CSV, JSON lines, Parquet, folders, Hugging Face datasets, or texts in memory."""

from __future__ import annotations

from pairgen.modalities.text.reader.read import read

__all__ = ["read"]
