"""Pictures to look at before and after a training."""

from __future__ import annotations

from pairgen.preview.embeddings import draw_embeddings

__all__ = ["draw_embeddings"]
