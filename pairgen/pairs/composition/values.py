"""What a composition needs to know of each item, from wherever a dataset has it: labels, keys, groups, lengths."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.utils.data import ConcatDataset, Subset

from pairgen.pairs.composition.base import IntArray

__all__ = ["ValuesLike", "encode", "labels_of", "values_of"]

ValuesLike = str | Callable[[Any], Hashable] | Sequence[Any] | npt.NDArray[Any] | Tensor
"""One value an item: the name of a column, a function of a sample, or N values."""

Values = Sequence[Any] | npt.NDArray[Any]


def values_of(dataset: Any, source: ValuesLike, what: str) -> Values:
    """Return one value for each item of a dataset.

    Args:
        dataset: Map-style, with N items.
        source: The name of a column ("label" for the dataset's labels), a function of a sample, or N values.
        what: What the values are, for messages.

    Raises:
        ValueError: There is no such column, or not one value an item.
    """
    if isinstance(source, str):
        values = _column(dataset, source)
        if values is None:
            raise ValueError(
                f"the dataset has no column {source!r}; give {what} as N values, or as a function of a sample"
            )
    elif callable(source):
        values = [source(dataset[index]) for index in range(len(dataset))]
    else:
        values = source.detach().cpu().numpy() if isinstance(source, Tensor) else source
    if len(values) != len(dataset):
        raise ValueError(f"{len(dataset)} items but {len(values)} {what}; give one for each item")
    return values


def labels_of(dataset: Any) -> Values | None:
    """Return the labels of a dataset: `labels` or `targets`, through subsets and concatenations; None without any."""
    return _column(dataset, "label")


def _column(dataset: Any, name: str) -> Values | None:
    if isinstance(dataset, Subset):
        inner = _column(dataset.dataset, name)
        return None if inner is None else [inner[index] for index in dataset.indices]
    if isinstance(dataset, ConcatDataset):
        parts = [_column(part, name) for part in dataset.datasets]
        return None if any(part is None for part in parts) else [value for part in parts for value in part or ()]
    for attribute in ("labels", "targets") if name in ("label", "labels") else ():
        values = getattr(dataset, attribute, None)
        if values is not None:
            return values.detach().cpu().numpy() if isinstance(values, Tensor) else values
    columns = getattr(dataset, "columns", None)
    if isinstance(columns, Mapping) and name in columns:
        found: Values = columns[name]
        return found
    if name in (getattr(dataset, "column_names", None) or ()):
        return list(dataset[name])
    if len(dataset) and isinstance(dataset[0], Mapping) and name in dataset[0]:
        return [dataset[index][name] for index in range(len(dataset))]
    return None


def encode(values: Values, what: str) -> IntArray:
    """Return int64 or int32 codes (N,) from 0 on, equal where the values are.

    Raises:
        ValueError: A value is None or NaN.
        TypeError: A value cannot be compared, such as a list.
    """
    array = values if isinstance(values, np.ndarray) else _to_array(values)
    if array.ndim != 1 or array.dtype.kind == "O":
        return _encode_objects(values, what)
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(
            f"{what} has NaN, first at item {int(np.flatnonzero(np.isnan(array))[0])}; leave such items out"
        )
    if array.dtype.kind in "iub" and len(array):
        low, high = int(array.min()), int(array.max())
        if high - low < max(4 * len(array), 1024):  # counting, a tenth of the time of sorting
            present = np.zeros(high - low + 1, dtype=np.int32)
            shifted = (array.astype(np.int64) - low).astype(np.int32)
            present[shifted] = 1
            return (np.cumsum(present, dtype=np.int32) - 1)[shifted]
    return np.unique(array, return_inverse=True)[1].astype(np.int32)


def _to_array(values: Sequence[Any]) -> npt.NDArray[Any]:
    if len({type(value) for value in values}) == 1 and isinstance(values[0], (int, float, np.generic)):
        return np.asarray(values)
    return np.empty(len(values), dtype=object)  # text too: a dict is faster than sorting it


def _encode_objects(values: Values, what: str) -> IntArray:
    known: dict[Hashable, int] = {}
    codes = np.empty(len(values), dtype=np.int32)
    for position, value in enumerate(values):
        if value is None or value != value:
            raise ValueError(f"{what} of item {position} is {value!r}; leave such items out, or give it one")
        try:
            codes[position] = known.setdefault(value, len(known))
        except TypeError as error:
            raise TypeError(f"{what} of item {position} cannot be compared: {error}; give text or numbers") from error
    return codes
