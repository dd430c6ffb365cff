"""A small Transformer, trained from scratch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pairgen.batch import PaddedBatch
from pairgen.modalities.text.encoders.base import TextEncoder, checked_width, unit_embedding

__all__ = ["Transformer"]


class Transformer(TextEncoder):
    """Vaswani et al. 2017, layer norm first, with learned positions; texts -> (B, width).

    tokenizer: JSON text of a tokenizer, see `train_tokenizer`; None is the bytes of UTF-8. width: of the features, a
    multiple of heads. depth: layers. heads: of attention. dropout: in [0, 1); above 0 for SimCSE, whose views it makes.
    max_length: tokens a text. pooling: "mean" or "cls".
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
        super().__init__(checked_width("width", width), tokenizer, max_length, pooling)
        if width % checked_width("heads", heads):
            raise ValueError(f"width is a multiple of heads, got width={width} and heads={heads}")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout lies in [0, 1), got {dropout}")
        self.embedding = unit_embedding(self.vocab_size, width)
        self.positions = nn.Parameter(torch.randn(max_length, width) * 0.1 * width**-0.5)
        self.dropout = nn.Dropout(dropout)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, checked_width("depth", depth, 0), enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)

    def contextual(self, ids: PaddedBatch) -> Tensor:
        """Token ids (B, L) -> (B, L, width); padding is not attended to."""
        x = self.dropout(self.embedding(ids.values) + self.positions[: ids.values.shape[1]])
        features: Tensor = self.norm(self.layers(x, src_key_padding_mask=~ids.mask()))
        return features
