"""TS2Vec: what two views say of the same timestamp is to agree, at every scale of time."""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen.batch import SequenceFeatures, concat, sequence_mask
from pairgen.losses.groups import contrast_in_groups
from pairgen.methods.method import Method, width_of
from pairgen.pairs import PairBatch

__all__ = ["TS2Vec", "hierarchical_contrast"]

_FEW = 32
"""Timestamps, up to which all series are contrasted in one call."""


class TS2Vec(Method):
    """Yue et al. 2022, "TS2Vec: Towards Universal Representation of Time Series".

    encoder: offers `steps(views) -> SequenceFeatures`, features of every timestamp, and `out_features`.
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
                'gives pairgen.batch.SequenceFeatures, such as pairgen.create_encoder("timeseries", "dilated-cnn")'
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
        shared, order = shared.clamp(min=0).sort(descending=True)  # what is alike in length is contrasted together
        parts = [
            _part(steps, order, (begin - start)[order], shared)
            for steps, start in zip((first, second), begins, strict=True)
        ]
        return hierarchical_contrast(parts[0], parts[1], shared, self.instance_weight)

    def _steps(self, first: Any, second: Any) -> tuple[SequenceFeatures, SequenceFeatures]:
        """The steps of both views, encoded as one batch where they fit into one."""
        encoder = cast("Any", self.encoder)
        both = concat(first, second)
        if both is None:
            return encoder.steps(first), encoder.steps(second)
        features, lengths = encoder.steps(both)
        half = len(lengths) // 2
        return SequenceFeatures(features[:half], lengths[:half]), SequenceFeatures(features[half:], lengths[half:])


def _starts(views: Any) -> Tensor:
    starts = getattr(views, "starts", None)
    if not isinstance(starts, Tensor):
        raise ValueError(
            f"TS2Vec compares timestamps, and views of type {type(views).__name__} do not say where they begin; make "
            'pairs with PairSampler("timeseries", recipe="ts2vec")'
        )
    return starts


def _part(steps: SequenceFeatures, series: Tensor, begin: Tensor, size: Tensor) -> Tensor:
    """`size` timestamps from `begin` on of each of these series, all int64 (B,), as (B, L, D), L the largest size."""
    length, width = steps.features.shape[1:]
    place = begin[:, None] + torch.arange(int(size.max()), device=size.device)
    rows = series[:, None] * length + place.clamp(0, length - 1)
    return steps.features.reshape(-1, width).index_select(0, rows.flatten()).reshape(*rows.shape, width)


def hierarchical_contrast(first: Tensor, second: Tensor, lengths: Tensor, instance_weight: float = 0.5) -> Tensor:
    """The mean over all scales of time of the contrast between series and of that between timestamps: a scalar.

    first, second: (B, L, D), the same timestamps in two views; lengths: int64 (B,), how many are there of each series.
    Time is halved by max-pooling of two timestamps until one is left (algorithm 1 of the paper). Series that have no
    timestamp at a scale take no part there.
    """
    losses = []
    lengths = lengths.cpu()  # they are asked at every scale, and do not wait for the device there
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
    crowded = int(lengths.sort().values[-2:][0])  # later timestamps are of one series at most: nothing to differ from
    both = torch.cat([first[:, :crowded], second[:, :crowded]]).transpose(0, 1)
    return contrast_in_groups(both, sequence_mask(lengths.to(first.device), crowded).t())


def _between_timestamps(first: Tensor, second: Tensor, lengths: Tensor) -> Tensor:
    """Equation 1: in each series, the other view of a timestamp against both views of all others."""
    # All pairs of timestamps are compared, up to the longest series of a run. Where lengths are random and sorted, four
    # runs have half of the padding's work to do that one has; of few timestamps, more calls cost more than that.
    runs = 4 if int(lengths.max()) > _FEW else 1
    total, count = first.new_zeros(()), 0
    for a, b, own in zip(first.chunk(runs), second.chunk(runs), lengths.chunk(runs), strict=True):
        longest, compared = int(own.max()), int(own[own > 1].sum())
        if compared:
            both = torch.cat([a[:, :longest], b[:, :longest]], dim=1)
            total = total + compared * contrast_in_groups(both, sequence_mask(own.to(both.device), longest))
            count += compared
    return total / max(count, 1)
