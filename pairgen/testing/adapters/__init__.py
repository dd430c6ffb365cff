"""Transforms of other libraries as augmentations, so that they can be checked as they are.

    >>> from torchvision.transforms import v2
    >>> from pairgen.testing import check_augmentation
    >>> report = check_augmentation(v2.RandomRotation(30), raises=False)

`adapt` chooses by the library that a transform's class comes from. No library is imported here.
"""

from __future__ import annotations

from typing import Any

from pairgen.testing.adapters.audio import AudiomentationsTransform, TorchAudiomentationsTransform
from pairgen.testing.adapters.base import ExternalTransform
from pairgen.testing.adapters.graph import GeometricTransform
from pairgen.testing.adapters.image import AlbumentationsTransform, KorniaTransform, TorchvisionTransform
from pairgen.testing.adapters.text import NlpaugTransform

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


def adapt(transform: Any, **options: Any) -> ExternalTransform:
    """A transform of torchvision, albumentations, kornia, audiomentations, torch-audiomentations, nlpaug or PyG, or any
    callable of one item, as an augmentation.

    options: `tags`, what it promises; `modality`, the name of that whose items it takes. TypeError for what cannot be
    called.
    """
    for kind in type(transform).__mro__:
        adapter = _ADAPTERS.get(kind.__module__.split(".")[0])
        if adapter is not None:
            return adapter(transform, **options)
    if not callable(transform) and not hasattr(transform, "augment"):
        raise TypeError(
            f"cannot check {transform!r} of type {type(transform).__name__}: give an Augmentation, a class of them, a "
            "transform of a library that `adapt` knows, or a callable of one item"
        )
    return ExternalTransform(transform, **options)
