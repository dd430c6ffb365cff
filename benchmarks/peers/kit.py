"""Transforms of other libraries that the property-based checks run over, as users make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from benchmarks.peers.image import v2
from pairgen.testing.adapters import ExternalTransform, adapt
from pairgen.testing.spec import Tags

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from torch_geometric.data.data import Data

LIBRARIES = {
    "torchvision": ("torchvision",),
    "albumentations": ("albumentations",),
    "kornia": ("kornia",),
    "audiomentations": ("audiomentations",),
    "torch-audiomentations": ("torch_audiomentations", "torchaudio"),
    "nlpaug": ("nlpaug",),
    "torch-geometric": ("torch_geometric",),
}
"""Modules that each distribution needs, by its name."""


@dataclass(frozen=True)
class PeerTransform:
    """A transform of another library.

    Args:
        library: Name of its distribution.
        label: Name in the tables.
        transform: The transform as an augmentation.
        tags: What it guarantees.
        options: Further options of `check_augmentation`.
    """

    library: str
    label: str
    transform: ExternalTransform
    tags: Tags
    options: dict[str, Any] = field(default_factory=dict)


def peer_transforms(libraries: Iterable[str] = tuple(LIBRARIES)) -> Iterator[PeerTransform]:
    """Yield all transforms of some libraries."""
    for library in libraries:
        for label, transform, tags in _FACTORIES[library]():
            adapted = adapt(transform)
            options = {"items": clouds()} if library == "torch-geometric" else {}
            yield PeerTransform(library, label, adapted, replace(tags, batched=adapted.tags.batched), options)


Transforms = Iterator[tuple[str, Any, Tags]]

_PLAIN = Tags()


def _identity(transform: Any) -> Tags:
    """Return tags that name the same transform at zero strength."""
    return Tags(identity_params=adapt(transform))


def _torchvision() -> Transforms:
    yield "RandomHorizontalFlip", v2.RandomHorizontalFlip(), _identity(v2.RandomHorizontalFlip(0.0))
    yield "RandomRotation(30)", v2.RandomRotation(30), _identity(v2.RandomRotation(0))
    yield "RandomAffine(20, (0.1, 0.1))", v2.RandomAffine(20, (0.1, 0.1)), _identity(v2.RandomAffine(0))
    yield "RandomPerspective(p=1)", v2.RandomPerspective(p=1.0), _identity(v2.RandomPerspective(0.0, p=1.0))
    yield "RandomResizedCrop(8)", v2.RandomResizedCrop(8), _PLAIN
    yield "ColorJitter(0.4, 0.4, 0.4, 0.1)", v2.ColorJitter(0.4, 0.4, 0.4, 0.1), _identity(v2.ColorJitter())
    yield "RandomGrayscale(0.5)", v2.RandomGrayscale(0.5), _identity(v2.RandomGrayscale(0.0))
    yield "GaussianBlur(3)", v2.GaussianBlur(3), _PLAIN
    on_tensors = replace(_identity(v2.GaussianNoise(0.0, 0.0)), accepts=lambda _, item: isinstance(item, Tensor))
    yield "GaussianNoise", v2.GaussianNoise(), on_tensors
    yield "RandomErasing(p=1)", v2.RandomErasing(p=1.0), _identity(v2.RandomErasing(p=0.0))
    yield "RandAugment", v2.RandAugment(), _PLAIN


def _albumentations() -> Transforms:
    a: Any = import_module("albumentations")

    yield "HorizontalFlip", a.HorizontalFlip(p=0.5), _identity(a.HorizontalFlip(p=0.0))
    yield "Rotate(30)", a.Rotate(30, p=1.0), _identity(a.Rotate((0, 0), p=1.0))
    yield "RandomResizedCrop(8)", a.RandomResizedCrop((8, 8), p=1.0), _PLAIN
    yield "ColorJitter", a.ColorJitter(p=1.0), _PLAIN
    yield "GaussianBlur", a.GaussianBlur(p=1.0), _PLAIN
    yield "GaussNoise", a.GaussNoise(p=1.0), _identity(a.GaussNoise((0.0, 0.0), p=1.0))
    yield "CoarseDropout", a.CoarseDropout(p=1.0), _identity(a.CoarseDropout(p=0.0))
    yield "ElasticTransform", a.ElasticTransform(p=1.0), _PLAIN


def _kornia() -> Transforms:
    k: Any = import_module("kornia.augmentation")

    once: dict[str, Any] = {"p": 1.0, "keepdim": True}
    yield (
        "RandomHorizontalFlip",
        k.RandomHorizontalFlip(keepdim=True),
        _identity(k.RandomHorizontalFlip(p=0.0, keepdim=True)),
    )
    yield "RandomRotation(30)", k.RandomRotation(30.0, **once), _identity(k.RandomRotation(0.0, **once))
    yield "RandomPerspective", k.RandomPerspective(**once), _PLAIN
    yield "RandomResizedCrop(8)", k.RandomResizedCrop((8, 8), **once), _PLAIN
    yield "ColorJitter(0.4, 0.4, 0.4, 0.1)", k.ColorJitter(0.4, 0.4, 0.4, 0.1, **once), _PLAIN
    yield "RandomGaussianBlur", k.RandomGaussianBlur((3, 3), (0.1, 2.0), **once), _PLAIN
    yield (
        "RandomGaussianNoise",
        k.RandomGaussianNoise(0.0, 0.1, **once),
        _identity(k.RandomGaussianNoise(0.0, 0.0, **once)),
    )
    yield "RandomErasing", k.RandomErasing(**once), _identity(k.RandomErasing(p=0.0, keepdim=True))


def _audiomentations() -> Transforms:
    a: Any = import_module("audiomentations")

    yield "AddGaussianNoise", a.AddGaussianNoise(p=1.0), _PLAIN
    yield "AddGaussianSNR", a.AddGaussianSNR(p=1.0), _PLAIN
    yield "Gain", a.Gain(p=1.0), _identity(a.Gain(0.0, 0.0, p=1.0))
    yield "PolarityInversion", a.PolarityInversion(p=0.5), _identity(a.PolarityInversion(p=0.0))
    yield "Shift", a.Shift(p=1.0), _identity(a.Shift(0.0, 0.0, p=1.0))
    yield "TimeMask", a.TimeMask(p=1.0), _PLAIN
    yield "ClippingDistortion", a.ClippingDistortion(p=1.0), _identity(a.ClippingDistortion(0, 0, p=1.0))
    yield "LowPassFilter", a.LowPassFilter(p=1.0), _PLAIN


def _torch_audiomentations() -> Transforms:
    t: Any = import_module("torch_audiomentations")

    always: dict[str, Any] = {"p": 1.0, "output_type": "tensor"}
    yield "Gain", t.Gain(**always), _PLAIN
    yield "PolarityInversion", t.PolarityInversion(p=0.5, output_type="tensor"), _PLAIN
    yield "AddColoredNoise", t.AddColoredNoise(**always), _PLAIN


def _nlpaug() -> Transforms:
    chars: Any = import_module("nlpaug.augmenter.char")
    words: Any = import_module("nlpaug.augmenter.word")

    yield "RandomWordAug(swap)", words.RandomWordAug(action="swap"), _PLAIN
    yield (
        "RandomWordAug(delete)",
        words.RandomWordAug(action="delete"),
        _identity(words.RandomWordAug(action="delete", aug_max=0)),
    )
    yield "RandomCharAug(substitute)", chars.RandomCharAug(action="substitute"), _PLAIN
    yield "KeyboardAug", chars.KeyboardAug(), _PLAIN


def _geometric() -> Transforms:
    t: Any = import_module("torch_geometric.transforms")

    yield "RandomJitter(0.1)", t.RandomJitter(0.1), _identity(t.RandomJitter(0.0))
    yield "RandomScale((0.8, 1.2))", t.RandomScale((0.8, 1.2)), _identity(t.RandomScale((1.0, 1.0)))
    yield "RandomFlip(0)", t.RandomFlip(0, p=0.5), _identity(t.RandomFlip(0, p=0.0))
    yield "RandomRotate(30)", t.RandomRotate(30), _identity(t.RandomRotate(0))
    yield "RandomShear(0.2)", t.RandomShear(0.2), _identity(t.RandomShear(0.0))


_FACTORIES: dict[str, Callable[[], Transforms]] = dict(
    zip(
        LIBRARIES,
        (_torchvision, _albumentations, _kornia, _audiomentations, _torch_audiomentations, _nlpaug, _geometric),
        strict=True,
    )
)


def clouds() -> SearchStrategy[Data]:
    """Return a strategy of graphs with positions, which PyG's random transforms move."""
    from hypothesis import strategies as st
    from torch_geometric.data.data import Data

    def ring_graph(points: list[tuple[float, float, float]]) -> Data:
        ring = torch.arange(len(points))
        return Data(pos=torch.tensor(points), edge_index=torch.stack([ring, ring.roll(1)]))

    number = st.sampled_from([0.0, 1.0, -0.5, 2.0])
    return st.lists(st.tuples(number, number, number), min_size=1, max_size=6).map(ring_graph)
