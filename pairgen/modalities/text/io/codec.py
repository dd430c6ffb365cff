"""Text items: what users hold, the form in which they are augmented, and back.

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
import numpy.typing as npt
import torch
from torch import Tensor

__all__ = ["CODEC", "DecodedText", "TextCodec", "TextItem", "TokenIds", "check_string", "has_integers"]

TokenIds = Tensor | npt.NDArray[np.integer[Any]]
"""Token ids of one text, (L,), of an integer dtype."""

TextItem = str | bytes | bytearray | TokenIds
"""What users hold."""

DecodedText = str | TokenIds
"""What augmentations take and return."""

_FORMS = "a str, UTF-8 bytes, or token ids (an integer tensor or array of one axis)"
_INTEGERS = (torch.int64, torch.int32, torch.int16, torch.uint8)


class TextCodec:
    """Decodes texts to `str` or token ids, and restores views to the item's type.

    Example:
        >>> CODEC.decode(b"a dog"), CODEC.restore("a hound", b"a dog")
        ('a dog', b'a hound')
    """

    def decode(self, item: TextItem) -> DecodedText:
        """Return the item as a `str`, or the token ids themselves.

        Raises:
            ValueError: Bytes that are not UTF-8.
            TypeError: Another type, rank or dtype.
        """
        return _check(item)

    def restore(self, view: DecodedText, item: TextItem) -> TextItem:
        """Return the view in the type of the item: bytes for bytes, else as it is."""
        return view.encode() if isinstance(item, (bytes, bytearray)) and isinstance(view, str) else view


CODEC = TextCodec()


def _check(item: object) -> DecodedText:
    """The full check of an item: the `str` or ids that it is; ValueError or TypeError with the remedy."""
    if isinstance(item, str):
        return item if type(item) is str else str(item)
    if isinstance(item, (bytes, bytearray)):
        return _decode_utf8(bytes(item))
    if isinstance(item, (Tensor, np.ndarray)):
        if item.ndim != 1 or not has_integers(item):
            hint = "; pass a batch to sampler.augment" if item.ndim == 2 else ""
            raise TypeError(f"token ids are integers (L,), got shape {tuple(item.shape)} and dtype {item.dtype}{hint}")
        return item
    if item is None:
        raise TypeError("the text is None: the row has no text; drop it, or fill it with an empty string")
    hint = '; join its parts with " ".join(...), or pass them one by one' if isinstance(item, (list, tuple)) else ""
    raise TypeError(f"a text is {_FORMS}; got {type(item).__name__}{hint}")


def has_integers(ids: Tensor | npt.NDArray[Any]) -> bool:
    """Return whether a tensor or array has an integer dtype."""
    return ids.dtype.kind in "iu" if isinstance(ids, np.ndarray) else ids.dtype in _INTEGERS


def check_string(text: object) -> str:
    """Return what an augmentation of strings takes, a `str`; TypeError with the remedy for anything else."""
    if isinstance(text, str):
        return text
    if isinstance(text, (Tensor, np.ndarray)):
        raise TypeError("this augmentation changes strings, got token ids; use TokenSwap, or augment before tokenizing")
    if isinstance(text, (bytes, bytearray)):
        raise TypeError("this augmentation changes strings, got bytes; decode them first, with text.decode()")
    if text is None:
        raise TypeError("the text is None: the row has no text; drop it, or fill it with an empty string")
    raise TypeError(f"a text is a str here; got {type(text).__name__}")


def _decode_utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        context = data[max(0, error.start - 8) : error.start + 8]
        raise ValueError(
            f"the text is not UTF-8: byte {error.start} of {len(data)} is {data[error.start]:#04x} ({context!r}); "
            'decode it yourself, such as data.decode("latin-1"), or read the file with encoding="latin-1"'
        ) from error
