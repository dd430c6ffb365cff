"""The samples of a dataset: item, (item, label), (index, item, label) or a dict of columns, and the index of each."""

from __future__ import annotations

import hashlib
import os
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, SupportsInt, TypeGuard

import numpy as np
import torch

__all__ = [
    "ColumnNames",
    "Labels",
    "Sample",
    "collate_labels",
    "index_of",
    "is_integer",
    "key_of",
    "parse_sample",
    "to_index",
]

Labels = Sequence[Any] | torch.Tensor | np.ndarray | None
"""Labels of a batch: B of them, or None."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a dataset.

    Args:
        index: Its index or key; None if the dataset gives none.
        item: The item.
        label: Its label; None if the dataset gives none.
        is_named: Whether the names of columns told the parts, rather than their positions.
    """

    index: int | str | None
    item: Any
    label: Any
    is_named: bool = False


@dataclass(frozen=True)
class ColumnNames:
    """The names under which the samples of a dataset of dicts (Hugging Face, WebDataset) hold their parts.

    Args:
        item: Column of the item.
        label: Column of the label; None for no labels.
        index: Column of the index; None for "__key__" where there is one, else the position or the content.
        is_item: Whether a tuple or list is an item in itself, such as a list of numbers that is a series; None if none
            is.
    """

    item: str
    label: str | None = "label"
    index: str | None = None
    is_item: Callable[[object], bool] | None = None

    def parse(self, sample: object) -> Sample:
        """Split a sample into index, item and label; see `parse_sample`."""
        return parse_sample(sample, self)


def parse_sample(sample: object, columns: ColumnNames) -> Sample:
    """Split a sample of a dataset into index, item and label.

    Args:
        sample: A dict, read by `columns` (WebDataset's "__key__" is the index if none is named). A tuple or list that
            is an item in itself, where the modality has such. Another tuple or list of three is (index, item, label);
            one of two is (index, item) if it begins with an integer, else (item, label). Anything else is the item.
        columns: Names of the columns of a dict.

    Raises:
        ValueError: A dict lacks the column of the item, or a tuple has more than three members or none.
    """
    if isinstance(sample, Mapping):
        return _from_columns(sample, columns)
    if isinstance(sample, (tuple, list)):
        if columns.is_item is not None and columns.is_item(sample):
            return Sample(None, sample, None)
        if len(sample) == 3:
            return Sample(to_index(sample[0]), sample[1], sample[2])
        if len(sample) == 2:
            if is_integer(sample[0]):
                return Sample(int(sample[0]), sample[1], None)
            return Sample(None, sample[0], sample[1])
        if len(sample) == 1:
            return Sample(None, sample[0], None)
        raise ValueError(
            f"cannot tell the item in a sample of {len(sample)} members; a dataset gives item, (item, label), "
            "(index, item) or (index, item, label)"
        )
    return Sample(None, sample, None)


def _from_columns(sample: Mapping[str, Any], columns: ColumnNames) -> Sample:
    if columns.item not in sample:
        raise ValueError(
            f"the dataset has no column {columns.item!r}; it has {', '.join(map(repr, sample))}. "
            'Name the column of the item: sampler.wrap_dataset(dataset, item="...")'
        )
    index = sample.get(columns.index) if columns.index else sample.get("__key__")
    label = sample.get(columns.label) if columns.label else None
    return Sample(to_index(index), sample[columns.item], label, is_named=True)


def is_integer(value: object) -> TypeGuard[SupportsInt]:
    """Return whether a value is a whole number of Python, NumPy or a tensor without axes; a bool is none."""
    if isinstance(value, torch.Tensor):
        return value.ndim == 0 and not value.is_floating_point() and value.dtype != torch.bool
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def to_index(index: Any) -> int | str | None:
    """Return an index as a dataset gives it, whole numbers as Python's own."""
    return int(index) if is_integer(index) else index


