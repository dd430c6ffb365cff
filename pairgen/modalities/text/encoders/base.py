"""Base of the text encoders: strings become token ids on the way in, steps become one vector on the way out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pairgen._validation import check_choice
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.text.batch import check_batch
from pairgen.modalities.text.tokens import Tokenize, load_tokenizer, train_tokenizer

__all__ = ["POOLINGS", "TextEncoder", "pool_steps", "unit_embedding"]

POOLINGS = ("mean", "cls")


class TextEncoder(nn.Module):
    """A network from texts to features (B, out_features).

    Views are a list of `str`, which is tokenized here, or token ids `PaddedBatch` (B, L), which loaders compute in
    their workers if the recipe has the same tokenizer: `PairSampler("text", "synonyms", tokenizer=encoder.tokenizer)`.

    Args:
        out_features: Number of features, at least 1.
        tokenizer: JSON text of a tokenizer; None for the bytes of UTF-8.
        max_length: Tokens a text, at least 1; longer texts are cut.
        pooling: "mean" over the tokens, or "cls" for the first one.

    Raises:
        ValueError: An option is out of range.
    """

    def __init__(self, out_features: int, tokenizer: str | None, max_length: int, pooling: str) -> None:
        super().__init__()
        self.pooling = check_choice("pooling", pooling, POOLINGS)
        self.out_features = out_features
        self.tokenizer = train_tokenizer([], 258) if tokenizer is None else tokenizer
        self.max_length = max_length
        self.tokenize = Tokenize(self.tokenizer, max_length)
        self.vocab_size: int = load_tokenizer(self.tokenizer).get_vocab_size()

    @abstractmethod
    def contextual(self, ids: PaddedBatch) -> Tensor:
        """Return the features (B, L, out_features) of each of the token ids (B, L)."""

    def steps(self, views: Sequence[str] | PaddedBatch) -> SequenceFeatures:
        """Return the features of each token of the views, (B, L, out_features), with lengths (B,)."""
        ids = self._token_ids(views)
        if not len(ids):  # attention takes no empty batch
            empty = next(self.parameters()).new_zeros(0, max(1, ids.values.shape[1]), self.out_features)
            return SequenceFeatures(empty, ids.lengths)
        return SequenceFeatures(self.contextual(ids), ids.lengths)

    def forward(self, views: Sequence[str] | PaddedBatch) -> Tensor:
        """Return (B, out_features): the mean over the tokens of each view, or the first one."""
        return pool_steps(self.steps(views), self.pooling)

    def _token_ids(self, views: Sequence[str] | PaddedBatch) -> PaddedBatch:
        ids = self.tokenize(check_batch(views)).to(next(self.parameters()).device)
        if ids.values.shape[1] > self.max_length:
            ids = PaddedBatch(ids.values[:, : self.max_length], ids.lengths.clamp(max=self.max_length))
        if ids.values.numel() and int(ids.values.max()) >= self.vocab_size:
            raise ValueError(
                f"token id {int(ids.values.max())} is not among the {self.vocab_size} of the encoder's tokenizer; pass "
                "the recipe the same one: tokenizer=encoder.tokenizer"
            )
        return ids


def pool_steps(steps: SequenceFeatures, pooling: str) -> Tensor:
    """Return (B, L, D) as (B, D): "mean" over each text's tokens without padding, or "cls", the first one."""
    if pooling == "cls":
        return steps.features[:, 0]
    mask = steps.mask().unsqueeze(-1).to(steps.features.dtype)
    return (steps.features * mask).sum(1) / mask.sum(1).clamp(min=1)


def unit_embedding(count: int, width: int) -> nn.Embedding:
    """Return an embedding with rows of about unit norm, the first of which, padding, is zero."""
    embedding = nn.Embedding(count, width, padding_idx=0)
    with torch.no_grad():
        embedding.weight.mul_(width**-0.5)
    return embedding
