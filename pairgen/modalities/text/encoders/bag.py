"""A bag of embeddings: the baseline that knows words, but not their order."""

from __future__ import annotations

from torch import Tensor, nn

from pairgen.batch import PaddedBatch
from pairgen.modalities.text.encoders.base import TextEncoder, checked_width, unit_embedding

__all__ = ["Bag"]


class Bag(TextEncoder):
    """The mean of the embeddings of a text's tokens; texts -> (B, width).

    tokenizer: JSON text of a tokenizer; None is the bytes of UTF-8. width: of the features. dropout: of embeddings, in
    [0, 1); above 0 for SimCSE. max_length: tokens a text.
    """

    def __init__(
        self, *, tokenizer: str | None = None, width: int = 256, dropout: float = 0.1, max_length: int = 128
    ) -> None:
        super().__init__(checked_width("width", width), tokenizer, max_length, "mean")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout lies in [0, 1), got {dropout}")
        self.embedding = unit_embedding(self.vocab_size, width)
        self.dropout = nn.Dropout(dropout)

    def contextual(self, ids: PaddedBatch) -> Tensor:
        """Token ids (B, L) -> (B, L, width), each token by itself."""
        features: Tensor = self.dropout(self.embedding(ids.values))
        return features
