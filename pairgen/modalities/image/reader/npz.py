"""Images and labels from a NumPy `.npz` archive."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.modalities.image.reader.dataset import ImageDataset
from pairgen.modalities.image.reader.labels import encode_labels

IMAGE_KEYS = ("images", "image", "x", "X", "data", "arr_0")
LABEL_KEYS = ("labels", "label", "y", "Y", "targets", "target", "arr_1")
SPLITS = ("train", "test", "val", "valid", "validation")


def read_npz(
    path: Path,
    *,
    images: str | None = None,
    labels: Sequence[Any] | str | bool | None = None,
    split: str | None = None,
) -> ImageDataset:
    """Read arrays (N, H, W), (N, H, W, C) or (N, C, H, W); the last becomes (N, H, W, C).

    Keys are found by convention: `images` or `x` and `labels` or `y`, in several spellings, and
    with `split="train"` also `x_train`, `train_images` and the like. `images` and `labels` name
    others.

    Raises:
        ValueError: not an archive, no such key (the message lists the keys), a wrong shape, or
            not one label an image.
    """
    arrays = _load(path)
    key = images if images is not None else _find(arrays, IMAGE_KEYS, split)
    if key is None or key not in arrays:
        raise ValueError(_missing(path, arrays, images, split))
    pixels = _channels_last(arrays[key], path, key)
    if isinstance(labels, bool | str) or labels is None:
        label_key = labels if isinstance(labels, str) else _find(arrays, LABEL_KEYS, split)
        if isinstance(labels, str) and labels not in arrays:
            raise ValueError(f"{path} has no labels {labels!r}; its keys: {_listing(arrays)}")
        if labels is True and label_key is None:
            raise ValueError(f"{path} has no labels; its keys: {_listing(arrays)}. Name one with labels=KEY")
        if labels is False or label_key is None:
            return ImageDataset(pixels)
        values: Sequence[Any] | npt.NDArray[Any] = arrays[label_key]
        source = f"{path}, {label_key!r}"
    else:
        values, source = labels, str(path)
    positions, names = encode_labels(values, len(pixels), source)
    if "classes" in arrays and names is not None and len(arrays["classes"]) >= len(names):
        names = [str(name) for name in arrays["classes"].tolist()]
    return ImageDataset(pixels, positions, names)


def _load(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"arr_0": loaded}
        with loaded as archive:
            return {key: archive[key] for key in archive.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{path} cannot be read as a NumPy archive of plain arrays ({error}); write it again "
            "with numpy.savez_compressed(path, images=..., labels=...)"
        ) from error


def _find(arrays: Mapping[str, Any], names: Sequence[str], split: str | None) -> str | None:
    if split is not None:
        for name in names:
            for key in (f"{name}_{split}", f"{split}_{name}"):
                if key in arrays:
                    return key
        return None
    return next((name for name in names if name in arrays), None)


def _missing(path: Path, arrays: Mapping[str, npt.NDArray[Any]], images: str | None, split: str | None) -> str:
    listing = _listing(arrays)
    if images is not None:
        return f"{path} has no images {images!r}; its keys: {listing}"
    splits = [s for s in SPLITS if s != split and _find(arrays, IMAGE_KEYS, s)]
    if splits:
        wanted = "" if split is None else f" {split!r}"
        return (
            f"{path} has no images for the split{wanted or ' None'}; choose one with "
            f"split={' or split='.join(repr(s) for s in splits)}"
        )
    return (
        f"{path} has no images under a usual key ({', '.join(IMAGE_KEYS)}); its keys: {listing}. "
        "Name the right one with images=KEY"
    )


def _listing(arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    return ", ".join(f"{key} {a.dtype} {a.shape}" for key, a in arrays.items()) or "none"


def _channels_last(array: npt.NDArray[Any], path: Path, key: str) -> npt.NDArray[Any]:
    usual = (1, 3, 4)
    if array.ndim == 3 or (array.ndim == 4 and array.shape[3] in usual):
        return array
    if array.ndim == 4 and array.shape[1] in usual:
        return np.ascontiguousarray(array.transpose(0, 2, 3, 1))
    raise ValueError(
        f"{path}, {key!r}: images must have the shape (N, H, W), (N, H, W, C) or (N, C, H, W) "
        f"with 1, 3 or 4 channels, got {array.shape}; reshape the array, or name another key "
        "with images=KEY"
    )
