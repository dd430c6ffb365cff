"""Features for graphs that have none."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from pairgen.modalities.graph.io.pyg import Batch

__all__ = ["Degrees"]


class Degrees(nn.Module):
    """The number of edges that arrive at each node, as one of max_degree + 1 columns; more count as max_degree.

    Xu et al. 2019, section 7, give social networks such features.
    """

    def __init__(self, max_degree: int) -> None:
        super().__init__()
        self.max_degree = max_degree
        self.out_features = max_degree + 1

    def forward(self, views: Batch) -> Tensor:
        """A batch of graphs -> float32 (N, max_degree + 1), of which one column is 1."""
        count = torch.bincount(views.edge_index[1], minlength=len(views.batch))
        return one_hot(count.clamp(max=self.max_degree), self.out_features).float()
