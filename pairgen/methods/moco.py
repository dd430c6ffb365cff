"""MoCo: the keys of a slowly moving encoder, kept in a queue, are the negatives."""

from __future__ import annotations

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen._validation import check_int
from pairgen.losses import info_nce
from pairgen.losses._shards import gather_shards
from pairgen.losses._temperature import check_temperature
from pairgen.methods.ema import EMAEncoder, Momentum, momentum_at
from pairgen.methods.method import Method, allow_single_row, check_views, encode_together
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["KeyQueue", "MoCo"]


class MoCo(Method):
    """Momentum contrast (He et al. 2020), with the variants v2 and v3 as options.

    "Momentum Contrast for Unsupervised Visual Representation Learning": the loss is InfoNCE of the queries of one view
    among the keys of the other and a queue of earlier keys, made by an encoder whose weights are a moving average.

    The key encoder starts as a copy, is updated before each batch in training mode, and is saved with the method. Keys
    enter the queue after the loss of their batch, so they are never its negatives; nor are keys of the same item from
    an earlier batch. Slots are read once they are filled: the first batch finds the queue empty and has loss and
    gradient 0. Of the keys of one batch, those of lower indices leave a full queue first. In evaluation mode `loss`
    changes neither key encoder nor queue. In a batch of one item, BatchNorm takes its running statistics.

    Args:
        encoder: Module that maps a batch of views to features (B, D), with `out_features` = D.
        projection_dim: Width P of queries and keys.
        hidden_dim: Width of the projector's hidden layer; None for D.
        temperature: Divisor of the cosines in InfoNCE, above 0.
        queue: Number of keys of earlier batches that are negatives, at least 0; the newest stay. It should be a small
            part of the data (65,536 in the paper, of 1.28 million images). 0: the other keys of the batch are the
            negatives, as in v3.
        momentum: Momentum of the key encoder, in [0, 1), or a schedule: step -> momentum, such as `CosineMomentum`.
        symmetric: Take queries of both views and keys of both; else queries of the first and keys of the second.
        predictor: Put a further network behind the projector, for the queries only (v3).
        batch_norm: Use batch normalization in projector and predictor (v3).
        gather: In a process group, the keys of all processes, in the order of their ranks, are negatives and enter the
            queues, which stay equal; else those of this process.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`, or a number is not an integer.
        ValueError: A number is out of range.
    """

    steps: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        projection_dim: int = 128,
        hidden_dim: int | None = None,
        temperature: float = 0.2,
        *,
        queue: int = 4096,
        momentum: Momentum = 0.999,
        symmetric: bool = False,
        predictor: bool = False,
        batch_norm: bool = False,
        gather: bool = True,
    ) -> None:
        super().__init__(encoder)
        momentum_at(momentum, 0)
        self.projector = Projector.for_encoder(encoder, projection_dim, hidden_dim, batch_norm=batch_norm)
        hidden = self.projector.hidden_features
        self.predictor = Projector(projection_dim, hidden, projection_dim, batch_norm=batch_norm) if predictor else None
        self.ema_encoder = EMAEncoder(encoder, self.projector)
        self.queue = KeyQueue(queue, projection_dim)
        self.temperature = check_temperature(temperature)
        self.momentum = momentum
        self.symmetric = symmetric
        self.gather = gather
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def train(self, mode: bool = True) -> Self:
        """Set the mode as every method does; the layers of the key encoder have that of the encoder's."""
        super().train(mode)
        self.ema_encoder.follow_mode(self.encoder, self.projector)
        return self

    def loss(self, batch: PairBatch) -> Tensor:
        """Update the key encoder and compute InfoNCE of the queries among the keys.

        Args:
            batch: Pairs whose views are ready for the encoder.

        Returns:
            A differentiable scalar.
        """
        check_views(self, batch)
        if self.training:
            self.ema_encoder.update(momentum_at(self.momentum, int(self.steps)), self.encoder, self.projector)
        query_views = (batch.first, batch.second) if self.symmetric else (batch.first,)
        key_views = (batch.second, batch.first) if self.symmetric else (batch.second,)
        with allow_single_row(self, len(query_views) * len(batch)):
            queries = self.projector(encode_together(self, *query_views))
            if self.predictor is not None:
                queries = self.predictor(queries)
            keys = encode_together(self.ema_encoder, *key_views)
        keys = F.normalize(keys.to(torch.promote_types(keys.dtype, torch.float32)), dim=1)
        views = len(query_views)
        if self.queue.size:
            loss = self._contrast_with_queue(queries, keys, batch.index.repeat(views), views)
        else:
            pairs = zip(queries.chunk(views), keys.chunk(views), strict=True)
            losses = [info_nce(q, k, self.temperature, ids=batch.index, gather=self.gather) for q, k in pairs]
            loss = torch.stack(losses).mean()
        self.steps += self.training
        return loss

    def _contrast_with_queue(self, queries: Tensor, keys: Tensor, index: Tensor, views: int) -> Tensor:
        """The loss with the queue as negatives; in training, the keys enter it afterwards."""
        negatives, items = self.queue.read()
        loss = info_nce(queries, keys, self.temperature, negatives=negatives, mask=index[:, None] == items)
        view = torch.arange(views, device=index.device).repeat_interleave(len(index) // views)
        parts, shards = gather_shards(lambda: (keys, index, view), self.gather)
        if self.training:
            keys, index, view = (shards.gather(part) for part in parts)
            # By view and item: which keys of a batch leave a full queue first does not depend on their processes.
            order = index.argsort(stable=True)
            order = order[view[order].argsort(stable=True)]
            self.queue.push(keys[order], index[order])
        return loss * (len(queries) * len(shards.counts) / shards.total)  # the mean over processes is that over queries


class KeyQueue(nn.Module):
    """The `size` newest keys that were pushed, whatever the sizes of the batches, first in, first out.

    Its buffers are saved with the method: `keys` (size, P) and `index` int64 (size,), a ring of slots, and `pushed`,
    the number of keys so far. Slots that were never written are never read.

    Args:
        size: Number of keys to hold, at least 0.
        width: Width P of the keys.

    Raises:
        TypeError: The size is not an integer.
        ValueError: The size is negative.
    """

    keys: Tensor
    index: Tensor
    pushed: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.size = check_int("queue", size, 0, unit="keys")
        self.register_buffer("keys", torch.zeros(size, width))
        self.register_buffer("index", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("pushed", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        return min(int(self.pushed), self.size)

    def read(self) -> tuple[Tensor, Tensor]:
        """Return copies of the keys (len, P) and of the indices of their items (len,), in no particular order."""
        count = len(self)
        return self.keys[:count].clone(), self.index[:count].clone()

    @torch.no_grad()
    def push(self, keys: Tensor, index: Tensor) -> None:
        """Add keys; of more than `size`, the last ones stay.

        Args:
            keys: Keys (N, P).
            index: Indices of their items, int64 (N,).
        """
        count = min(len(keys), self.size)
        if count:
            end = int(self.pushed) + len(keys)
            slots = torch.arange(end - count, end, device=self.keys.device) % self.size
            self.keys[slots] = keys[-count:].to(self.keys.dtype)
            self.index[slots] = index[-count:]
        self.pushed += len(keys)
