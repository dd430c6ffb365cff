"""What a method is: an encoder, and a loss of a batch of pairs."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from pairgen.batch import concat
from pairgen.pairs import PairBatch

__all__ = ["JointEmbedding", "Method", "encode_together", "get_labels", "get_width"]


class Method(nn.Module, ABC):
    """Base class of the methods: an encoder and what is trained with it; subclasses write `loss` and nothing else.

    Whatever else a method trains (projectors, predictors, a temperature) it keeps as modules and parameters: they are
    optimized and saved with it, as are its buffers. `forward` gives the features of the encoder.

    Args:
        encoder: Module that maps a batch of views to features (B, D).

    Attributes:
        may_skip_parameters: Whether some batches give some of the parameters no gradient, so that several processes
            have to look for them.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`.

    Example:
        >>> class Attraction(Method):
        ...     def loss(self, batch: PairBatch) -> Tensor:
        ...         return (self(batch.first) - self(batch.second)).square().sum(1).mean()
        >>> Attraction(nn.Identity()).loss(PairBatch(torch.zeros(2, 3), torch.ones(2, 3), torch.arange(2)))
        tensor(3.)
    """

    may_skip_parameters = False

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = _check_encoder(encoder)

    @abstractmethod
    def loss(self, batch: PairBatch) -> Tensor:
        """Compute the loss of a batch of pairs.

        Args:
            batch: Pairs whose views are ready for the encoder, on its device.

        Returns:
            A differentiable scalar.
        """

    def forward(self, views: object) -> Tensor:
        """Encode a batch of views.

        Args:
            views: Batch of B views, ready for the encoder.

        Returns:
            Features (B, D).

        Raises:
            ValueError: The encoder gives another shape.
        """
        features: Tensor = self.encoder(views)
        if features.ndim != 2:
            raise ValueError(
                f"{type(self.encoder).__name__} gave features of shape {tuple(features.shape)}; an encoder gives (B, "
                "D), one row an item: pool or flatten what is left of space and time"
            )
        return features

    def features_of(self, first: object, second: object) -> tuple[Tensor, Tensor]:
        """Encode both views, as one batch of 2B where they fit into one.

        As in SimCLR's algorithm 1, layers of batch statistics (BatchNorm) see the two views together. That is faster
        than two passes, and the two views cannot be distinguished by their statistics.

        Args:
            first: Batch of the first views.
            second: Batch of the second views.

        Returns:
            Features (B, D) of both.
        """
        both = encode_together(self, first, second).chunk(2)
        return both[0], both[1]


class JointEmbedding(Method):
    """Base class of methods whose loss is a function of the embeddings of both views; subclasses write `compare`.

    Such a method can be trained on batches that do not fit into memory: `Trainer(..., chunk_size=...)`.

    Args:
        encoder: Module that maps a batch of views to features (B, D).
        projector: Module that maps features (B, D) to embeddings (B, P), shared by both views.
    """

    def __init__(self, encoder: nn.Module, projector: nn.Module) -> None:
        super().__init__(encoder)
        self.projector = projector

    @abstractmethod
    def compare(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """Compute the loss of the embeddings.

        Args:
            first: Embeddings (B, P) of the first views.
            second: Embeddings (B, P) of the second views.
            batch: The batch they come from, with its index and labels.

        Returns:
            A differentiable scalar.
        """

    def loss(self, batch: PairBatch) -> Tensor:
        """Encode, project and compare both views of a batch; return the scalar loss."""
        return self.loss_of_features(*self.features_of(batch.first, batch.second), batch)

    def loss_of_features(self, first: Tensor, second: Tensor, batch: PairBatch) -> Tensor:
        """Compute the loss of features; the projector sees both views as one batch.

        Args:
            first: Features (B, D) of the first views.
            second: Features (B, D) of the second views.
            batch: The batch they come from.

        Returns:
            A differentiable scalar.
        """
        embeddings = self.projector(torch.cat([first, second])).chunk(2)
        return self.compare(embeddings[0], embeddings[1], batch)


def encode_together(encoder: nn.Module, *views: object) -> Tensor:
    """Encode batches of views, as one batch where they fit into one; return their features one after the other."""
    batch = views[0] if len(views) == 1 else concat(*views)
    if batch is None:
        return torch.cat([encoder(part) for part in views])
    features: Tensor = encoder(batch)
    return features


def get_width(encoder: nn.Module) -> int:
    """Return the number of features D of an encoder, from its `out_features` (timm: `num_features`).

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`.
        ValueError: It has neither attribute.
    """
    _check_encoder(encoder)
    for name in ("out_features", "num_features"):
        width = getattr(encoder, name, None)
        if isinstance(width, int):
            return width
    raise ValueError(
        f"{type(encoder).__name__} does not say how many features it gives; set encoder.out_features to the D of its "
        "output (B, D)"
    )


def get_labels(batch: PairBatch, method: str) -> Tensor:
    """Return the class labels int64 (B,) of a batch; `method` is the name for error messages.

    Labels are what the loader accepts as a class: whole numbers of any dtype, booleans, or names, which are hashed, so
    that a name has the same number in every batch and process.

    Raises:
        TypeError: The labels are neither whole numbers nor names.
        ValueError: The batch has no labels, or an item of it has none.
    """
    label = batch.label
    if label is None:
        raise ValueError(
            f"{method} learns from labels, and the batch has none: give a data set of (item, label), or train with "
            "SimCLR, which needs none"
        )
    if isinstance(label, Tensor):
        if label.is_floating_point() and bool((label != label.round()).any()):
            raise TypeError(
                f"{method} learns from classes, and the labels, of {label.dtype}, are no whole numbers; number "
                "the classes, as np.unique(labels, return_inverse=True)[1] does"
            )
        return label.to(torch.int64)
    return torch.tensor([_hash_name(entry, method) for entry in label], dtype=torch.int64, device=batch.index.device)


def _hash_name(label: object, method: str) -> int:
    if label is None:
        raise ValueError(f"{method} learns from labels, and an item of the batch has none; leave it out of the data")
    if not isinstance(label, (str, bytes, int, bool, tuple)):
        raise TypeError(
            f"{method} learns from classes, whole numbers or names, and a label is a {type(label).__name__}; number "
            "the classes, as np.unique(labels, return_inverse=True)[1] does"
        )
    return int.from_bytes(hashlib.blake2b(repr(label).encode(), digest_size=8).digest(), "little", signed=True)


def _check_encoder(encoder: nn.Module) -> nn.Module:
    if not isinstance(encoder, nn.Module):
        raise TypeError(
            f"encoder is a {type(encoder).__name__}, not a torch.nn.Module; "
            'make one with pairgen.create_encoder("image", "resnet18")'
        )
    return encoder
