"""A method's loss as the forward pass of a module, which is what DDP wraps."""

from __future__ import annotations

from torch import Tensor, nn

from pairgen.methods import Method
from pairgen.pairs import PairBatch
from pairgen.training.chunks import loss_in_chunks, splittable

__all__ = ["Objective", "OpaqueBatch"]


class OpaqueBatch:
    """A batch that passes unchanged through wrappers that would cast or scatter what they find in their inputs.

    The trainer has put it where it belongs already; and a `PairBatch`, being frozen, cannot be rewritten in place.
    """

    __slots__ = ("batch",)

    def __init__(self, batch: PairBatch) -> None:
        self.batch = batch


class Objective(nn.Module):
    """OpaqueBatch batch -> the loss of the method; chunk_size: pairs encoded at a time, None for all at once."""

    def __init__(self, method: Method, chunk_size: int | None = None) -> None:
        super().__init__()
        self.method = method
        self.chunk_size = chunk_size
        if chunk_size is not None:
            splittable(method, chunk_size)

    def forward(self, sealed: OpaqueBatch) -> Tensor:
        """The scalar loss."""
        if self.chunk_size is None:
            return self.method.loss(sealed.batch)
        return loss_in_chunks(self.method, sealed.batch, self.chunk_size)
