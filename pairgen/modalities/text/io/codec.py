"""Text items: what users hold, and the form in which it is augmented.

| item | augmented as | view |
|---|---|---|
| `str` | itself | `str` |
| UTF-8 `bytes` | `str` | `bytes` |
| token ids: integer tensor (L,) | itself | tensor of that dtype and device |
| token ids: integer array (L,) | itself | array of that dtype |
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["check_ids", "check_text", "decode_text", "restore_text"]

_FORMS = "a str, UTF-8 bytes, or token ids (an integer tensor or array of one axis)"


def decode_text(item: Any) -> Any:
    """The item as a `str`, or the token ids themselves.

    Raises ValueError for bytes that are not UTF-8, and TypeError for another type, rank or dtype; both say what to do.
    """
    if isinstance(item, str):
        return item if type(item) is str else str(item)
    if isinstance(item, (bytes, bytearray)):
        return _decoded(bytes(item))
    if isinstance(item, (Tensor, np.ndarray)):
        return check_ids(item)
    if item is None:
        raise TypeError("the text is None: the row has no text; drop it, or fill it with an empty string")
    hint = '; join its parts with " ".join(...), or give them one by one' if isinstance(item, (list, tuple)) else ""
    raise TypeError(f"a text is {_FORMS}; got {type(item).__name__}{hint}")


def restore_text(view: Any, item: Any) -> Any:
    """The view in the type of the item: bytes for bytes, else as it is."""
    return view.encode() if isinstance(item, (bytes, bytearray)) and isinstance(view, str) else view


def check_text(item: Any) -> str:
    """The item if it is a `str`; else TypeError with the remedy."""
    if isinstance(item, str):
        return item
    if isinstance(item, (Tensor, np.ndarray)):
        raise TypeError("this augmentation changes strings, got token ids; use TokenSwap, or augment before tokenising")
    if isinstance(item, (bytes, bytearray)):
        return _decoded(bytes(item))
    opened: str = decode_text(item)
    return opened


def check_ids(ids: Any) -> Any:
    """Token ids (L,) if they are an integer tensor or array of one axis; else TypeError with the remedy."""
    kind = ids.dtype.kind in "iu" if isinstance(ids, np.ndarray) else ids.dtype in _INTEGERS
    if ids.ndim != 1 or not kind:
        hint = "; give a batch to sampler.augment" if ids.ndim == 2 else ""
        raise TypeError(f"token ids are integers (L,), got shape {tuple(ids.shape)} and dtype {ids.dtype}{hint}")
    return ids


_INTEGERS = (torch.int64, torch.int32, torch.int16, torch.uint8)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        shown = data[max(0, error.start - 8) : error.start + 8]
        raise ValueError(
            f"the text is not UTF-8: byte {error.start} of {len(data)} is {data[error.start]:#04x} ({shown!r}); decode "
            'it yourself, such as data.decode("latin-1"), or read the file with encoding="latin-1"'
        ) from error


class TextCodec:
    """Decodes texts to `str` or token ids, and restores views to the item's type."""

    def decode(self, item: Any) -> Any:
        """Return the `str` or token ids; see `decode_text`."""
        return decode_text(item)

    def restore(self, view: Any, item: Any) -> Any:
        """Return the view in the item's type; see `restore_text`."""
        return restore_text(view, item)


CODEC = TextCodec()
