"""TS2Vec: what two views say of the same timestamp is to agree, at every scale of time."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen.batches import joined
from pairgen.losses.groups import contrast_in_groups
from pairgen.methods.method import Method, width_of
from pairgen.pairs import PairBatch
from pairgen.sequences import Steps

__all__ = ["TS2Vec", "hierarchical_contrast"]


class TS2Vec(Method):
    """Yue et al. 2022, "TS2Vec: Towards Universal Representation of Time Series".

    encoder: offers `steps(views) -> Steps`, features of every timestamp, and `out_features`.
    instance_weight: of the contrast between series against that between timestamps, in [0, 1]; alpha in the published
        code.

    The two views of a pair are crops that overlap, as the recipe "ts2vec" makes them; the batches of views say where in
    their series they begin (`starts`, int64 (B,)). Only what both views show is compared. Nothing is projected.
    """

    def __init__(self, encoder: nn.Module, instance_weight: float = 0.5) -> None:
        super().__init__(encoder)
        width_of(encoder)
        if not callable(getattr(encoder, "steps", None)):
            raise ValueError(
                f"{type(encoder).__name__} has no steps(views): TS2Vec compares timestamps, and needs an encoder that "
                'gives pairgen.sequences.Steps, such as pairgen.encoder("timeseries", "dilated-cnn")'
            )
        if not 0 <= instance_weight <= 1:
            raise ValueError(f"instance_weight lies in [0, 1], got {instance_weight}")
        self.instance_weight = instance_weight

    def loss(self, batch: PairBatch) -> Tensor:
        """The hierarchical contrast over the overlaps: a scalar. ValueError where views do not say where they begin."""
        first, second = self._steps(batch.first, batch.second)
        begins = [_starts(views) for views in (batch.first, batch.second)]
        ends = [start + steps.lengths for start, steps in zip(begins, (first, second), strict=True)]
        begin = torch.maximum(*begins)
        shared = torch.minimum(*ends) - begin
        if len(shared) and int(shared.max()) < 1:
            raise ValueError(
                'the two views of no pair overlap; make them with the recipe "ts2vec", or begin both with OverlapCrop'
            )
        shared = shared.clamp(min=0)
        parts = [_part(steps, begin - start, shared) for start, steps in zip(begins, (first, second), strict=True)]
        return hierarchical_contrast(parts[0], parts[1], shared, self.instance_weight)

    def _steps(self, first: Any, second: Any) -> tuple[Steps, Steps]:
        """The steps of both views, encoded as one batch where they fit into one."""
        encoder = cast("Any", self.encoder)
        both = joined(first, second)
        if both is None:
            return encoder.steps(first), encoder.steps(second)
        features, lengths = encoder.steps(both)
        half = len(lengths) // 2
        return Steps(features[:half], lengths[:half]), Steps(features[half:], lengths[half:])


def _starts(views: Any) -> Tensor:
    starts = getattr(views, "starts", None)
    if not isinstance(starts, Tensor):
        raise ValueError(
            f"TS2Vec compares timestamps, and views of type {type(views).__name__} do not say where they begin; make "
            'pairs with PairSampler("timeseries", recipe="ts2vec")'
        )
    return starts


def _part(steps: Steps, begin: Tensor, size: Tensor) -> Tensor:
    """`size` timestamps of each series from `begin` on, both int64 (B,), as (B, L, D) with L the largest size."""
    place = begin[:, None] + torch.arange(int(size.max()), device=size.device)
    place = place.clamp(0, steps.features.shape[1] - 1)
    return steps.features.gather(1, place[..., None].expand(-1, -1, steps.features.shape[2]))


def hierarchical_contrast(first: Tensor, second: Tensor, lengths: Tensor, instance_weight: float = 0.5) -> Tensor:
    """The mean over all scales of time of the contrast between series and of that between timestamps: a scalar.

    first, second: (B, L, D), the same timestamps in two views; lengths: int64 (B,), how many are there of each series.
    Time is halved by max-pooling of two timestamps until one is left (algorithm 1 of the paper). Series that have no
    timestamp at a scale take no part there.
    """
    losses = []
    while first.shape[1] and bool((lengths > 0).any()):
        loss = instance_weight * _between_series(first, second, lengths)
        if first.shape[1] > 1 and instance_weight < 1:
            loss = loss + (1 - instance_weight) * _between_timestamps(first, second, lengths)
        losses.append(loss)
        if first.shape[1] == 1:
            break
        first, second = (F.max_pool1d(part.transpose(1, 2), 2).transpose(1, 2) for part in (first, second))
        lengths = lengths // 2
    return torch.stack(losses).mean()


def _between_series(first: Tensor, second: Tensor, lengths: Tensor) -> Tensor:
    """Equation 2: at each timestamp, the other view of a series against both views of all others that have it."""
    there = torch.arange(first.shape[1], device=lengths.device)[:, None] < lengths  # (L, B)
    both = torch.cat([first, second]).transpose(0, 1)
    return contrast_in_groups(both, there)


def _between_timestamps(first: Tensor, second: Tensor, lengths: Tensor) -> Tensor:
    """Equation 1: in each series, the other view of a timestamp against both views of all others."""
    there = torch.arange(first.shape[1], device=lengths.device) < lengths[:, None]  # (B, L)
    return contrast_in_groups(torch.cat([first, second], dim=1), there)
