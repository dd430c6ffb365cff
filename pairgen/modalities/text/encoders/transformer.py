"""A small Transformer, trained from scratch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pairgen._validation import check_int, check_number
from pairgen.batch import PaddedBatch
from pairgen.modalities.text.encoders.base import TextEncoder, unit_embedding

__all__ = ["Transformer"]


class Transformer(TextEncoder):
    """Transformer (Vaswani et al. 2017), layer norm first, with learned positions; texts -> (B, width).

    Args:
        tokenizer: JSON text of a tokenizer, see `train_tokenizer`; None for the bytes of UTF-8.
        width: Number of features, a multiple of `heads`.
        depth: Number of layers, at least 0.
        heads: Number of attention heads, at least 1.
        dropout: In [0, 1); above 0 for SimCSE, whose views it makes.
        max_length: Tokens a text, at least 1; longer texts are cut.
        pooling: "mean" over the tokens, or "cls" for the first one.

    Raises:
        ValueError: An option is out of range.
        TypeError: An option has another type.

    Example:
        >>> Transformer(width=32, depth=1)(["a dog", "two cats"]).shape
        torch.Size([2, 32])
    """

    def __init__(
        self,
        *,
        tokenizer: str | None = None,
        width: int = 128,
        depth: int = 2,
        heads: int = 4,
        dropout: float = 0.1,
        max_length: int = 128,
        pooling: str = "mean",
    ) -> None:
        super().__init__(check_int("width", width, low=1), tokenizer, max_length, pooling)
        if width % check_int("heads", heads, low=1):
            raise ValueError(f"width is a multiple of heads, got width={width} and heads={heads}")
        check_number("dropout", dropout, 0, 1, below=True)
        self.embedding = unit_embedding(self.vocab_size, width)
        self.positions = nn.Parameter(torch.randn(max_length, width) * 0.1 * width**-0.5)
        self.dropout = nn.Dropout(dropout)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, check_int("depth", depth, low=0), enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)

    def contextual(self, ids: PaddedBatch) -> Tensor:
        """Return the features (B, L, width) of token ids (B, L); padding is not attended to."""
        x = self.dropout(self.embedding(ids.values) + self.positions[: ids.values.shape[1]])
        features: Tensor = self.norm(self.layers(x, src_key_padding_mask=~ids.mask()))
        return features