def index_of(index: int | str | None, item: object) -> int:
    """Return the index that keys the pair of an item.

    So an item without an index still has the same pair whatever the worker, batch or order it comes in.

    Args:
        index: An integer, a string key, or None.
        item: The item, in any type whose content can be hashed if there is no index.

    Returns:
        The integer itself; a 63-bit hash of a string key, or, without an index, of the item's content.

    Raises:
        TypeError: The index is neither an integer nor a string, or the content cannot be hashed.
    """
    if is_integer(index):
        return int(index)
    if isinstance(index, str):
        return _hash(index.encode())
    if index is None:
        return _hash(*_content(item))
    raise TypeError(
        f"an index is an integer or a string, got {reprlib.repr(index)} of type {type(index).__name__}; a sample of "
        "three is (index, item, label)"
    )


_PLAIN = (int, float, str, bytes, list, type(None))  # what `repr` writes by its value


def key_of(index: int, repeat: int) -> int:
    """Return the key of the views of an item that a pass read `repeat` times before: at first its index."""
    return _hash(f"{index} again {repeat}".encode()) if repeat else index


def _content(item: object) -> tuple[bytes, ...]:
    if isinstance(item, (bytes, bytearray)):
        return (bytes(item),)
    if isinstance(item, (str, os.PathLike)):
        return (os.fspath(item).encode(),)
    if isinstance(item, torch.Tensor):
        return _content(item.detach().cpu().contiguous().view(torch.uint8).numpy() if item.ndim else item.numpy())
    if isinstance(item, np.ndarray):
        return str((item.shape, item.dtype.str)).encode(), np.ascontiguousarray(item).tobytes()
    if hasattr(item, "tobytes") and hasattr(item, "size"):  # PIL images
        return str((item.size, getattr(item, "mode", ""))).encode(), item.tobytes()
    if isinstance(item, Mapping):  # Hugging Face's audio
        return tuple(part for name in item for part in (str(name).encode(), *_content(item[name])))
    if hasattr(item, "to_numpy"):  # pandas
        return _content(item.to_numpy())
    if hasattr(item, "adj") and hasattr(item, "graph"):  # networkx
        graph: Any = item
        edges = graph.edges(keys=True, data=True) if graph.is_multigraph() else graph.edges(data=True)
        return _content([type(item).__name__, *graph.nodes(data=True), *edges])
    if hasattr(item, "stores") and hasattr(item, "to_dict"):  # PyG
        return _content({name: value for name, value in sorted(item.to_dict().items()) if value is not None})
    if is_dataclass(item) and not isinstance(item, type):  # clips of audio
        return tuple(part for f in fields(item) for part in (f.name.encode(), *_content(getattr(item, f.name))))
    if hasattr(item, "get_all_samples"):  # torchcodec's audio
        samples = item.get_all_samples()
        return _content((samples.data, samples.sample_rate))
    if hasattr(item, "read") and hasattr(item, "seek"):  # binary file objects
        position = item.tell()  # type: ignore[attr-defined]
        item.seek(0)
        content = item.read()
        item.seek(position)
        return (content,)
    if isinstance(item, tuple) or (isinstance(item, list) and not all(isinstance(value, _PLAIN) for value in item)):
        return tuple(part for value in item for part in (b"(", *_content(value), b")"))
    if item is None or isinstance(item, (int, float, list)):
        return (repr(item).encode(),)
    raise TypeError(
        f"an item of type {type(item).__name__} has no content that can be hashed into an index; "
        "let the dataset give (index, item) or (index, item, label)"
    )


def _hash(*parts: bytes) -> int:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part)
    return int.from_bytes(digest.digest(), "little") >> 1


def collate_labels(labels: Labels) -> torch.Tensor | list[Any] | None:
    """Return labels as a tensor if they are numbers: int64 for integers, float32 for floats; else as a list."""
    if labels is None or isinstance(labels, torch.Tensor):
        return labels
    labels = list(labels)
    if all(label is None for label in labels):
        return None
    dtypes = {np.asarray(label).dtype.kind if np.ndim(label) == 0 else "O" for label in labels}
    if dtypes <= set("iub"):
        return torch.tensor([int(label) for label in labels], dtype=torch.int64)
    return torch.tensor([float(label) for label in labels]) if dtypes <= set("iubf") else labels
