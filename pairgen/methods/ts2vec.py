"""TS2Vec: the two views of a timestamp attract each other, at every scale of time."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pairgen._validation import check_probability
from pairgen.batch import SequenceFeatures, concat, sequence_mask
from pairgen.losses._groups import contrast_in_groups
from pairgen.losses._shards import gather_shards
from pairgen.methods.context import check_sequence_encoder, encode_steps
from pairgen.methods.method import Method, check_views, get_width
from pairgen.pairs import PairBatch

__all__ = ["TS2Vec", "hierarchical_contrast"]

_SHORT = 32
"""Number of timestamps up to which all series are contrasted in one call."""


class TS2Vec(Method):
    """Hierarchical contrast of the timestamps of time series (Yue et al. 2022).

    "TS2Vec: Towards Universal Representation of Time Series": at every scale of time, each timestamp is contrasted with
    the same timestamp of the other view, against other series (equation 2) and against other timestamps of the same
    series (equation 1). The two views of a pair are crops that overlap, as the recipe "ts2vec" makes them; only the
    overlap is compared. Nothing is projected.

    Args:
        encoder: Module with `steps(views) -> SequenceFeatures`, features of every timestamp, and `out_features`.
        instance_weight: Weight of the contrast between series against that between timestamps, in [0, 1]; alpha in the
            published code.
        gather: In a process group, contrast the series of all processes: each gathers the features of all overlaps,
            (B, L, D) twice, and computes the loss of the whole batch. Else those of this process.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`, or the weight not a number.
        ValueError: The encoder has no `steps`, or the weight is out of range.
    """

    def __init__(self, encoder: nn.Module, instance_weight: float = 0.5, *, gather: bool = True) -> None:
        super().__init__(encoder)
        get_width(encoder)
        example = 'create_encoder("timeseries", "dilated-cnn")'
        check_sequence_encoder(encoder, "TS2Vec compares timestamps, and needs an encoder", example)
        self.instance_weight = check_probability("instance_weight", instance_weight)
        self.gather = gather

    def loss(self, batch: PairBatch) -> Tensor:
        """Compute the hierarchical contrast over the overlaps of the views.

        Args:
            batch: Pairs whose batches of views have `starts`, int64 (B,), where in its series each view begins.

        Returns:
            A differentiable scalar.

        Raises:
            ValueError: The views have no `starts`, or the two views of no pair overlap.
        """
        check_views(self, batch)
        first, second = self._encode(batch.first, batch.second)
        (*starts, begin, lengths), shards = gather_shards(lambda: _find_overlaps(batch, first, second), self.gather)
        longest = int(shards.gather(lengths).max()) if shards.total else 0
        if shards.total and longest < 1:
            raise ValueError(
                'the two views of no pair overlap; make them with the recipe "ts2vec", or begin both with OverlapCrop'
            )
        lengths, order = lengths.clamp(min=0).sort(descending=True)  # series of similar length are contrasted together
        parts = [
            _crop(steps, order, (begin - start)[order], longest)
            for steps, start in zip((first, second), starts, strict=True)
        ]
        if not shards.is_local:
            lengths, order = shards.gather(lengths).sort(descending=True)
            parts = [shards.gather(part)[order] for part in parts]
        return shards.scale_gradient(hierarchical_contrast(parts[0], parts[1], lengths, self.instance_weight))

    def _encode(self, first: object, second: object) -> tuple[SequenceFeatures, SequenceFeatures]:
        """The steps of both views, encoded as one batch where they fit into one."""
        both = concat(first, second)
        if both is None:
            return encode_steps(self.encoder, first), encode_steps(self.encoder, second)
        features, lengths = encode_steps(self.encoder, both)
        half = len(lengths) // 2
        return SequenceFeatures(features[:half], lengths[:half]), SequenceFeatures(features[half:], lengths[half:])


def _find_overlaps(batch: PairBatch, first: SequenceFeatures, second: SequenceFeatures) -> tuple[Tensor, ...]:
    """Where the two views of each pair begin, where their overlap does, and how many timestamps it has."""
    starts = [_get_starts(views) for views in (batch.first, batch.second)]
    ends = [start + steps.lengths for start, steps in zip(starts, (first, second), strict=True)]
    begin = torch.maximum(*starts)
    return *starts, begin, torch.minimum(*ends) - begin


def _get_starts(views: object) -> Tensor:
    starts = getattr(views, "starts", None)
    if not isinstance(starts, Tensor):
        raise ValueError(
            f"TS2Vec compares timestamps, and views of type {type(views).__name__} do not say where they begin; make "
            'pairs with PairSampler("timeseries", recipe="ts2vec")'
        )
    return starts


def _crop(steps: SequenceFeatures, series: Tensor, begin: Tensor, count: int) -> Tensor:
    """`count` timestamps from `begin` on of each of these series, both int64 (B,), as (B, count, D)."""
    length, width = steps.features.shape[1:]
    times = begin[:, None] + torch.arange(count, device=begin.device)
    rows = series[:, None] * length + times.clamp(0, length - 1)
    return steps.features.reshape(-1, width).index_select(0, rows.flatten()).reshape(*rows.shape, width)


def hierarchical_contrast(first: Tensor, second: Tensor, lengths: Tensor, instance_weight: float = 0.5) -> Tensor:
    """Average the contrast between series and that between timestamps over all scales of time.

    Time is halved by max-pooling of two timestamps until one is left (algorithm 1 of the paper). Series without a
    timestamp at a scale take no part in it.

    Args:
        first: Features (B, L, D) of the timestamps in the first view.
        second: Features (B, L, D) of the same timestamps in the second view.
        lengths: Number of timestamps of each series, int64 (B,).
        instance_weight: Weight of the contrast between series, in [0, 1].

    Returns:
        A differentiable scalar.
    """
    losses = []
    lengths = lengths.cpu()  # they are read at every scale, without waiting for the device there
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
    steps = int(lengths.sort().values[-2:][0])  # later timestamps belong to one series at most, without negatives
    both = torch.cat([first[:, :steps], second[:, :steps]]).transpose(0, 1)
    return contrast_in_groups(both, sequence_mask(lengths.to(first.device), steps).t())


def _between_timestamps(first: Tensor, second: Tensor, lengths: Tensor) -> Tensor:
    """Equation 1: in each series, the other view of a timestamp against both views of all others."""
    # All pairs of timestamps are compared, up to the longest series of a run. Where lengths are random and sorted, four
    # runs do half of the work on padding that one does; for few timestamps, more calls cost more than that.
    runs = 4 if int(lengths.max()) > _SHORT else 1
    total, count = first.new_zeros(()), 0
    for a, b, sizes in zip(first.chunk(runs), second.chunk(runs), lengths.chunk(runs), strict=True):
        longest, compared = int(sizes.max()), int(sizes[sizes > 1].sum())
        if compared:
            both = torch.cat([a[:, :longest], b[:, :longest]], dim=1)
            total = total + compared * contrast_in_groups(both, sequence_mask(sizes.to(both.device), longest))
            count += compared
    return total / max(count, 1)
