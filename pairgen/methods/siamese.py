"""The siamese network: two views, one set of weights, and a margin between dissimilar items."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pairgen._validation import check_choice, check_int, check_number
from pairgen.losses import MarginContrastiveLoss
from pairgen.losses._shards import gather_shards
from pairgen.methods.method import JointEmbedding, get_labels, get_width
from pairgen.pairs import PairBatch
from pairgen.random import Stream

__all__ = ["Siamese", "sample_pairs"]

IntArray = npt.NDArray[np.int64]


class Siamese(JointEmbedding):
    """Margin loss of similar and dissimilar pairs (Hadsell, Chopra and LeCun 2006).

    "Dimensionality Reduction by Learning an Invariant Mapping": the first view of each item is compared with the second
    view of a similar item (another one of its class, if there is one) and with that of a dissimilar item, both drawn
    anew at each step, as a function of seed, step and items. A batch without dissimilar items contributes its similar
    pairs only.

    Args:
        encoder: Module that maps a batch of views to features (B, D), with `out_features` = D.
        projection_dim: Width P of a linear layer behind the encoder; None compares the features themselves.
        margin: Distance beyond which dissimilar pairs cost nothing, above 0.
        distance: "euclidean" or "cosine".
        pairs: What is similar: "label" for items of one class, "view" for the views of an item only (the same one is
            told by `PairBatch.item_id`), without labels.
        balance: Weight of the similar pairs in the loss, in (0, 1); 0.5 weighs similar and dissimilar pairs alike.
        seed: Seed of the choice of pairs.
        gather: In a process group, pair the items of all processes; else those of this process.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`, or a number has the wrong type.
        ValueError: A number is out of range, or an option is unknown.
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
        if projection_dim is not None:
            check_int("projection_dim", projection_dim, 1)
        width = get_width(encoder)
        super().__init__(encoder, nn.Identity() if projection_dim is None else nn.Linear(width, projection_dim))
        check_choice("pairs", pairs, ("label", "view"))
        check_number("balance", balance, 0, 1, above=True, below=True)
        self.criterion = MarginContrastiveLoss(margin, distance=distance)
        self.pairs = pairs
        self.balance = balance
        self.seed = seed
        self.gather = gather
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def compare(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """Compute the margin loss of the similar and of the dissimilar pairs, weighted by `balance`.

        Args:
            first: Embeddings (B, P) of the first views.
            second: Embeddings (B, P) of the second views.
            batch: The batch they come from, with labels for `pairs="label"`.

        Returns:
            A differentiable scalar.

        Raises:
            TypeError: The labels are not integers.
            ValueError: The batch has no labels.
        """
        parts, shards = gather_shards(lambda: (first, second, batch.item_id, self._get_classes(batch)), self.gather)
        first, second, items, classes = (shards.gather(part) for part in parts)
        stream = Stream(self.seed, int(self.steps), items.cpu().numpy())
        samples = sample_pairs(classes.cpu().numpy(), stream)
        similar, dissimilar, has_dissimilar = (torch.from_numpy(sample).to(first.device) for sample in samples)
        self.steps += self.training
        loss = self._margin_loss(first, second[similar], 0)
        if has_dissimilar.any():
            separation = self._margin_loss(first[has_dissimilar], second[dissimilar[has_dissimilar]], 1)
            loss = self.balance * loss + (1 - self.balance) * separation
        return shards.scale_gradient(loss)

    def _get_classes(self, batch: PairBatch) -> Tensor:
        return batch.item_id if self.pairs == "view" else get_labels(batch, 'Siamese(pairs="label")')

    def _margin_loss(self, first: Tensor, second: Tensor, label: int) -> Tensor:
        loss: Tensor = self.criterion(first, second, torch.full((len(first),), label, device=first.device))
        return loss


def sample_pairs(classes: IntArray, rng: Stream) -> tuple[IntArray, IntArray, npt.NDArray[np.bool_]]:
    """Draw for each of N items one of its class and one of another class.

    Which items are paired depends on the items, not on their order in the batch.

    Args:
        classes: Class of each item, int64 (N,).
        rng: Stream of N keys, those of the items.

    Returns:
        similar: int64 (N,). The items of a class form a random cycle: each is the partner of one other, and of itself
            only where it is the only one of its class.
        dissimilar: int64 (N,), each uniform among the items of other classes.
        has_dissimilar: bool (N,), False where there are none; `dissimilar` is then meaningless.
    """
    n = len(classes)
    order = np.lexsort((rng.uniform(), classes))  # by class, and at random within each
    _, start, member, size = np.unique(classes[order], return_index=True, return_inverse=True, return_counts=True)
    start, size, position = start[member], size[member], np.arange(n)  # of each sorted item's class
    following = start + (position - start + 1) % size
    others = n - size
    rank = np.empty(n, np.int64)
    rank[order] = position
    # A position among the items of other classes, which lie before and behind those of the item's class.
    other = rng.integers(0, np.maximum(others[rank], 1))[order]
    elsewhere = np.where(other < start, other, other + size) % n
    similar, dissimilar, has_dissimilar = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.bool_)
    similar[order], dissimilar[order], has_dissimilar[order] = order[following], order[elsewhere], others > 0
    return similar, dissimilar, has_dissimilar
