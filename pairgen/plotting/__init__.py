"""Pictures to look at before and after a training."""

from __future__ import annotations

from pairgen.plotting.anomalies import plot_anomalies
from pairgen.plotting.embeddings import plot_embeddings
from pairgen.plotting.grid import PairGrid

__all__ = ["PairGrid", "plot_anomalies", "plot_embeddings"]
