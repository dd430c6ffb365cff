"""The newest keys of earlier batches."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["KeyQueue"]


class KeyQueue(nn.Module):
    """First in, first out: the `size` newest keys that were pushed, whatever the sizes of the batches.

    size: at least 0. width: P of the keys (P,).

    Its buffers are saved with the method: `keys` (size, P) and `index` int64 (size,), in slots written round and round,
    and `pushed`, how many keys there have been. Slots that were never written are never read.
    """

    keys: Tensor
    index: Tensor
    pushed: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise ValueError(
                f"queue is {size!r}: a whole number of keys, such as 4096; 0 takes the other keys of the batch instead"
            )
        self.size = size
        self.register_buffer("keys", torch.zeros(size, width))
        self.register_buffer("index", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("pushed", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        """How many keys it holds."""
        return min(int(self.pushed), self.size)

    def read(self) -> tuple[Tensor, Tensor]:
        """Copies of the keys (len, P) and of the indices of their items (len,), in no particular order."""
        held = len(self)
        return self.keys[:held].clone(), self.index[:held].clone()

    @torch.no_grad()
    def push(self, keys: Tensor, index: Tensor) -> None:
        """Add keys (N, P) and the indices of their items (N,); of more than `size`, the last ones stay."""
        kept = min(len(keys), self.size)
        if kept:
            last = int(self.pushed) + len(keys)
            slots = torch.arange(last - kept, last, device=self.keys.device) % self.size
            self.keys[slots] = keys[-kept:].to(self.keys.dtype)
            self.index[slots] = index[-kept:]
        self.pushed += len(keys)
