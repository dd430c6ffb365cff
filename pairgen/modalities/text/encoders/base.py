"""What all text encoders share: strings become token ids on the way in, steps become one vector on the way out."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.text.batch import check_batch
from pairgen.modalities.text.tokens import Tokenize, opened, train_tokenizer

__all__ = ["POOLINGS", "TextEncoder", "checked_width", "pooled", "unit_embedding"]

POOLINGS = ("mean", "cls")


class TextEncoder(nn.Module):
    """Texts -> features (B, out_features).

    Views are a list of `str`, which is tokenised here, or token ids `PaddedBatch` (B, L), which loaders make in their
    workers if the recipe has the same tokenizer: `PairSampler("text", "synonyms", tokenizer=encoder.tokenizer)`.

    tokenizer: its JSON text; None is the bytes of UTF-8. max_length: tokens a text, beyond which it is cut.
    """

    def __init__(self, out_features: int, tokenizer: str | None, max_length: int, pooling: str) -> None:
        super().__init__()
        if pooling not in POOLINGS:
            raise ValueError(f"pooling is one of {', '.join(POOLINGS)}, got {pooling!r}")
        self.out_features = out_features
        self.tokenizer = train_tokenizer([], 258) if tokenizer is None else tokenizer
        self.max_length = max_length
        self.pooling = pooling
        self.tokenize = Tokenize(self.tokenizer, max_length)
        self.vocab_size: int = opened(self.tokenizer).get_vocab_size()

    @abstractmethod
    def contextual(self, ids: PaddedBatch) -> Tensor:
        """Token ids (B, L) -> features (B, L, out_features) of each token."""

    def steps(self, views: Any) -> SequenceFeatures:
        """Views -> the features of each token, (B, L, out_features), with lengths (B,)."""
        ids = self._ids(views)
        return SequenceFeatures(self.contextual(ids), ids.lengths)

    def forward(self, views: Any) -> Tensor:
        """Views -> (B, out_features): the mean over the tokens, or the first one."""
        return pooled(self.steps(views), self.pooling)

    def _ids(self, views: Any) -> PaddedBatch:
        batch = self.tokenize(check_batch(views))
        ids: PaddedBatch = batch.to(next(self.parameters()).device)
        if ids.values.shape[1] > self.max_length:
            ids = PaddedBatch(ids.values[:, : self.max_length], ids.lengths.clamp(max=self.max_length))
        if ids.values.numel() and int(ids.values.max()) >= self.vocab_size:
            raise ValueError(
                f"token id {int(ids.values.max())} is not among the {self.vocab_size} of the encoder's tokenizer; give "
                "the recipe the same one: tokenizer=encoder.tokenizer"
            )
        return ids


def pooled(steps: SequenceFeatures, pooling: str) -> Tensor:
    """(B, L, D) -> (B, D): "mean" over the tokens that are the text's own, or "cls", the first one."""
    if pooling == "cls":
        return steps.features[:, 0]
    mask = steps.mask().unsqueeze(-1).to(steps.features.dtype)
    return (steps.features * mask).sum(1) / mask.sum(1).clamp(min=1)


def checked_width(name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`; ValueError with the name for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is a whole number of at least {least}, got {value!r}")
    return value


def unit_embedding(count: int, width: int) -> nn.Embedding:
    """An embedding with rows of about unit norm, the first of which, padding, is zero."""
    embedding = nn.Embedding(count, width, padding_idx=0)
    with torch.no_grad():
        embedding.weight.mul_(width**-0.5)
    return embedding
