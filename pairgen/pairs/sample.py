"""What a dataset hands over: (item, label), (index, item, label), a dict of columns ..., and which index it has."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import torch

__all__ = ["ColumnNames", "Sample", "index_of", "parse_sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of a dataset. index is None where the dataset gave none."""

    index: int | str | None
    item: Any
    label: Any


@dataclass(frozen=True)
class ColumnNames:
    """The names under which a dict-like element (Hugging Face, WebDataset) holds its item, label and index."""

    item: str
    label: str | None = "label"
    index: str | None = None


def parse_sample(element: Any, columns: ColumnNames) -> Sample:
    """Split an element of a dataset.

    A dict is read by `columns` (WebDataset's "__key__" serves as index where none is named). A tuple or list is
    (index, item, label) with three members; with two it is (index, item) if it begins with an integer, else
    (item, label). Anything else is the item.
    """
    if isinstance(element, Mapping):
        return _from_columns(element, columns)
    if isinstance(element, (tuple, list)):
        if len(element) == 3:
            return Sample(_plain(element[0]), element[1], element[2])
        if len(element) == 2:
            if _is_integer(element[0]):
                return Sample(int(element[0]), element[1], None)
            return Sample(None, element[0], element[1])
        if len(element) == 1:
            return Sample(None, element[0], None)
        raise ValueError(
            f"an element of {len(element)} members is not understood; a dataset gives item, (item, label), "
            "(index, item) or (index, item, label)"
        )
    return Sample(None, element, None)


def _from_columns(element: Mapping[str, Any], columns: ColumnNames) -> Sample:
    if columns.item not in element:
        raise ValueError(
            f"the dataset has no column {columns.item!r}; it has {', '.join(map(repr, element))}. "
            'Name the column of the item: sampler.wrap_dataset(dataset, item="...")'
        )
    index = element.get(columns.index) if columns.index else element.get("__key__")
    label = element.get(columns.label) if columns.label else None
    return Sample(_plain(index), element[columns.item], label)


def _is_integer(value: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return value.ndim == 0 and not value.is_floating_point() and value.dtype != torch.bool
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _plain(index: Any) -> int | str | None:
    return int(index) if _is_integer(index) else index


def index_of(index: int | str | None, item: Any) -> int:
    """A 63-bit index: the integer itself, a hash of a string key, or, without either, a hash of the item's content.

    So an item without an index still has the same pair whatever the worker, batch or order it comes in.
    """
    if _is_integer(index):
        return int(index)  # type: ignore[arg-type]
    if isinstance(index, str):
        return _hash(index.encode())
    if index is None:
        return _hash(*_content(item))
    raise TypeError(f"an index is an integer or a string, got {index!r} of type {type(index).__name__}")


def _content(item: Any) -> tuple[bytes, ...]:
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
    if is_dataclass(item) and not isinstance(item, type):  # clips of audio
        return tuple(part for f in fields(item) for part in (f.name.encode(), *_content(getattr(item, f.name))))
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
