"""Small encoders and batches for the tests of methods."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pairgen.batch import PaddedBatch, SequenceFeatures, pad
from pairgen.pairs import PairBatch


def pairs(n: int = 6, d: int = 5, labels: object = None, seed: int = 0) -> PairBatch:
    """Rows of d numbers and the same rows with some noise."""
    generator = torch.Generator().manual_seed(seed)
    first = torch.randn(n, d, generator=generator, dtype=torch.float64)
    second = first + 0.3 * torch.randn(n, d, generator=generator, dtype=torch.float64)
    return PairBatch(first, second, torch.arange(n), labels)


def linear(d: int = 5, out: int = 8) -> nn.Module:
    """The smallest encoder: a linear layer, whose `out_features` is torch's own."""
    torch.manual_seed(0)
    return nn.Linear(d, out).double()


class Strided(nn.Module):
    """Sequences (B, T) -> a step every two numbers, from a window of four that begins at the step."""

    def __init__(self, out_features: int = 6) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.out_features = out_features
        self.layer = nn.Conv1d(1, out_features, 4, stride=2)

    def steps(self, views: PaddedBatch) -> SequenceFeatures:
        features = self.layer(views.values[:, None]).tanh().transpose(1, 2)
        return SequenceFeatures(features, (views.lengths - 4) // 2 + 1)

    def forward(self, views: PaddedBatch) -> Tensor:
        features, lengths = steps = self.steps(views)
        return features.masked_fill(~steps.mask()[..., None], 0).sum(1) / lengths[:, None]


def sequences(lengths: tuple[int, ...] = (12, 20, 9), seed: int = 0) -> PairBatch:
    """Sequences of these lengths, float64, and the same with some noise."""
    generator = torch.Generator().manual_seed(seed)
    first = [torch.randn(n, generator=generator, dtype=torch.float64) for n in lengths]
    second = [x + 0.1 * torch.randn(len(x), generator=generator, dtype=torch.float64) for x in first]
    return PairBatch(pad(first), pad(second), torch.arange(len(lengths)))
