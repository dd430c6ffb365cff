"""What is used of PyG, with types, and access to what its graphs hold."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import ItemsView, Sequence

    from torch import Tensor

    class Data:
        """One graph, with the attributes that it is given; PyG's own types do not allow for those."""

        def __init__(self, **attributes: object) -> None: ...
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: object) -> None: ...
        def __contains__(self, name: str) -> bool: ...
        def __getitem__(self, name: str) -> Any: ...
        def __setitem__(self, name: str, value: object) -> None: ...
        def __delitem__(self, name: str) -> None: ...
        def keys(self) -> list[str]:
            """Names of the attributes."""

        def items(self) -> ItemsView[str, Any]:
            """Names and values."""

        def update(self, values: dict[str, Tensor]) -> Data:
            """Set several attributes."""

    class Batch(Data):
        """Graphs laid out one after the other."""

        @classmethod
        def from_data_list(cls, graphs: Sequence[Data]) -> Batch:
            """Graphs with the same attributes as one batch."""

        def get_example(self, i: int) -> Data:
            """Graph i."""

    class HeteroData:
        """A graph of several types of nodes."""
else:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of torch to PyG, about jit.script: users cannot act on it
        from torch_geometric.data import Batch, Data, HeteroData

__all__ = ["Batch", "Data", "HeteroData", "attributes_of", "slices_of"]


def attributes_of(data: Data) -> dict[str, Any]:
    """The attributes of a `Data` or `Batch` as the dictionary that holds them: PyG makes a list of all to find one."""
    attributes: dict[str, Any] = data._store._mapping
    return attributes


def slices_of(batch: Batch) -> dict[str, Any]:
    """Where each attribute's part of each graph begins, name -> int64 (B + 1,) on the CPU.

    Raises:
        ValueError: The batch was not made by `Batch.from_data_list`, and so does not know.
    """
    slices: dict[str, Any] | None = batch.__dict__["_store"].__dict__.get("_slice_dict")
    if slices is None:
        raise ValueError(f"{batch} does not know where its graphs begin; make it with Batch.from_data_list")
    return slices
