"""Decoded items or views as a batch: a list of strings, or padded token ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, pad, sequence_mask
from pairgen.modalities.text.io.codec import CODEC, DecodedText, check_string, has_integers

__all__ = ["TextBatch", "check_batch", "collate"]

TextBatch = list[str] | PaddedBatch
"""Strings, or token ids (B, L) with lengths (B,)."""


def collate(views: Sequence[DecodedText]) -> TextBatch:
    """Return strings as a list, token ids (L,) as `PaddedBatch` (B, L).

    Args:
        views: B decoded items or views; bytes, the restored form of a view, are decoded again.

    Raises:
        ValueError: There are no views.
        TypeError: Strings and token ids are mixed.

    Example:
        >>> collate([torch.tensor([5, 6]), torch.tensor([7])]).values.tolist()
        [[5, 6], [7, 0]]
    """
    if not len(views):
        raise ValueError("cannot collate an empty batch; check the batch size and the dataset")
    decoded = [view if isinstance(view, (str, Tensor, np.ndarray)) else CODEC.decode(view) for view in views]
    strings = [view for view in decoded if isinstance(view, str)]
    if len(strings) == len(decoded):
        return strings
    if strings:
        raise TypeError("cannot collate strings with token ids; tokenize all of the texts or none")
    return pad([ids if isinstance(ids, Tensor) else torch.from_numpy(ids) for ids in decoded])


def check_batch(batch: object) -> TextBatch:
    """Return a batch of texts: a list of `str`, or `PaddedBatch` token ids.

    Args:
        batch: A list, tuple or array of `str`, a `PaddedBatch`, an integer tensor (B, L) without padding, or a mapping
            with "input_ids" and "attention_mask", both (B, L), padded on the right.

    Raises:
        TypeError: The batch has another type, shape or dtype.
        ValueError: The padding is not on the right.

    Example:
        >>> check_batch(("a dog", "a cat"))
        ['a dog', 'a cat']
    """
    if isinstance(batch, PaddedBatch):
        return batch
    if isinstance(batch, Mapping):
        return _from_mask(batch)
    if isinstance(batch, Tensor):
        if batch.ndim != 2 or not has_integers(batch):
            shape = tuple(batch.shape)
            raise TypeError(f"a batch of token ids is integers (B, L), got shape {shape} and dtype {batch.dtype}")
        return PaddedBatch(batch, torch.full((len(batch),), batch.shape[1], device=batch.device))
    texts: object = batch.tolist() if isinstance(batch, np.ndarray) and batch.dtype.kind in "OUT" else batch
    if not isinstance(texts, (list, tuple)):
        raise TypeError(
            f"a batch of texts is a list of str, PaddedBatch token ids, or a dict of input_ids and attention_mask; got "
            f"{type(batch).__name__}"
        )
    return [text if isinstance(text, str) else _decode_string(text) for text in texts]


def _decode_string(text: bytes | bytearray) -> str:
    return check_string(CODEC.decode(text))


def _from_mask(batch: Mapping[str, Tensor]) -> PaddedBatch:
    if "input_ids" not in batch:
        raise TypeError(f"a batch of token ids has 'input_ids', got {', '.join(map(repr, batch))}")
    ids = torch.as_tensor(batch["input_ids"])
    mask = torch.as_tensor(batch.get("attention_mask", torch.ones_like(ids)), device=ids.device).bool()
    lengths = mask.sum(dim=1)
    if not bool((mask == sequence_mask(lengths, ids.shape[1])).all()):
        raise ValueError('the padding is not on the right; tokenize with padding_side="right"')
    return PaddedBatch(ids * mask, lengths)
