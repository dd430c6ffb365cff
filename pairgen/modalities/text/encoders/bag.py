"""A bag of embeddings: the baseline that knows words, but not their order."""

from __future__ import annotations

from torch import Tensor, nn

from pairgen._validation import check_int, check_number
from pairgen.batch import PaddedBatch
from pairgen.modalities.text.encoders.base import TextEncoder, unit_embedding

__all__ = ["Bag"]


class Bag(TextEncoder):
    """Mean of the embeddings of a text's tokens; texts -> (B, width).

    Args:
        tokenizer: JSON text of a tokenizer; None for the bytes of UTF-8.
        width: Number of features, at least 1.
        dropout: Of embeddings, in [0, 1); above 0 for SimCSE, whose views it makes.
        max_length: Tokens a text, at least 1; longer texts are cut.

    Raises:
        ValueError: An option is out of range.
        TypeError: An option has another type.

    Example:
        >>> Bag(width=16)(["a dog", "two cats"]).shape
        torch.Size([2, 16])
    """

    def __init__(
        self, *, tokenizer: str | None = None, width: int = 256, dropout: float = 0.1, max_length: int = 128
    ) -> None:
        super().__init__(check_int("width", width, low=1), tokenizer, max_length, "mean")
        self.embedding = unit_embedding(self.vocab_size, width)
        self.dropout = nn.Dropout(check_number("dropout", dropout, 0, 1, below=True))

    def contextual(self, ids: PaddedBatch) -> Tensor:
        """Return the features (B, L, width) of token ids (B, L), each token by itself."""
        features: Tensor = self.dropout(self.embedding(ids.values))
        return features
