"""The peers' transforms that the property-testing kit is run over, as users make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from benchmarks.torchvision_v2 import v2

LIBRARIES = (
    "torchvision",
    "albumentations",
    "kornia",
    "audiomentations",
    "torch-audiomentations",
    "nlpaug",
    "torch-geometric",
)


@dataclass(frozen=True)
class PeerTransform:
    """still: the same transform at zero strength, where there is such. options: of `check_augmentation`."""

    library: str
    label: str
    transform: Any
    still: Any = None
    options: dict[str, Any] = field(default_factory=dict)


def peer_transforms(libraries: tuple[str, ...] = LIBRARIES) -> Iterator[PeerTransform]:
    """All transforms of some libraries."""
    for library in libraries:
        for label, transform, still in _MAKERS[library]():
            options = {"items": clouds()} if library == "torch-geometric" else {}
            yield PeerTransform(library, label, transform, still, options)


Made = Iterator[tuple[str, Any, Any]]


def _torchvision() -> Made:
    yield "RandomHorizontalFlip", v2.RandomHorizontalFlip(), v2.RandomHorizontalFlip(0.0)
    yield "RandomRotation(30)", v2.RandomRotation(30), v2.RandomRotation(0)
    yield "RandomAffine(20, (0.1, 0.1))", v2.RandomAffine(20, (0.1, 0.1)), v2.RandomAffine(0)
    yield "RandomPerspective(p=1)", v2.RandomPerspective(p=1.0), v2.RandomPerspective(0.0, p=1.0)
    yield "RandomResizedCrop(8)", v2.RandomResizedCrop(8), None
    yield "ColorJitter(0.4, 0.4, 0.4, 0.1)", v2.ColorJitter(0.4, 0.4, 0.4, 0.1), v2.ColorJitter()
    yield "RandomGrayscale(0.5)", v2.RandomGrayscale(0.5), v2.RandomGrayscale(0.0)
    yield "GaussianBlur(3)", v2.GaussianBlur(3), None
    yield "GaussianNoise", v2.GaussianNoise(), v2.GaussianNoise(0.0, 0.0)
    yield "RandomErasing(p=1)", v2.RandomErasing(p=1.0), v2.RandomErasing(p=0.0)
    yield "ElasticTransform", v2.ElasticTransform(), v2.ElasticTransform(0.0)
    yield "RandAugment", v2.RandAugment(), None


def _albumentations() -> Made:
    a: Any = import_module("albumentations")

    yield "HorizontalFlip", a.HorizontalFlip(p=0.5), a.HorizontalFlip(p=0.0)
    yield "Rotate(30)", a.Rotate(30, p=1.0), a.Rotate((0, 0), p=1.0)
    yield "RandomResizedCrop(8)", a.RandomResizedCrop((8, 8), p=1.0), None
    yield "ColorJitter", a.ColorJitter(p=1.0), None
    yield "GaussianBlur", a.GaussianBlur(p=1.0), None
    yield "GaussNoise", a.GaussNoise(p=1.0), a.GaussNoise((0.0, 0.0), p=1.0)
    yield "CoarseDropout", a.CoarseDropout(p=1.0), a.CoarseDropout(p=0.0)
    yield "ElasticTransform", a.ElasticTransform(p=1.0), None


def _kornia() -> Made:
    k: Any = import_module("kornia.augmentation")

    once: dict[str, Any] = {"p": 1.0, "keepdim": True}
    yield "RandomHorizontalFlip", k.RandomHorizontalFlip(keepdim=True), k.RandomHorizontalFlip(p=0.0, keepdim=True)
    yield "RandomRotation(30)", k.RandomRotation(30.0, **once), k.RandomRotation(0.0, **once)
    yield "RandomPerspective", k.RandomPerspective(**once), None
    yield "RandomResizedCrop(8)", k.RandomResizedCrop((8, 8), **once), None
    yield "ColorJitter(0.4, 0.4, 0.4, 0.1)", k.ColorJitter(0.4, 0.4, 0.4, 0.1, **once), None
    yield "RandomGaussianBlur", k.RandomGaussianBlur((3, 3), (0.1, 2.0), **once), None
    yield "RandomGaussianNoise", k.RandomGaussianNoise(0.0, 0.1, **once), k.RandomGaussianNoise(0.0, 0.0, **once)
    yield "RandomErasing", k.RandomErasing(**once), k.RandomErasing(p=0.0, keepdim=True)


def _audiomentations() -> Made:
    a: Any = import_module("audiomentations")

    yield "AddGaussianNoise", a.AddGaussianNoise(p=1.0), None
    yield "AddGaussianSNR", a.AddGaussianSNR(p=1.0), None
    yield "Gain", a.Gain(p=1.0), a.Gain(0.0, 0.0, p=1.0)
    yield "PolarityInversion", a.PolarityInversion(p=0.5), a.PolarityInversion(p=0.0)
    yield "Shift", a.Shift(p=1.0), a.Shift(0.0, 0.0, p=1.0)
    yield "TimeMask", a.TimeMask(p=1.0), None
    yield "ClippingDistortion", a.ClippingDistortion(p=1.0), a.ClippingDistortion(0, 0, p=1.0)
    yield "LowPassFilter", a.LowPassFilter(p=1.0), None


def _torch_audiomentations() -> Made:
    t: Any = import_module("torch_audiomentations")

    always: dict[str, Any] = {"p": 1.0, "output_type": "tensor"}
    yield "Gain", t.Gain(**always), t.Gain(0.0, 0.0, **always)
    yield "PolarityInversion", t.PolarityInversion(p=0.5, output_type="tensor"), None
    yield "AddColoredNoise", t.AddColoredNoise(**always), None


def _nlpaug() -> Made:
    chars: Any = import_module("nlpaug.augmenter.char")
    words: Any = import_module("nlpaug.augmenter.word")

    yield "RandomWordAug(swap)", words.RandomWordAug(action="swap"), None
    yield "RandomWordAug(delete)", words.RandomWordAug(action="delete"), words.RandomWordAug(action="delete", aug_max=0)
    yield "RandomCharAug(substitute)", chars.RandomCharAug(action="substitute"), None
    yield "KeyboardAug", chars.KeyboardAug(), None


def _geometric() -> Made:
    t: Any = import_module("torch_geometric.transforms")

    yield "RandomJitter(0.1)", t.RandomJitter(0.1), t.RandomJitter(0.0)
    yield "RandomScale((0.8, 1.2))", t.RandomScale((0.8, 1.2)), t.RandomScale((1.0, 1.0))
    yield "RandomFlip(0)", t.RandomFlip(0, p=0.5), t.RandomFlip(0, p=0.0)
    yield "RandomRotate(30)", t.RandomRotate(30), t.RandomRotate(0)
    yield "RandomShear(0.2)", t.RandomShear(0.2), t.RandomShear(0.0)


_MAKERS: dict[str, Callable[[], Made]] = dict(
    zip(
        LIBRARIES,
        (_torchvision, _albumentations, _kornia, _audiomentations, _torch_audiomentations, _nlpaug, _geometric),
        strict=True,
    )
)


def clouds() -> Any:
    """Graphs with positions, which PyG's random transforms move."""
    import torch
    from hypothesis import strategies as st
    from torch_geometric.data.data import Data

    def made(points: list[tuple[float, float, float]]) -> Data:
        ring = torch.arange(len(points))
        return Data(pos=torch.tensor(points), edge_index=torch.stack([ring, ring.roll(1)]))

    number = st.sampled_from([0.0, 1.0, -0.5, 2.0])
    return st.lists(st.tuples(number, number, number), min_size=1, max_size=6).map(made)
