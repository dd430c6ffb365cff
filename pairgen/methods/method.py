"""What a method is: an encoder, and a loss of a batch of pairs."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from pairgen.batch import concat
from pairgen.methods.ema import EMAEncoder
from pairgen.pairs import PairBatch

__all__ = ["JointEmbedding", "Method", "encode_together", "get_labels", "get_width"]


class Method(nn.Module, ABC):
    """Base class of the methods: an encoder and what is trained with it; subclasses write `loss` and nothing else.

    Whatever else a method trains (projectors, predictors, a temperature) it keeps as modules and parameters: they are
    optimized and saved with it, as are its buffers. `forward` gives the features of the encoder.

    Frozen modules, all of whose parameters have `requires_grad` off, stay in evaluation mode in training: a frozen
    encoder gives the same features before and after, and its dropout draws nothing.

    Args:
        encoder: Module that maps a batch of views to features (B, D).

    Attributes:
        may_skip_parameters: Whether some batches give some of the parameters no gradient, so that several processes
            have to look for them.
        takes_more_views: Whether the loss compares views behind the first two; a batch that has some is else an error.
        takes_negatives: Whether the loss uses the negatives that a batch brings along; a batch that has some is else
            an error.

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
    takes_more_views = False
    takes_negatives = False

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = _check_encoder(encoder)

    def train(self, mode: bool = True) -> Self:
        """Put the method into training mode, but for what is frozen, or all of it into evaluation mode."""
        super().train(mode)
        _put_frozen_in_evaluation(self)
        return self

    @abstractmethod
    def loss(self, batch: PairBatch) -> Tensor:
        """Compute the loss of a batch of pairs.

        Args:
            batch: Pairs whose views are ready for the encoder, on its device.

        Returns:
            A differentiable scalar.
        """

    def figures(self) -> dict[str, float]:
        """Return numbers to record beside the loss, by name, such as a learned temperature; none by default."""
        return {}

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

    def features_of(self, *views: object) -> tuple[Tensor, ...]:
        """Encode the views, those that fit into one batch as one.

        As in SimCLR's algorithm 1, layers of batch statistics (BatchNorm) see the two views together. That is faster
        than two passes, and the two views cannot be distinguished by their statistics. Views of different sizes, as
        multi-crop makes them, are encoded size by size.

        Args:
            views: Batches of views, of B items each.

        Returns:
            Features (B, D) of each.
        """
        return encode_each(self, *views)


class JointEmbedding(Method):
    """Base class of methods whose loss is a function of the embeddings of both views; subclasses write `compare`.

    A method with `takes_more_views` is given the embeddings of the views behind the first two as well:
    `compare(first, second, batch, *more)`.

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
        """Encode, project and compare the views of a batch; return the scalar loss."""
        check_views(self, batch)
        return self.loss_of_features(self.features_of(*batch.views), batch)

    def loss_of_features(self, features: tuple[Tensor, ...], batch: PairBatch) -> Tensor:
        """Compute the loss of features; the projector sees all views as one batch.

        Args:
            features: Features (B, D) of each view.
            batch: The batch they come from.

        Returns:
            A differentiable scalar.
        """
        first, second, *more = self.projector(torch.cat(features)).chunk(len(features))
        compare: Callable[..., Tensor] = self.compare  # takes `more` where `takes_more_views`
        return compare(first, second, batch, *more)


def check_views(method: Method, batch: PairBatch) -> None:
    """Raise ValueError where a batch has views or negatives that the loss of the method would not look at."""
    name = type(method).__name__
    if batch.more and not method.takes_more_views:
        raise ValueError(
            f"{name} compares two views, and the batch has {len(batch.views)}: make pairs of two views, or train a "
            "method that takes more, such as SimCLR or SupCon"
        )
    if batch.negatives is not None and not method.takes_negatives:
        raise ValueError(
            f"{name} does not use negatives, and the batch has some: leave them out of the samples, or train a method "
            "that takes them, such as CLIP"
        )


def encode_together(encoder: nn.Module, *views: object) -> Tensor:
    """Encode batches of views, as one batch where they fit into one; return their features one after the other."""
    return torch.cat(encode_each(encoder, *views)) if len(views) > 1 else _encode(encoder, views[0])


def encode_each(encoder: nn.Module, *views: object) -> tuple[Tensor, ...]:
    """Encode batches of views of the same B items, those that fit into one batch as one; return the features of each.

    Each view joins the first group of views that it fits; the groups are encoded in the order of their first views.
    """
    groups: list[tuple[object, list[int]]] = []
    for number, view in enumerate(views):
        for position, (batch, members) in enumerate(groups):
            joined = concat(batch, view)
            if joined is not None:
                groups[position] = joined, [*members, number]
                break
        else:
            groups.append((view, [number]))
    found: dict[int, Tensor] = {}
    for batch, members in groups:
        found.update(zip(members, _encode(encoder, batch).chunk(len(members)), strict=True))
    return tuple(found[number] for number in range(len(views)))


def _encode(encoder: nn.Module, batch: object) -> Tensor:
    features: Tensor = encoder(batch)
    return features


@contextmanager
def allow_single_row(module: nn.Module, rows: int) -> Iterator[None]:
    """Let BatchNorm normalize a single row, which has no batch statistics, by its running ones.

    Args:
        module: The network; layers that see more than one value a channel are as ever.
        rows: Rows that it will be given; unless that is 1, nothing happens.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, _BatchNorm) and layer.training and rows == 1]

    def choose_statistics(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        layer.training = inputs[0].numel() > inputs[0].shape[1]

    hooks = [layer.register_forward_pre_hook(choose_statistics) for layer in layers if layer.track_running_stats]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for layer in layers:
            layer.training = True


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


def _put_frozen_in_evaluation(module: nn.Module) -> None:
    for child in module.children():
        frozen = [not parameter.requires_grad for parameter in child.parameters()]
        if frozen and all(frozen) and not isinstance(child, EMAEncoder):
            child.eval()
        elif not all(frozen):
            _put_frozen_in_evaluation(child)


def _check_encoder(encoder: nn.Module) -> nn.Module:
    if not isinstance(encoder, nn.Module):
        raise TypeError(
            f"encoder is a {type(encoder).__name__}, not a torch.nn.Module; "
            'make one with pairgen.create_encoder("image", "resnet18")'
        )
    return encoder
