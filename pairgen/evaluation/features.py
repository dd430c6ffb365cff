"""Embed a data set: the features that a frozen encoder gives of each item."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from pairgen._validation import check_int
from pairgen.modality import get_modality
from pairgen.pairs import PairSampler

__all__ = ["Embeddings", "embed", "evaluation_sampler"]


@runtime_checkable
class _Movable(Protocol):
    def to(self, device: torch.device) -> object: ...


@dataclass(frozen=True)
class Embeddings:
    """Features of a data set.

    Args:
        features: float32 (N, D).
        labels: Labels (N,); None where the data has none.
        index: Indices of the items in the data, int64 (N,).
    """

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[Any] | None
    index: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.features)


def embed(
    encoder: nn.Module,
    data: Tensor | Dataset[Any] | Sequence[Any] | Iterable[Any],
    *,
    batch_size: int = 256,
    device: str | torch.device = "auto",
    sampler: PairSampler | None = None,
    num_workers: int = 0,
) -> Embeddings:
    """Compute the features of every item of a data set, in order.

    Items that a sampler with on_error="skip" leaves out have no row; `index` says which items have one.

    Args:
        encoder: Module that maps a batch of views to features (B, D). It runs in evaluation mode, without gradients,
            and keeps its mode and device.
        data: A tensor that is a batch ready for the encoder, or a dataset of items or (item, label).
        batch_size: Items encoded at a time, at least 1.
        device: Where to encode; "auto" is an accelerator if there is one.
        sampler: Prepares the items; its first view is taken. None for the modality's evaluation recipe (images: resize,
            normalize) with the size and statistics of the training, from `encoder.sampler_spec`, which a trained or
            loaded encoder has.
        num_workers: Processes that read and prepare items; 0 for this process.

    Returns:
        Features, labels and indices of the items.

    Raises:
        TypeError: `batch_size` is not an integer.
        ValueError: There is no data, the features are not (B, D) or not finite, or how to prepare the items is unknown.
    """
    check_int("batch_size", batch_size, 1)
    target = _resolve_device(device)
    original = _device_of(encoder)
    modes = {name: module.training for name, module in encoder.named_modules()}
    features, labels, index = [], [], []
    try:
        encoder.to(target).eval()
        with torch.inference_mode():
            for views, label, positions in _iterate_batches(encoder, data, batch_size, sampler, num_workers):
                features.append(_check_features(encoder(_to_device(views, target)), len(positions)))
                labels.append(label)
                index.append(positions)
    finally:
        encoder.to(original)
        for name, module in encoder.named_modules():
            module.training = modes[name]
    if not features:
        raise ValueError("there is nothing to embed: the data is empty, or all of its items were left out")
    return Embeddings(np.concatenate(features), _concat_labels(labels), np.concatenate(index))


def evaluation_sampler(spec: Mapping[str, Any] | None, tower: int = 0) -> PairSampler:
    """Make the sampler that prepares items for evaluation as the one with this spec did for training.

    The evaluation recipe takes those options of the training recipe that it has, defaults included: for images size,
    mean and std.

    Args:
        spec: `sampler_spec` of a trained encoder, or `spec` of a sampler.
        tower: Which of two modalities the items are of, 0 or 1; 0 where the pairs are of one.

    Raises:
        ValueError: The spec is None or names no recipe, or has no such tower.
    """
    if spec is None or spec["recipe"] is None:
        raise ValueError(
            "how to prepare the items is unknown, as the encoder was not trained on pairs of a named recipe: give "
            'embed(..., sampler=PairSampler("image", recipe="eval", size=..., mean=..., std=...)), or a tensor that is '
            "ready for the encoder"
        )
    names = spec["modality"] if isinstance(spec["modality"], list) else [spec["modality"]]
    if not 0 <= check_int("tower", tower) < len(names):
        raise ValueError(f"there is no tower {tower}: the encoder was trained on {' and '.join(names)}")
    modality = get_modality(names[tower])
    recipe = spec["recipe"] if isinstance(spec["recipe"], str) else spec["recipe"][tower]
    given = spec["options"][tower] if isinstance(spec["options"], list) else spec["options"]
    options = {**_get_defaults(modality.recipes.get(recipe)), **given}
    parameters = inspect.signature(modality.recipes.get(modality.evaluation_recipe)).parameters
    shared = {name: value for name, value in options.items() if name in parameters}
    return PairSampler(modality, recipe=modality.evaluation_recipe, **shared)


def _get_defaults(factory: Callable[..., object]) -> dict[str, Any]:
    parameters = inspect.signature(factory).parameters.items()
    return {name: p.default for name, p in parameters if p.default is not inspect.Parameter.empty}


def _iterate_batches(
    encoder: nn.Module, data: object, batch_size: int, sampler: PairSampler | None, num_workers: int
) -> Iterator[tuple[object, object, npt.NDArray[np.int64]]]:
    if isinstance(data, Tensor):
        for start in range(0, len(data), batch_size):
            views = data[start : start + batch_size]
            yield views, None, np.arange(start, start + len(views))
        return
    if isinstance(data, Sized) and len(data) == 0:
        return
    tower = getattr(encoder, "tower", 0)  # of a run of pairs, the member that load_encoder's encoder is for
    sampler = sampler or evaluation_sampler(getattr(encoder, "sampler_spec", None), tower)
    for batch in sampler.loader(data, batch_size, num_workers=num_workers):
        if len(batch):
            yield batch.first, batch.label, batch.index.numpy()


def _check_features(features: object, rows: int) -> npt.NDArray[np.float32]:
    if not isinstance(features, Tensor) or features.ndim != 2 or len(features) != rows:
        actual = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(f"the encoder gave {actual} for {rows} items; expected features of shape ({rows}, D)")
    if not bool(features.isfinite().all()):
        raise ValueError(
            "the encoder gave NaN or infinite features: its weights have diverged, or the items are not normalized as "
            "in training"
        )
    array: npt.NDArray[np.float32] = features.float().cpu().numpy()
    return array


def _concat_labels(labels: list[Any]) -> npt.NDArray[Any] | None:
    if any(label is None for label in labels):
        return None
    joined: npt.NDArray[Any] = np.concatenate([np.asarray(label) for label in labels])
    return joined


def _resolve_device(device: str | torch.device) -> torch.device:
    if device != "auto":
        return torch.device(device)
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    return torch.device("cpu") if accelerator is None else accelerator


def _device_of(encoder: nn.Module) -> torch.device:
    tensors = [*encoder.parameters(), *encoder.buffers()]
    return tensors[0].device if tensors else torch.device("cpu")


def _to_device(views: object, device: torch.device) -> object:
    return views.to(device) if isinstance(views, _Movable) else views
