"""The Siamese network: two views, one set of weights, and a margin between what differs."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from pairgen.losses import MarginContrastiveLoss
from pairgen.losses.shards import spread
from pairgen.methods.labels import labels_of
from pairgen.methods.method import JointEmbedding, width_of
from pairgen.methods.sample_pairs import sample_pairs
from pairgen.pairs import PairBatch
from pairgen.random import Stream

__all__ = ["Siamese"]


class Siamese(JointEmbedding):
    """Hadsell, Chopra and LeCun 2006, "Dimensionality Reduction by Learning an Invariant Mapping".

    encoder: a module: views -> features (B, D), with `out_features` = D.
    projection_dim: width P of a linear layer behind the encoder; None compares the features themselves.
    margin: dissimilar pairs further apart than that cost nothing; above 0. distance: "euclidean" or "cosine".
    pairs: who is similar. "label": items of one class; "view": the two views of an item alone, which needs no labels.
    balance: share of the similar pairs in the loss, above 0 and below 1.
    seed: of the choice of pairs. gather: in a process group, pair the items of all processes; else those of one's
        own share.

    The first view of each item is compared with the second view of a similar item (another one of its class, if there
    is one) and with that of a dissimilar item, both drawn anew at each step. A batch without dissimilar items teaches
    by its similar pairs alone. Which pairs are made is a function of seed, step and items.
    """

    steps: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        projection_dim: int | None = 64,
        margin: float = 1.0,
        *,
        distance: Literal["euclidean", "cosine"] = "euclidean",
        pairs: Literal["label", "view"] = "label",
        balance: float = 0.5,
        seed: int = 0,
        gather: bool = True,
    ) -> None:
        if projection_dim is not None and projection_dim < 1:
            raise ValueError(f"projection_dim is at least 1, or None, got {projection_dim}")
        width = width_of(encoder)
        super().__init__(encoder, nn.Identity() if projection_dim is None else nn.Linear(width, projection_dim))
        if pairs not in ("label", "view"):
            raise ValueError(f'pairs is "label" or "view", got {pairs!r}')
        if not 0 < balance < 1:
            raise ValueError(f"balance lies between 0 and 1, got {balance!r}; 0.5 weighs both kinds of pairs alike")
        self.criterion = MarginContrastiveLoss(margin, distance=distance)
        self.pairs = pairs
        self.balance = balance
        self.seed = seed
        self.gather = gather
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def compare(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """The margin loss of the similar and of the dissimilar pairs, weighed by `balance`."""
        parts, shards = spread(lambda: (first, second, batch.index, self._classes(batch)), self.gather)
        first, second, index, classes = (shards.gather(part) for part in parts)
        stream = Stream(self.seed, int(self.steps), index.cpu().numpy())
        found = sample_pairs(classes.cpu().numpy(), stream)
        similar, dissimilar, possible = (torch.from_numpy(one).to(first.device) for one in found)
        self.steps += self.training
        loss = self._margin(first, second[similar], 0)
        if possible.any():
            apart = self._margin(first[possible], second[dissimilar[possible]], 1)
            loss = self.balance * loss + (1 - self.balance) * apart
        return shards.averaged(loss)

    def _classes(self, batch: PairBatch) -> Tensor:
        return batch.index if self.pairs == "view" else labels_of(batch, 'Siamese(pairs="label")')

    def _margin(self, first: Tensor, second: Tensor, label: int) -> Tensor:
        loss: Tensor = self.criterion(first, second, torch.full((len(first),), label, device=first.device))
        return loss
