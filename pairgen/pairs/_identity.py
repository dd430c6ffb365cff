"""Which rows of batches are of the same item: a hash of an item's index and of a sample of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch

from pairgen.pairs.pair import DecodedItem, Pair

__all__ = ["collate_identities", "identify_rows", "identity_of"]

_MOST = 512
"""Values or characters of each part of an item that are hashed: enough to tell items apart, at a few microseconds."""

_SCALARS = (int, float, complex, bool, type(None), np.generic)


def identity_of(index: int, decoded: object) -> int:
    """Return a 63-bit hash of an item's index and of a sample of its content.

    Two items of one index, of different datasets or of a stream whose keys restart, so have different hashes, and one
    item has the same in each process, epoch and run. Content of unknown types is passed over.

    Args:
        index: Index of the item.
        decoded: The item in the modality's internal type.
    """
    digest = hashlib.blake2b(str(index).encode(), digest_size=8)
    for part in _sample(decoded):
        digest.update(part)
    return int.from_bytes(digest.digest(), "little") >> 1


def identify_rows(index: np.ndarray | torch.Tensor, batch: object) -> torch.Tensor | None:
    """Return an identity for each row of a tensor of items, int64 (B,); None for another batch.

    Args:
        index: int64 (B,), the indices of the items.
        batch: A batch of a loader.
    """
    if not isinstance(batch, torch.Tensor) or batch.ndim < 2 or len(batch) != len(index):
        return None
    flat = batch.detach().flatten(1)
    rows = flat[:, :: _step(flat.shape[1])].cpu()
    ids = [identity_of(int(key), row) for key, row in zip(index, rows, strict=True)]
    return torch.tensor(ids, dtype=torch.int64, device="cpu")


def collate_identities(items: Sequence[Pair | DecodedItem]) -> torch.Tensor | None:
    """Return the identities of the items of a batch, int64 (B,); None if one has none."""
    identities = [item.identity for item in items if item.identity is not None]
    return torch.tensor(identities, dtype=torch.int64, device="cpu") if len(identities) == len(items) else None


def _sample(value: Any) -> Iterator[bytes]:
    if isinstance(value, torch.Tensor):
        if value.layout == torch.strided:
            yield from _sample(_as_array(value))
    elif isinstance(value, np.ndarray):
        yield repr(value.shape).encode()
        if value.dtype != object:
            yield (value if value.size <= _MOST else value.reshape(-1)[:: _step(value.size)]).tobytes()
    elif isinstance(value, str):
        yield from _sample(value.encode(errors="surrogatepass"))
    elif isinstance(value, (bytes, bytearray)):
        yield repr(len(value)).encode()
        yield bytes(value[:: _step(len(value))])
    elif isinstance(value, _SCALARS):
        yield repr(value).encode()
    elif isinstance(value, Mapping):
        for name in value:
            yield str(name).encode()
            yield from _sample(value[name])
    elif isinstance(value, (tuple, list)):
        yield repr(len(value)).encode()
        for member in value[:: _step(len(value))]:
            yield from _sample(member)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _sample(getattr(value, field.name))
    elif hasattr(value, "stores") and hasattr(value, "to_dict"):  # PyG
        yield from _sample(value.to_dict())


def _step(size: int) -> int:
    return -(-size // _MOST) or 1


def _as_array(tensor: torch.Tensor) -> np.ndarray:
    """Return a tensor as an array; where NumPy has no such tensors, the bytes of some of its values."""
    tensor = tensor.detach()
    try:
        return tensor.numpy()
    except (TypeError, RuntimeError):  # of another device, in bfloat16, a lazy conjugate
        values = tensor.reshape(-1)[:: _step(tensor.numel())].cpu().resolve_conj().resolve_neg()
        return values.contiguous().view(torch.uint8).numpy()
