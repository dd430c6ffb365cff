"""From opened items or views to a batch: a list of strings, or padded token ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pairgen.batch import PaddedBatch, pad, sequence_mask
from pairgen.modalities.text.io.codec import check_ids, check_text, decode_text

__all__ = ["check_batch", "collate"]


def collate(views: Sequence[Any]) -> Any:
    """Strings as a list, token ids (L,) as `PaddedBatch` (B, L). ValueError for none, TypeError for a mixture."""
    if not len(views):
        raise ValueError("cannot collate no texts: the batch is empty; check the batch size and the data set")
    forms = [decode_text(view) for view in views]
    if all(isinstance(form, str) for form in forms):
        return forms
    if any(isinstance(form, str) for form in forms):
        raise TypeError("cannot collate strings with token ids; tokenise all of the texts or none")
    return pad([form if isinstance(form, Tensor) else torch.from_numpy(form) for form in forms])


def check_batch(batch: Any) -> Any:
    """A batch of texts: a list of `str`, or `PaddedBatch` token ids.

    Takes lists, tuples and arrays of `str`, `PaddedBatch`, integer tensors (B, L) without padding, and mappings with
    "input_ids" and "attention_mask", padded on the right. Raises TypeError, or ValueError for padding elsewhere.
    """
    if isinstance(batch, PaddedBatch):
        return batch
    if isinstance(batch, Mapping):
        return _from_mask(batch)
    if isinstance(batch, Tensor):
        if batch.ndim != 2:
            raise TypeError(f"a batch of token ids is (B, L), got shape {tuple(batch.shape)}")
        check_ids(batch.flatten())
        return PaddedBatch(batch, torch.full((len(batch),), batch.shape[1], device=batch.device))
    if isinstance(batch, np.ndarray) and batch.dtype.kind in "OUT":
        batch = batch.tolist()
    if not isinstance(batch, (list, tuple)):
        raise TypeError(
            f"a batch of texts is a list of str, PaddedBatch token ids, or a dict of input_ids and attention_mask; got "
            f"{type(batch).__name__}"
        )
    return [check_text(text) for text in batch]


def _from_mask(batch: Mapping[str, Any]) -> PaddedBatch:
    if "input_ids" not in batch:
        raise TypeError(f"a batch of token ids has 'input_ids', got {', '.join(map(repr, batch))}")
    ids = torch.as_tensor(batch["input_ids"])
    mask = torch.as_tensor(batch.get("attention_mask", torch.ones_like(ids)), device=ids.device).bool()
    lengths = mask.sum(dim=1)
    if not bool((mask == sequence_mask(lengths, ids.shape[1])).all()):
        raise ValueError('the padding is not on the right; tokenise with padding_side="right"')
    return PaddedBatch(ids * mask, lengths)
