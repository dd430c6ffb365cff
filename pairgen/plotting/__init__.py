"""Pictures to look at before and after a training."""

from __future__ import annotations

from pairgen.plotting.anomalies import plot_anomalies
from pairgen.plotting.embeddings import plot_embeddings

__all__ = ["plot_anomalies", "plot_embeddings"]
