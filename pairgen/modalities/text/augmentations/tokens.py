"""`TokenSwap`: synonyms on token ids, whole batches at a time, on any device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.augmentation import Augmentation
from pairgen.batch import PaddedBatch
from pairgen.modalities.text.augmentations.base import checked_rate
from pairgen.modalities.text.io.codec import check_ids
from pairgen.random import RandomArray, Stream

__all__ = ["TokenSwap", "TokenTable"]


@dataclass(frozen=True, eq=False)
class TokenTable:
    """Token id -> the ids that may stand for it: candidates[first[id]] to candidates[first[id] + count[id] - 1].

    first, count: int64 (V,), V the size of the vocabulary. candidates: int64 (C,). A token without synonyms has itself
    as its only candidate, so that no case is special.
    """

    first: Tensor
    count: Tensor
    candidates: Tensor

    @classmethod
    def of(cls, synonyms: Mapping[int, Sequence[int]], size: int) -> TokenTable:
        """The table of {id: [ids]} in a vocabulary of `size` tokens. ValueError for ids outside it."""
        ids = {*synonyms, *(other for others in synonyms.values() for other in others)}
        if ids and not 0 <= min(ids) <= max(ids) < size:
            raise ValueError(f"ids lie in 0 to {size - 1}, the vocabulary; got {min(ids)} to {max(ids)}")
        rows = [list(synonyms.get(token, ())) or [token] for token in range(size)]
        count = torch.tensor([len(row) for row in rows])
        flat = torch.tensor([other for row in rows for other in row])
        return cls(torch.cumsum(count, 0) - count, count, flat)

    def to(self, device: torch.device) -> TokenTable:
        """The table on a device."""
        if self.first.device == device:
            return self
        return TokenTable(self.first.to(device), self.count.to(device), self.candidates.to(device))


@dataclass(frozen=True)
class TokenSwap(Augmentation):
    """Replace token ids by synonyms' ids: tensors or arrays (L,) of integers, batches `PaddedBatch` (B, L).

    table: what may stand for what; `token_table` makes it of a tokenizer and a lexicon. rate: the probability, in
    [0, 1], with which each token that has synonyms is swapped. Padding and special tokens have none.

    One random number a token decides both whether it is swapped and by what; it is made where the ids are. ValueError
    for ids outside the table.
    """

    table: TokenTable
    rate: float = 0.1

    def __post_init__(self) -> None:
        checked_rate("rate", self.rate)

    def draw(self, item: Any, rng: Stream) -> RandomArray:
        """A field of one number a token."""
        return rng.array()

    def apply(self, item: Any, params: RandomArray) -> Any:
        """(L,) -> (L,), of the same type and dtype."""
        if isinstance(item, np.ndarray):
            return self.apply(torch.from_numpy(check_ids(item).astype(np.int64)), params).numpy().astype(item.dtype)
        if not isinstance(item, Tensor):
            raise TypeError(f"TokenSwap takes token ids, got {type(item).__name__}; use SynonymSwap for strings")
        return self._swapped(check_ids(item), _numbers(params, item))

    def apply_batch(self, batch: PaddedBatch, params: RandomArray) -> PaddedBatch:
        """PaddedBatch (B, L) -> the same shape."""
        if not isinstance(batch, PaddedBatch):
            raise TypeError(
                f"TokenSwap takes PaddedBatch token ids, got {type(batch).__name__}; use SynonymSwap for strings"
            )
        numbers = _numbers(params, batch.values, batched=True)
        return PaddedBatch(self._swapped(batch.values, numbers), batch.lengths, batch.axis)

    def _swapped(self, ids: Tensor, numbers: Tensor) -> Tensor:
        if not ids.numel() or not self.rate:
            return ids.clone()
        table = _placed(self.table, ids.device)
        where = (numbers < self.rate).flatten().nonzero().squeeze(1)
        old = ids.flatten()[where].long()
        if len(old) and not 0 <= int(old.min()) <= int(old.max()) < len(table.count):
            raise ValueError(
                f"the ids reach from {int(ids.min())} to {int(ids.max())}, the table has {len(table.count)} tokens; "
                "make it of the tokenizer that made the ids"
            )
        count = table.count[old]
        # The number is uniform below the rate here: scaled up, it also chooses.
        which = (numbers.flatten()[where].double() * (count / self.rate)).long().minimum(count - 1)
        new = table.candidates[table.first[old] + which].to(ids.dtype)
        return ids.flatten().index_copy(0, where, new).view(ids.shape)


def _numbers(field: RandomArray, ids: Tensor, batched: bool = False) -> Tensor:
    """One number a token, in [0, 1), float32, where the ids are; on the CPU NumPy makes the same ones sooner."""
    shape = ids.shape[1:] if batched else ids.shape
    if ids.device.type == "cpu":
        return torch.from_numpy(field.uniform(shape, like=_NUMPY))
    return field.uniform(shape, like=ids)


_NUMPY = np.empty(0, dtype=np.float32)


@lru_cache(maxsize=16)
def _placed(table: TokenTable, device: torch.device) -> TokenTable:
    """The table on a device, copied there once."""
    return table.to(device)
