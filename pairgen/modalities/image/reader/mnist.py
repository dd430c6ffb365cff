"""IDX images with their labels beside them, named as MNIST names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from pairgen.modalities.image.reader.dataset import ImageDataset
from pairgen.modalities.image.reader.idx import is_idx_name, read_idx
from pairgen.modalities.image.reader.labels import encode_labels

_SPLIT_STEMS = {"train": ("train",), "test": ("t10k", "test"), "val": ("val", "valid")}


def read_idx_images(path: Path, labels: Sequence[Any] | str | Path | bool | None = None) -> ImageDataset:
    """Read `...-images-idx3-ubyte[.gz]` and `...-labels-idx1-ubyte[.gz]` beside it.

    Images keep their dtype, uint8 as a rule: (N, H, W), or (N, H, W, C) for four dimensions.
    `labels` may be the path of another IDX file, a sequence, or False; with True, labels that are
    not there are an error.
    """
    images = read_idx(path)
    if images.ndim not in (3, 4):
        raise ValueError(
            f"{path} holds an array of shape {images.shape}, not images (N, H, W); "
            "choose the file whose name contains 'images'"
        )
    if labels is False:
        return ImageDataset(images)
    values: Sequence[Any] | npt.NDArray[Any]
    if labels is None or labels is True:
        beside = _labels_beside(path)
        if beside is None and labels is True:
            raise ValueError(f"{path} has no labels file beside it; name one with labels=PATH")
        if beside is None:
            return ImageDataset(images)
        values, source = read_idx(beside), str(beside)
    elif isinstance(labels, str | Path):
        values, source = read_idx(Path(labels)), str(labels)
    else:
        values, source = labels, str(path)
    positions, names = encode_labels(values, len(images), source)
    return ImageDataset(images, positions, names)


def idx_images_in(folder: Path, split: str | None = None) -> Path | None:
    """The IDX file of images in `folder`; None where the folder has no IDX files.

    Raises:
        ValueError: several files of images and no `split`, or none for it.
    """
    found = [p for p in sorted(folder.iterdir()) if p.is_file() and is_idx_name(p)]
    images = [p for p in found if "images" in p.name or "idx3" in p.name]
    if not found:
        return None
    # A file and its own compressed copy are one candidate.
    images = [p for p in images if not (p.suffix == ".gz" and p.with_suffix("") in images)]
    if not images:
        names = ", ".join(p.name for p in found)
        raise ValueError(f"{folder} has IDX files ({names}) but none of images (*-images-idx3-*)")
    listing = ", ".join(p.name for p in images)
    if split is None:
        if len(images) == 1:
            return images[0]
        raise ValueError(
            f"{folder} has several IDX files of images ({listing}); choose one with "
            'split="train" or split="test", or pass the path of the file'
        )
    stems = _SPLIT_STEMS.get(split, (split,))
    chosen = [p for p in images if p.name.startswith(stems)]
    if len(chosen) != 1:
        raise ValueError(f"{folder} has {len(chosen)} IDX files of images for the split {split!r}, of: {listing}")
    return chosen[0]


def _labels_beside(path: Path) -> Path | None:
    name = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    name = name.replace("idx4", "idx1")
    for candidate in (path.with_name(name), path.with_name(f"{name}.gz")):
        if candidate != path and candidate.exists():
            return candidate
    return None
