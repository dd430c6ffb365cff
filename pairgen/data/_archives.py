"""Files of arrays and tables within the budget of memory: NumPy archives, and what Parquet files state."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.data._budget import check_budget, memory_limit

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
    rows = f"{metadata.num_rows:,} rows of {metadata.num_columns:,} columns"
    check_budget(path, rows, size)
    for column in _columns_of_dictionaries(metadata):
        size += _unpacked_bytes(path, column)
        check_budget(path, f"{rows}, with long values repeated", size)
    return metadata


def _columns_of_dictionaries(metadata: Any) -> list[str]:
    """The columns of texts or bytes that may unpack to more than the budget: a long value of a dictionary, repeated."""
    most: dict[str, int] = {}
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.physical_type == "BYTE_ARRAY" and column.has_dictionary_page:
                size = column.num_values * column.total_uncompressed_size  # as if all values were the longest
                most[column.path_in_schema] = most.get(column.path_in_schema, 0) + size
    return [name for name, size in most.items() if size > memory_limit()]


def _unpacked_bytes(path: Path, column: str) -> int:
    """The bytes of the values of a column, of which only the dictionary and the positions in it are read."""
    import pyarrow
    from pyarrow import compute, parquet

    arrow: Any = pyarrow
    library: Any = parquet
    functions: Any = compute
    size = 0
    with library.ParquetFile(path, read_dictionary=[column]) as file:
        for batch in file.iter_batches(columns=[column]):
            values = batch.column(0)
            while arrow.types.is_nested(values.type) and not arrow.types.is_map(values.type):
                values = values.flatten()[0] if arrow.types.is_struct(values.type) else values.flatten()
            if arrow.types.is_dictionary(values.type):
                lengths = functions.binary_length(values.dictionary)
                size += functions.sum(lengths.take(values.indices)).as_py() or 0
    return size


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
