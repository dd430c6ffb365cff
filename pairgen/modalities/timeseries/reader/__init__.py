"""One reader for a user's series: `.ts`, `.tsf`, CSV, Parquet and NumPy files, folders of them, arrays in memory."""

from __future__ import annotations

from pairgen.modalities.timeseries.reader.dataset import SeriesDataset
from pairgen.modalities.timeseries.reader.read import read
from pairgen.modalities.timeseries.reader.windows import Windows

__all__ = ["SeriesDataset", "Windows", "read"]
