"""MoCo: the keys of a slowly moving encoder, kept in a queue, are the negatives."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen.losses import info_nce
from pairgen.losses.shards import spread
from pairgen.losses.temperature import check_temperature
from pairgen.methods.ema import EMAEncoder, Momentum, momentum_at
from pairgen.methods.key_queue import KeyQueue
from pairgen.methods.method import Method, encode_together
from pairgen.methods.projector import Projector
from pairgen.pairs import PairBatch

__all__ = ["MoCo"]


class MoCo(Method):
    """He et al. 2020, "Momentum Contrast for Unsupervised Visual Representation Learning"; v2 and v3 by its options.

    encoder: a module: views -> features (B, D), with `out_features` = D.
    projection_dim: width P of queries and keys. hidden_dim: of the projector's hidden layer; D by default.
    temperature: of InfoNCE, above 0.
    queue: how many keys of earlier batches are negatives: any number, whatever the batches; the newest stay. It should
        be a small part of the data (65,536 in the paper, of 1.28 million images). 0: the other keys of the batch are
        the negatives, as in v3.
    momentum: of the key encoder, in [0, 1), or a schedule: step -> momentum, such as `CosineMomentum`.
    symmetric: each view asks for the other; else the first asks for the second.
    predictor: a further network on the queries alone (v3). batch_norm: batch normalisation in both heads (v3).
    gather: in a process group, the keys of all processes, in the order of their ranks, are negatives and enter the
        queues, which stay alike; else those of one's own share.

    The key encoder starts as a copy, follows before each batch in training mode, and is saved with the method. Keys
    enter the queue after the loss of their batch, which so never has them as negatives; nor are keys of the same item
    from an earlier batch. Slots are used once they are filled: the first batch, with none, has loss 0 and gradient 0.
    In evaluation mode `loss` changes neither key encoder nor queue.
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
        self.projector = Projector.on(encoder, projection_dim, hidden_dim, batch_norm=batch_norm)
        hidden = self.projector.hidden_features
        self.predictor = Projector(projection_dim, hidden, projection_dim, batch_norm=batch_norm) if predictor else None
        self.follower = EMAEncoder(encoder, self.projector)
        self.queue = KeyQueue(queue, projection_dim)
        self.temperature = check_temperature(temperature)
        self.momentum = momentum
        self.symmetric = symmetric
        self.gather = gather
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def loss(self, batch: PairBatch) -> Tensor:
        """InfoNCE of the queries among the keys: a scalar."""
        if self.training:
            self.follower.follow(momentum_at(self.momentum, int(self.steps)), self.encoder, self.projector)
        asking = (batch.first, batch.second) if self.symmetric else (batch.first,)
        answering = (batch.second, batch.first) if self.symmetric else (batch.second,)
        queries = self.projector(encode_together(self, *asking))
        if self.predictor is not None:
            queries = self.predictor(queries)
        keys = encode_together(self.follower, *answering)
        keys = F.normalize(keys.to(torch.promote_types(keys.dtype, torch.float32)), dim=1)
        if self.queue.size:
            loss = self._among_queue(queries, keys, batch.index.repeat(len(asking)))
        else:
            views = zip(queries.chunk(len(asking)), keys.chunk(len(asking)), strict=True)
            options: dict[str, Any] = {"ids": batch.index, "gather": self.gather}
            loss = torch.stack([info_nce(q, k, self.temperature, **options) for q, k in views]).mean()
        self.steps += self.training
        return loss

    def _among_queue(self, queries: Tensor, keys: Tensor, index: Tensor) -> Tensor:
        """The loss with the queue as negatives; in training, the keys enter it then."""
        negatives, items = self.queue.read()
        loss = info_nce(queries, keys, self.temperature, negatives=negatives, mask=index[:, None] == items)
        (keys, index), shards = spread(lambda: (keys, index), self.gather)
        if self.training:
            self.queue.push(shards.gather(keys), shards.gather(index))
        return loss * (len(queries) * len(shards.counts) / shards.total)  # the mean over processes is that over queries
