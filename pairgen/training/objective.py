"""The loss of a method on a batch: whole, or in chunks where the batch does not fit into memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from weakref import WeakSet

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from pairgen._validation import check_int
from pairgen.batch import take
from pairgen.methods import JointEmbedding, Method, TwoTowers
from pairgen.methods.method import check_views
from pairgen.pairs import PairBatch

__all__ = ["Objective", "OpaqueBatch", "check_chunks", "loss_in_chunks"]

_warned: WeakSet[nn.Module] = WeakSet()
"""Methods of which a warning has been given."""


class OpaqueBatch:
    """A batch that passes unchanged through wrappers that would cast or scatter the tensors in their inputs.

    The trainer has moved it to its device already; and a `PairBatch`, being frozen, cannot be rewritten in place.
    """

    __slots__ = ("batch",)

    def __init__(self, batch: PairBatch) -> None:
        self.batch = batch


class Objective(nn.Module):
    """A method's loss as the forward pass of a module, which is what DDP wraps.

    Args:
        method: The method.
        chunk_size: Pairs encoded at a time; None for all at once.
    """

    def __init__(self, method: Method, chunk_size: int | None = None) -> None:
        super().__init__()
        self.method = method
        self.chunk_size = chunk_size
        if chunk_size is not None:
            check_chunks(method, chunk_size)

    def forward(self, opaque: OpaqueBatch) -> Tensor:
        """Return the scalar loss of the batch."""
        if self.chunk_size is None:
            return self.method.loss(opaque.batch)
        return loss_in_chunks(self.method, opaque.batch, self.chunk_size)


def loss_in_chunks(method: Method, batch: PairBatch, chunk_size: int) -> Tensor:
    """Compute `method.loss(batch)` in the memory of one chunk.

    GradCache (Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup"): the encoder
    goes through the batch chunk by chunk and only the features are kept; projector and loss see them all at once; in
    the backward pass each chunk is encoded again, under the random state of the first time, and differentiated. That
    costs one more forward pass. Each chunk is a checkpoint of autograd, so mixed precision, hooks and DDP work.

    Loss and gradients are those of the whole batch for encoders that treat each item independently, dropout included.
    BatchNorm in training mode normalizes by a chunk's statistics instead: a warning names the layers, once a method.

    Args:
        method: A `JointEmbedding`, such as `SimCLR`, or two towers, such as `CLIP`.
        batch: Pairs whose views are ready for the encoder.
        chunk_size: Pairs a chunk, at least 1.

    Returns:
        A differentiable scalar.

    Raises:
        TypeError: The method's loss is not a function of embeddings, or `chunk_size` is not an integer.
        ValueError: `chunk_size` is less than 1.
    """
    joint = check_chunks(method, chunk_size)
    check_views(joint, batch)
    features = _in_chunks(joint, joint.features_of, batch.views, batch.index, chunk_size)
    if isinstance(joint, TwoTowers) and batch.negatives is not None and batch.negative_of is not None:
        encode = joint.encode_negatives
        features += _in_chunks(joint, lambda views: (encode(views),), (batch.negatives,), batch.negative_of, chunk_size)
    return joint.loss_of_features(features, batch)


def _in_chunks(
    method: Method,
    encode: Callable[..., tuple[Tensor, ...]],
    views: tuple[Any, ...],
    index: Tensor,
    chunk_size: int,
) -> tuple[Tensor, ...]:
    """The features of batches of as many views as there are indices, each chunk of which is a checkpoint."""
    features = [
        # The index is passed for its device: a checkpoint keeps the random state of the devices of its tensors.
        checkpoint(
            _encode_chunk,
            index[start : start + chunk_size],
            encode,
            views,
            np.arange(start, min(start + chunk_size, len(index))),
            use_reentrant=False,
            context_fn=lambda: (nullcontext(), _freeze_statistics(method)),
        )
        for start in range(0, len(index), chunk_size)
    ]
    return tuple(torch.cat(parts) for parts in zip(*features, strict=True))


def check_chunks(method: Method, chunk_size: int) -> JointEmbedding | TwoTowers:
    """Return the method if it can be trained in chunks of that size; warn where that changes the loss."""
    check_int("chunk_size", chunk_size, 1, unit="pairs")
    if not isinstance(method, (JointEmbedding, TwoTowers)):
        raise TypeError(
            f"{type(method).__name__} cannot be trained in chunks, as its loss is not a function of the embeddings of "
            "both views: leave chunk_size out and lower the loader's batch_size, or train SimCLR, for example"
        )
    if method not in _warned:
        _warned.add(method)
        towers = [method.encoder] if isinstance(method, JointEmbedding) else dict.fromkeys(method.towers)
        layers = [name for tower in towers for name, _ in _layers_of_batch_statistics(tower)]
        if layers:
            names = ", ".join(layers[:3]) + (f" and {len(layers) - 3} more" if len(layers) > 3 else "")
            warnings.warn(
                f"chunk_size={chunk_size}: the encoder's BatchNorm ({names}) takes its statistics from a chunk, not "
                "from the whole batch, so the loss is not that of the whole batch; an encoder with LayerNorm or "
                "GroupNorm, or with these layers in evaluation mode, is exact",
                stacklevel=3,
            )
    return method


def _encode_chunk(
    index: Tensor, encode: Callable[..., tuple[Tensor, ...]], views: tuple[Any, ...], where: npt.NDArray[np.int64]
) -> tuple[Tensor, ...]:
    return encode(*(take(view, where) for view in views))


def _layers_of_batch_statistics(module: nn.Module) -> list[tuple[str, _BatchNorm]]:
    return [(n, m) for n, m in module.named_modules() if isinstance(m, _BatchNorm) and m.training]


@contextmanager
def _freeze_statistics(module: nn.Module) -> Iterator[None]:
    """Let BatchNorm normalize as in training, but leave its running statistics, which include this chunk already."""
    layers = [layer for _, layer in _layers_of_batch_statistics(module) if layer.track_running_stats]
    momenta = [layer.momentum for layer in layers]
    counts = [layer.num_batches_tracked for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
        layer.num_batches_tracked = None
    try:
        yield
    finally:
        for layer, momentum, count in zip(layers, momenta, counts, strict=True):
            layer.momentum = momentum
            layer.num_batches_tracked = count
