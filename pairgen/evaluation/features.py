"""Features of a data set, by a frozen encoder."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from pairgen.modality import get_modality
from pairgen.pairs import PairSampler

__all__ = ["Embeddings", "embed", "evaluation_sampler"]


@dataclass(frozen=True)
class Embeddings:
    """features: float32 (N, D). labels: (N,), or None where the data has none. index: int64 (N,), of the items."""

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[Any] | None
    index: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.features)


def embed(
    encoder: nn.Module,
    data: Any,
    *,
    batch_size: int = 256,
    device: str | torch.device = "auto",
    sampler: PairSampler | None = None,
    num_workers: int = 0,
) -> Embeddings:
    """Features of every item of `data`, in order.

    encoder: views -> (B, D); run in evaluation mode, without gradients, and left in the mode and on the device it was.
    data: a tensor that is a batch ready for the encoder, or a dataset of items or (item, label).
    sampler: prepares the items; its first view is taken. By default the modality's evaluation recipe (images: resize,
        normalize), with the size and the statistics of the training: `encoder.sampler_spec`, which a trained or loaded
        encoder has.
    device: "auto" is an accelerator if there is one. num_workers: processes that read and prepare items.

    Items that a sampler with on_error="skip" leaves out have no row; `index` tells which those are.

    Raises ValueError for no data, for features that are not (B, D) or not finite, and for items whose preparation is
    unknown.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size is at least 1, got {batch_size}")
    target = _device(device)
    home = _home(encoder)
    modes = {name: module.training for name, module in encoder.named_modules()}
    features, labels, index = [], [], []
    try:
        encoder.to(target).eval()
        with torch.inference_mode():
            for views, label, where in _batches(encoder, data, batch_size, sampler, num_workers):
                features.append(_checked(encoder(_moved(views, target)), len(where)))
                labels.append(label)
                index.append(where)
    finally:
        encoder.to(home)
        for name, module in encoder.named_modules():
            module.training = modes[name]
    if not features:
        raise ValueError("there is nothing to embed: the data is empty, or all of its items were left out")
    return Embeddings(np.concatenate(features), _joined(labels), np.concatenate(index))


def evaluation_sampler(spec: Mapping[str, Any] | None) -> PairSampler:
    """The sampler that prepares items for evaluation as the one with this spec did for training.

    The evaluation recipe takes those options of the training recipe that it knows, its defaults included: for images
    size, mean and std. ValueError if the spec is missing or names no recipe.
    """
    if spec is None or spec["recipe"] is None:
        raise ValueError(
            "how to prepare the items is unknown, as the encoder was not trained on pairs of a named recipe: give "
            'embed(..., sampler=PairSampler("image", recipe="eval", size=..., mean=..., std=...)), or a tensor that is '
            "ready for the encoder"
        )
    plugin = get_modality(spec["modality"])
    trained = spec["recipe"] if isinstance(spec["recipe"], str) else spec["recipe"][0]
    options = {**_defaults(plugin.recipes.get(trained)), **spec["options"]}
    known = inspect.signature(plugin.recipes.get(plugin.evaluation_recipe)).parameters
    kept = {name: value for name, value in options.items() if name in known}
    return PairSampler(plugin, recipe=plugin.evaluation_recipe, **kept)


def _defaults(factory: Any) -> dict[str, Any]:
    parameters = inspect.signature(factory).parameters.items()
    return {name: p.default for name, p in parameters if p.default is not inspect.Parameter.empty}


def _batches(
    encoder: nn.Module, data: Any, batch_size: int, sampler: PairSampler | None, num_workers: int
) -> Iterator[tuple[Any, Any, npt.NDArray[np.int64]]]:
    if isinstance(data, Tensor):
        for start in range(0, len(data), batch_size):
            views = data[start : start + batch_size]
            yield views, None, np.arange(start, start + len(views))
        return
    if hasattr(data, "__len__") and len(data) == 0:
        return
    sampler = sampler or evaluation_sampler(getattr(encoder, "sampler_spec", None))
    for batch in sampler.loader(data, batch_size, num_workers=num_workers):
        yield batch.first, batch.label, batch.index.numpy()


def _checked(features: Any, rows: int) -> npt.NDArray[np.float32]:
    if not isinstance(features, Tensor) or features.ndim != 2 or len(features) != rows:
        got = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(f"the encoder gave {got} for {rows} items; expected features of shape ({rows}, D)")
    if not bool(features.isfinite().all()):
        raise ValueError(
            "the encoder gave NaN or infinite features: its weights have diverged, or the items are not normalised as "
            "in training"
        )
    array: npt.NDArray[np.float32] = features.float().cpu().numpy()
    return array


def _joined(labels: list[Any]) -> npt.NDArray[Any] | None:
    if any(label is None for label in labels):
        return None
    joined: npt.NDArray[Any] = np.concatenate([np.asarray(label) for label in labels])
    return joined


def _device(device: str | torch.device) -> torch.device:
    if device != "auto":
        return torch.device(device)
    found = torch.accelerator.current_accelerator(check_available=True)
    return torch.device("cpu") if found is None else found


def _home(encoder: nn.Module) -> torch.device:
    tensors = [*encoder.parameters(), *encoder.buffers()]
    return tensors[0].device if tensors else torch.device("cpu")


def _moved(views: Any, device: torch.device) -> Any:
    return views.to(device) if hasattr(views, "to") else views
