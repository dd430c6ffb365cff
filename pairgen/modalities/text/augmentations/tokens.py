"""`TokenSwap`: synonyms on token ids, whole batches at a time, on any device."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from pairgen._validation import check_probability
from pairgen.augmentation import Augmentation
from pairgen.batch import PaddedBatch
from pairgen.data.files import caller_level
from pairgen.modalities.text.io.codec import TokenIds, has_integers
from pairgen.random import RandomArray, Stream

__all__ = ["TokenSwap", "TokenTable"]


@dataclass(frozen=True, eq=False)
class TokenTable:
    """Table of the ids that may replace each token id: candidates[first[id]] to candidates[first[id] + count[id] - 1].

    A token without synonyms has itself as its only candidate, so that no case is special.

    Args:
        first: int64 (V,), V the size of the vocabulary.
        count: int64 (V,), at least 1.
        candidates: int64 (C,).
        joins_previous: bool (V,), whether a token is part of the word of the token before it; None if none is.
        joins_next: bool (V,), whether a token is part of the word of the token after it; None if none is.
    """

    first: Tensor
    count: Tensor
    candidates: Tensor
    joins_previous: Tensor | None = None
    joins_next: Tensor | None = None

    @classmethod
    def from_synonyms(
        cls,
        synonyms: Mapping[int, Sequence[int]],
        size: int,
        joins_previous: Collection[int] = (),
        joins_next: Collection[int] = (),
    ) -> TokenTable:
        """Return the table of {id: [ids]} in a vocabulary of `size` tokens.

        Args:
            synonyms: Ids that may replace an id.
            size: Number of tokens V.
            joins_previous: Ids that continue the word of the token before them: that token is not replaced.
            joins_next: Ids whose word goes on in the token after them, which is not replaced.

        Raises:
            ValueError: An id lies outside the vocabulary.

        Example:
            >>> TokenTable.from_synonyms({0: [1, 2]}, 3).count.tolist()
            [2, 1, 1]
        """
        ids = {*synonyms, *(other for others in synonyms.values() for other in others)}
        if ids and not 0 <= min(ids) <= max(ids) < size:
            raise ValueError(f"ids lie in 0 to {size - 1}, the vocabulary; got {min(ids)} to {max(ids)}")
        if not any(other != token for token, others in synonyms.items() for other in others):
            warnings.warn(
                f"none of the {size} tokens has a synonym, so that TokenSwap changes nothing; make the tokenizer and "
                "the lexicon share words, such as by train_tokenizer(texts, lowercase=True)",
                stacklevel=caller_level(),
            )
        rows = [list(synonyms.get(token, ())) or [token] for token in range(size)]
        count = torch.tensor([len(row) for row in rows], device="cpu")
        flat = torch.tensor([other for row in rows for other in row], device="cpu")
        return cls(torch.cumsum(count, 0) - count, count, flat, _mask(joins_previous, size), _mask(joins_next, size))

    def to(self, device: torch.device) -> TokenTable:
        """Return the table on a device."""
        if self.first.device == device:
            return self
        joins = (None if mask is None else mask.to(device) for mask in (self.joins_previous, self.joins_next))
        return TokenTable(self.first.to(device), self.count.to(device), self.candidates.to(device), *joins)


@dataclass(frozen=True)
class TokenSwap(Augmentation[TokenIds, RandomArray]):
    """Replace token ids by synonyms' ids: integer tensors or arrays (L,), batches `PaddedBatch` (B, L).

    One random number a token decides both whether it is replaced and by what; it is computed where the ids are.

    Args:
        table: What may replace what; `token_table` builds it from a tokenizer and a lexicon.
        ratio: Probability, in [0, 1], with which each token that has synonyms is replaced. Padding and special tokens
            have none.

    Raises:
        ValueError: `ratio` lies outside [0, 1].
        TypeError: `ratio` is no number.

    Example:
        >>> from pairgen.random import Stream
        >>> swap = TokenSwap(TokenTable.from_synonyms({5: [6]}, 10), ratio=1.0)
        >>> swap(torch.tensor([4, 5, 5]), Stream(0))
        tensor([4, 6, 6])
    """

    table: TokenTable
    ratio: float = 0.1

    def __post_init__(self) -> None:
        check_probability("ratio", self.ratio)

    def draw(self, item: TokenIds | PaddedBatch, rng: Stream) -> RandomArray:
        """Return a random array with one number a token."""
        return rng.array()

    def apply(self, item: TokenIds, params: RandomArray) -> TokenIds:
        """Return the view (L,), of the same type, dtype and device.

        Raises:
            TypeError: The item is no integer tensor or array.
            ValueError: An id lies outside the table.
        """
        if not isinstance(item, (Tensor, np.ndarray)) or not has_integers(item):
            got = getattr(item, "dtype", type(item).__name__)
            raise TypeError(
                f"TokenSwap takes token ids; token ids are integers, got {got}; use SynonymSwap for strings"
            )
        if isinstance(item, np.ndarray):
            ids = torch.from_numpy(item.astype(np.int64))
            view: TokenIds = self._replace(ids, _numbers(params, ids)).numpy().astype(item.dtype)
            return view
        return self._replace(item, _numbers(params, item))

    def apply_batch(self, batch: PaddedBatch, params: RandomArray) -> PaddedBatch:
        """Return the views, PaddedBatch (B, L) of the same lengths; errors as in `apply`."""
        if not isinstance(batch, PaddedBatch):
            raise TypeError(
                f"TokenSwap takes PaddedBatch token ids, got {type(batch).__name__}; use SynonymSwap for strings"
            )
        numbers = _numbers(params, batch.values, batched=True)
        return PaddedBatch(self._replace(batch.values, numbers, batch.lengths), batch.lengths, batch.axis)

    def _replace(self, ids: Tensor, numbers: Tensor, lengths: Tensor | None = None) -> Tensor:
        if not ids.numel() or not self.ratio:
            return ids.clone()
        table = _on_device(self.table, ids.device)
        where = (numbers < self.ratio).flatten().nonzero().squeeze(1)
        where = where[_are_words(table, ids, where, lengths)]
        old = ids.flatten()[where].long()
        if len(old) and not 0 <= int(old.min()) <= int(old.max()) < len(table.count):
            raise ValueError(
                f"the ids reach from {int(ids.min())} to {int(ids.max())}, the table has {len(table.count)} tokens; "
                "build it from the tokenizer that made the ids"
            )
        count = table.count[old]
        # The number is uniform below the ratio here: scaled up, it also chooses.
        choice = (numbers.flatten()[where].double() * (count / self.ratio)).long().minimum(count - 1)
        new = table.candidates[table.first[old] + choice].to(ids.dtype)
        return ids.flatten().index_copy(0, where, new).view(ids.shape)


def _mask(ids: Collection[int], size: int) -> Tensor | None:
    """A mask (size,), True at the ids; None without any."""
    if not ids:
        return None
    mask = torch.zeros(size, dtype=torch.bool, device="cpu")
    mask[torch.tensor(list(ids), dtype=torch.int64, device="cpu")] = True
    return mask


def _are_words(table: TokenTable, ids: Tensor, where: Tensor, lengths: Tensor | None) -> Tensor | slice:
    """Which of the tokens at flat positions are whole words: no neighbor in their text is joined to them."""
    if table.joins_previous is None and table.joins_next is None:
        return slice(None)
    flat, steps, last = ids.flatten(), ids.shape[-1], len(table.first) - 1
    step = where % steps
    end = steps - 1 if lengths is None else lengths.to(ids.device)[where // steps] - 1
    whole = torch.ones_like(where, dtype=torch.bool)
    if table.joins_previous is not None:
        after = flat[(where + 1).clamp(max=len(flat) - 1)].long().clamp(0, last)
        whole &= ~(table.joins_previous[after] & (step < end))
    if table.joins_next is not None:
        before = flat[(where - 1).clamp(min=0)].long().clamp(0, last)
        whole &= ~(table.joins_next[before] & (step > 0))
    return whole


def _numbers(array: RandomArray, ids: Tensor, batched: bool = False) -> Tensor:
    """One number a token, in [0, 1), float32, where the ids are; on the CPU NumPy makes the same ones sooner."""
    shape = ids.shape[1:] if batched else ids.shape
    if ids.device.type == "cpu":
        return torch.from_numpy(array.uniform(shape, like=_NUMPY))
    return array.uniform(shape, like=ids)


_NUMPY = np.empty(0, dtype=np.float32)


@lru_cache(maxsize=16)
def _on_device(table: TokenTable, device: torch.device) -> TokenTable:
    """The table on a device, copied there once."""
    return table.to(device)
