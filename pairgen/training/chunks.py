"""Batches beyond memory: encoded, and differentiated, a chunk at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from weakref import WeakSet

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from pairgen.batch import take
from pairgen.methods import JointEmbedding, Method
from pairgen.pairs import PairBatch

__all__ = ["loss_in_chunks", "splittable"]

_warned: WeakSet[nn.Module] = WeakSet()


def loss_in_chunks(method: Method, batch: PairBatch, chunk_size: int) -> Tensor:
    """`method.loss(batch)` in the memory of one chunk: a differentiable scalar.

    chunk_size: pairs a chunk, at least 1.

    The GradCache of Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup": the
    encoder goes through the batch chunk by chunk and nothing is kept but the features; projector and loss see them all
    at once; on the way back each chunk is encoded again, under the random state of the first time, and differentiated.
    That costs one more forward pass. Autograd itself runs it (each chunk is a checkpoint), so that mixed precision,
    hooks and DDP work as ever.

    Loss and gradients are those of the whole batch, for encoders that treat each item on its own; dropout is exact.
    BatchNorm in training mode normalises by a chunk's statistics instead: a warning names the layers, once a method.

    Raises TypeError for a method whose loss is no function of embeddings, ValueError for a chunk_size below 1.
    """
    joint = splittable(method, chunk_size)
    features = [
        # The index is handed over for its device: a checkpoint keeps the random state of the devices of its tensors.
        checkpoint(
            _features,
            batch.index[start : start + chunk_size],
            joint,
            batch,
            np.arange(start, min(start + chunk_size, len(batch))),
            use_reentrant=False,
            context_fn=lambda: (nullcontext(), _still_statistics(joint.encoder)),
        )
        for start in range(0, len(batch), chunk_size)
    ]
    first, second = (torch.cat(parts) for parts in zip(*features, strict=True))
    return joint.loss_of_features(first, second, batch)


def splittable(method: Method, chunk_size: int) -> JointEmbedding:
    """Return the method, if it can be trained in chunks of that size; warn where that changes the loss."""
    if isinstance(chunk_size, bool) or not isinstance(chunk_size, int) or chunk_size < 1:
        raise ValueError(
            f"chunk_size is a whole number of pairs, at least 1, got {chunk_size!r}; None takes all at once"
        )
    if not isinstance(method, JointEmbedding):
        raise TypeError(
            f"{type(method).__name__} cannot be trained in chunks, as its loss is not a function of the embeddings of "
            "both views: leave chunk_size out and lower the loader's batch_size, or train one that is, such as SimCLR"
        )
    if method not in _warned:
        _warned.add(method)
        layers = [name for name, _ in _layers_of_batch_statistics(method.encoder)]
        if layers:
            shown = ", ".join(layers[:3]) + (f" and {len(layers) - 3} more" if len(layers) > 3 else "")
            warnings.warn(
                f"chunk_size={chunk_size}: the encoder's BatchNorm ({shown}) takes its statistics from a chunk, not "
                "from the whole batch, so the loss is not that of the whole batch; an encoder with LayerNorm or "
                "GroupNorm, or with these layers in evaluation mode, is exact",
                stacklevel=3,
            )
    return method


def _features(index: Tensor, method: JointEmbedding, batch: PairBatch, where: Any) -> tuple[Tensor, Tensor]:
    return method.features_of(take(batch.first, where), take(batch.second, where))


def _layers_of_batch_statistics(module: nn.Module) -> list[tuple[str, _BatchNorm]]:
    return [(n, m) for n, m in module.named_modules() if isinstance(m, _BatchNorm) and m.training]


@contextmanager
def _still_statistics(module: nn.Module) -> Iterator[None]:
    """Let BatchNorm normalize as in training, but leave its running statistics: they saw this chunk already."""
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
