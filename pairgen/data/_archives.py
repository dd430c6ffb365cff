"""Files of arrays and tables within the budget of memory: NumPy archives, and what Parquet files state."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.data._budget import check_budget

__all__ = ["check_parquet", "class_names", "load_archive"]


def load_archive(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an `.npz` archive by their keys.

    Raises:
        ValueError: It unpacks to more than the budget.
        Exception: Whatever NumPy and zipfile raise for an archive that is damaged or holds objects.
    """
    with zipfile.ZipFile(path) as members:
        size = sum(member.file_size for member in members.infolist())
    check_budget(path, f"{size:,} bytes when unpacked", size)
    with np.load(path, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def check_parquet(path: Path, value_bytes: int) -> Any:
    """Return the metadata of a Parquet file, or refuse one whose rows do not fit the budget: runs take no space in it.

    Args:
        path: The file.
        value_bytes: What a value takes when it is read, at least.

    Raises:
        ValueError: It states more than the budget.
        Exception: Whatever pyarrow raises for a damaged file.
    """
    from pyarrow import parquet

    library: Any = parquet
    metadata = library.read_metadata(path)
    unpacked = sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
    size = max(unpacked, metadata.num_rows * metadata.num_columns * value_bytes)
    check_budget(path, f"{metadata.num_rows:,} rows of {metadata.num_columns:,} columns", size)
    return metadata


def class_names(metadata: Any) -> dict[str, list[str]]:
    """Return the names of the classes of the columns of which Hugging Face datasets states them in a Parquet file.

    Args:
        metadata: What `check_parquet` returns.
    """
    try:
        features = json.loads((metadata.metadata or {})[b"huggingface"])["info"]["features"]
        listed = {name: feature.get("names") for name, feature in features.items() if isinstance(feature, dict)}
    except (KeyError, TypeError, ValueError, AttributeError):  # written by another program, or none is stated
        return {}
    return {name: names for name, names in listed.items() if isinstance(names, list) and names}
