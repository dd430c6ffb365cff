"""What is used of PyG, with types: its graphs have the attributes they are given, which no type checker can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import ItemsView, Sequence

    class Data:
        """One graph."""

        def __init__(self, **attributes: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __contains__(self, name: str) -> bool: ...
        def __getitem__(self, name: str) -> Any: ...
        def __setitem__(self, name: str, value: Any) -> None: ...
        def __delitem__(self, name: str) -> None: ...
        def keys(self) -> list[str]:
            """Names of the attributes."""

        def items(self) -> ItemsView[str, Any]:
            """Names and values."""

    class Batch(Data):
        """Graphs laid out one after the other."""

        @classmethod
        def from_data_list(cls, graphs: Sequence[Data]) -> Batch:
            """Graphs with the same attributes as one batch."""

        def get_example(self, i: int) -> Data:
            """Graph i."""

    class HeteroData:
        """A graph of several kinds of nodes."""
else:
    from torch_geometric.data import Batch, Data, HeteroData

__all__ = ["Batch", "Data", "HeteroData"]
