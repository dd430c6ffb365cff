"""Pictures to look at before and after a training."""

from __future__ import annotations

from pairgen.preview.anomalies import draw_anomalies
from pairgen.preview.embeddings import draw_embeddings

__all__ = ["draw_anomalies", "draw_embeddings"]
