"""Zero-shot classification: items are compared with the embeddings of descriptions of the classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from pairgen.evaluation._inputs import FeatureArray, check_features
from pairgen.evaluation.features import Embeddings, embed, evaluation_sampler
from pairgen.pairs import PairSampler

__all__ = ["Towers", "ZeroShotResult", "zero_shot"]

_TOWERS = ("first", "second")


class Towers(Protocol):
    """Two encoders into one space, such as a trained `CLIP` or `SigLIP`."""

    def encode(self, views: Any, tower: int) -> Tensor:
        """Return the embeddings (B, D) of a batch of views of one tower, 0 or 1."""
        ...


@dataclass(frozen=True)
class ZeroShotResult:
    """What zero-shot classification predicts.

    Args:
        predictions: Class of each item, as a position in `class_names`, int64 (N,).
        class_names: The names of the classes.
        accuracy: Ratio of labels predicted, in [0, 1]; None without labels.
        balanced_accuracy: Mean over the classes that occur of the ratio predicted, in [0, 1]; None without labels.
        majority_share: Ratio of items of the largest class: the accuracy of predicting it always; None without labels.
        confusion: Number of items of class i that are predicted as class j, int64 (C, C); None without labels.
    """

    predictions: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    accuracy: float | None
    balanced_accuracy: float | None
    majority_share: float | None
    confusion: npt.NDArray[np.int64] | None


def zero_shot(
    towers: Towers,
    items: Tensor | Dataset[Any] | Sequence[Any] | Iterable[Any],
    class_names: Sequence[str],
    templates: Sequence[str] = ("a photo of a {}",),
    *,
    samplers: tuple[PairSampler | None, PairSampler | None] = (None, None),
    batch_size: int = 256,
    device: str | torch.device = "auto",
    num_workers: int = 0,
) -> ZeroShotResult:
    """Classify items by the description of a class that is most similar to them (Radford et al. 2021, CLIP).

    The embedding of a class is the mean of the unit embeddings of its name in all templates. Of equally similar classes
    the first is taken.

    Args:
        towers: The first tower encodes the items, the second one texts.
        items: A dataset of items or (item, label), label i being `class_names[i]`, or a tensor that is a batch ready
            for the first tower.
        class_names: At least two different names.
        templates: Texts with one "{}" each, for the name; at least one.
        samplers: Prepare the items and the texts; None for the evaluation recipes of `towers.sampler_spec`, which
            trained towers have.
        batch_size: Items encoded at a time, at least 1.
        device: Where to encode; "auto" is an accelerator if there is one.
        num_workers: Processes that read and prepare items; 0 for this process.

    Returns:
        Predictions, and what they are worth if the items have labels.

    Raises:
        TypeError: The towers cannot encode.
        ValueError: Fewer than two names, equal names, a template without "{}", a label that is no class, or how to
            prepare items or texts is unknown.
    """
    names, texts = _describe(class_names, templates)
    if not callable(getattr(towers, "encode", None)):
        raise TypeError(f"zero_shot needs two towers with encode(views, tower), got {type(towers).__name__}")
    prepare: list[PairSampler | None] = list(samplers)
    for tower, sampler in enumerate(samplers):
        if sampler is None and not (tower == 0 and isinstance(items, Tensor)):
            prepare[tower] = _tower_sampler(towers, tower)

    def run(data: Any, tower: int) -> Embeddings:
        encoder = _Tower(towers, tower)
        options: Any = {"batch_size": batch_size, "device": device, "num_workers": num_workers}
        return embed(encoder, data, sampler=prepare[tower], **options)

    described = _unit(run(texts, 1).features, "the descriptions of classes").reshape(len(names), len(templates), -1)
    classes = _unit(described.mean(axis=1), "the mean descriptions of classes")
    found = run(items, 0)
    if found.features.shape[1] != classes.shape[1]:
        raise ValueError(
            f"the towers give {found.features.shape[1]} and {classes.shape[1]} columns: they need one space"
        )
    predictions = (_unit(found.features, "the embeddings of items") @ classes.T).argmax(axis=1).astype(np.int64)
    return _score(predictions, found.labels, names)


class _Tower(nn.Module):
    """One tower as an encoder."""

    def __init__(self, towers: Towers, tower: int) -> None:
        super().__init__()
        self.towers, self.tower = towers, tower

    def forward(self, views: Any) -> Tensor:
        """Return the embeddings of a batch of views."""
        return self.towers.encode(views, tower=self.tower)


def _describe(class_names: Sequence[str], templates: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The names, and each of them in each template."""
    names = tuple(class_names)
    if isinstance(class_names, str) or len(set(names)) < max(2, len(names)):
        raise ValueError(f"class_names are at least two different names, got {class_names!r}")
    if isinstance(templates, str) or not templates:
        raise ValueError(f'templates are at least one text such as ("a photo of a {{}}",), got {templates!r}')
    for template in templates:
        if template.count("{}") != 1:
            raise ValueError(f'a template has one "{{}}" for the name of the class, got {template!r}')
    return names, [template.replace("{}", name) for name in names for template in templates]


def _tower_sampler(towers: Towers, tower: int) -> PairSampler:
    """The sampler that prepares the items of a tower for evaluation."""
    spec = getattr(towers, "sampler_spec", None)
    if spec is None or not isinstance(spec["modality"], (list, tuple)) or not spec["recipe"]:
        raise ValueError(
            f"how to prepare the items of the {_TOWERS[tower]} tower is unknown, as the towers were not trained on "
            "pairs of two modalities by named recipes: give zero_shot(..., samplers=(sampler of items, of texts))"
        )
    return evaluation_sampler(spec, tower)


def _unit(features: FeatureArray, name: str) -> npt.NDArray[np.float64]:
    rows = check_features(features, name).astype(np.float64)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (length > 0).all():
        raise ValueError(f"row {int(np.flatnonzero(length[:, 0] == 0)[0])} of {name} is zero: it has no direction")
    unit: npt.NDArray[np.float64] = rows / length
    return unit


def _score(
    predictions: npt.NDArray[np.int64], labels: npt.NDArray[Any] | None, names: tuple[str, ...]
) -> ZeroShotResult:
    if labels is None:
        return ZeroShotResult(predictions, names, None, None, None, None)
    classes = len(names)
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        wrong = next(label for label in labels.tolist() if not isinstance(label, int) or not 0 <= label < classes)
        raise ValueError(f"the label {wrong!r} is no position in the {classes} class names; give the names of all")
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    counts = confusion.sum(axis=1)
    occurs = counts > 0
    return ZeroShotResult(
        predictions,
        names,
        accuracy=float(np.mean(predictions == labels)),
        balanced_accuracy=float(np.mean(confusion.diagonal()[occurs] / counts[occurs])),
        majority_share=float(counts.max() / counts.sum()),
        confusion=confusion,
    )
