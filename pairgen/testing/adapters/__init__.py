"""Adapters of transforms of other libraries to augmentations, so that they can be checked as they are.

    >>> from torchvision.transforms import v2
    >>> from pairgen.testing import check_augmentation
    >>> check_augmentation(v2.RandomRotation(30), checks="keeps_type", examples=5).ok
    True

`adapt` selects the adapter by the library that a transform's class comes from. No library is imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pairgen.testing.adapters.audio import AudiomentationsTransform, TorchAudiomentationsTransform
from pairgen.testing.adapters.base import ExternalTransform
from pairgen.testing.adapters.graph import GeometricTransform
from pairgen.testing.adapters.image import AlbumentationsTransform, KorniaTransform, TorchvisionTransform
from pairgen.testing.adapters.text import NlpaugTransform
from pairgen.testing.spec import Tags

__all__ = [
    "AlbumentationsTransform",
    "AudiomentationsTransform",
    "ExternalTransform",
    "GeometricTransform",
    "KorniaTransform",
    "NlpaugTransform",
    "TorchAudiomentationsTransform",
    "TorchvisionTransform",
    "adapt",
]

_ADAPTERS: dict[str, type[ExternalTransform]] = {
    "torchvision": TorchvisionTransform,
    "albumentations": AlbumentationsTransform,
    "kornia": KorniaTransform,
    "audiomentations": AudiomentationsTransform,
    "torch_audiomentations": TorchAudiomentationsTransform,
    "nlpaug": NlpaugTransform,
    "torch_geometric": GeometricTransform,
}


def adapt(transform: Callable[..., Any], *, tags: Tags | None = None, modality: str | None = None) -> ExternalTransform:
    """Return a transform of another library, or any callable of one item, as an augmentation.

    Known are transforms of torchvision v2, albumentations, kornia, audiomentations, torch-audiomentations, nlpaug and
    PyG.

    Args:
        transform: The transform.
        tags: What it guarantees; None takes the defaults of its library.
        modality: Name of the modality whose items it takes; None takes that of its library.

    Raises:
        TypeError: It cannot be called.

    Example:
        >>> from torchvision.transforms import v2
        >>> adapt(v2.RandomHorizontalFlip()).modality
        'image'
    """
    options: dict[str, Any] = {"tags": tags, "modality": modality}
    options = {name: value for name, value in options.items() if value is not None}
    for cls in type(transform).__mro__:
        adapter = _ADAPTERS.get(cls.__module__.split(".")[0])
        if adapter is not None:
            return adapter(transform, **options)
    if not callable(transform) and not hasattr(transform, "augment"):
        raise TypeError(
            f"cannot check {transform!r} of type {type(transform).__name__}: give an Augmentation, a class of them, a "
            "transform of a library that `adapt` knows, or a callable of one item"
        )
    return ExternalTransform(transform, **options)
