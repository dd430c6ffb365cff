"""Images and labels from files of arrays: NumPy archives and IDX files, the format of MNIST and its relatives.

IDX files are not read by torchvision's `read_sn3_pascalvincent_tensor`: it takes no gzip-compressed file, as MNIST is
published, no array of four dimensions, and tells of a damaged one by a bare AssertionError.
"""

from __future__ import annotations

import gzip
import math
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pairgen.data import LabelledDataset, encode_labels
from pairgen.data._archives import load_archive
from pairgen.data._budget import BudgetError, check_unpacked
from pairgen.data._errors import shorten
from pairgen.data.files import LabelOption

__all__ = ["find_idx_images", "is_idx_name", "read_idx", "read_idx_images", "read_npz"]

IMAGE_KEYS = ("images", "image", "x", "X", "data", "arr_0")
LABEL_KEYS = ("labels", "label", "y", "Y", "targets", "target", "arr_1")
SPLITS = ("train", "test", "val", "valid", "validation")

_SPLIT_STEMS = {"train": ("train",), "test": ("t10k", "test"), "val": ("val", "valid")}
_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP_MAGIC = b"\x1f\x8b"

Array = npt.NDArray[Any]
LabelSource = LabelOption | str | os.PathLike[str]
"""Labels as `read` takes them: also the key of an archive or the path of an IDX file."""


def _build_dataset(images: Array, labels: Array | Sequence[Any], source: str) -> LabelledDataset[Array]:
    """The dataset of images and labels; ValueError, with the source, for labels that do not fit."""
    try:
        encoded, classes = encode_labels(labels, len(images), "images")
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    return LabelledDataset(images, encoded, classes, noun="images")


# -- NumPy archives ----------------------------------------------------------------------------------------------------


def read_npz(
    path: Path, *, images: str | None = None, labels: LabelOption | str = None, split: str | None = None
) -> LabelledDataset[Array]:
    """Read images and labels from an `.npz` archive, or images from an `.npy` file.

    Keys are looked up by convention: `images` or `x` and `labels` or `y`, in several spellings, and with
    `split="train"` also `x_train`, `train_images` and the like. An array `classes` names the classes.

    Args:
        path: The archive.
        images: Key of the images (N, H, W), (N, H, W, C) or (N, C, H, W); None looks it up.
        labels: Key of the labels (N,) or (N, 1), or one label an image; None looks the key up, True makes their
            absence an error, and False ignores them.
        split: Split to read, where the archive has several.

    Returns:
        A dataset of arrays (H, W) or (H, W, C).

    Raises:
        ValueError: Not an archive, no such key (the message lists the keys), a wrong shape, or not one label an image.
    """
    arrays = _load(path)
    key = images if images is not None else _find_key(arrays, IMAGE_KEYS, split)
    if key is None or key not in arrays:
        raise ValueError(_explain_missing(path, arrays, images, split))
    pixels = _to_channels_last(arrays[key], path, key)
    if labels is not None and not isinstance(labels, (bool, str)):
        return _build_dataset(pixels, labels, str(path))
    label_key = labels if isinstance(labels, str) else _find_key(arrays, LABEL_KEYS, split)
    if isinstance(labels, str) and labels not in arrays:
        raise ValueError(f"{path} has no labels {labels!r}; its keys: {_list_keys(arrays)}")
    if labels is True and label_key is None:
        raise ValueError(f"{path} has no labels; its keys: {_list_keys(arrays)}. Name one with labels=KEY")
    if labels is False or label_key is None:
        return LabelledDataset(pixels, noun="images")
    dataset = _build_dataset(pixels, arrays[label_key], f"{path}, {label_key!r}")
    if "classes" in arrays and len(arrays["classes"]) >= len(dataset.classes or ()):
        dataset.classes = [str(name) for name in arrays["classes"].tolist()]
    return dataset


def _load(path: Path) -> dict[str, Array]:
    try:
        with path.open("rb") as file:
            packed = file.read(4) in _ZIP_MAGIC
        return load_archive(path) if packed else {"arr_0": np.load(path, allow_pickle=False)}
    except BudgetError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{path} cannot be read as a NumPy archive of plain arrays ({shorten(error)}); write it again "
            "with numpy.savez_compressed(path, images=..., labels=...)"
        ) from error


def _find_key(arrays: Mapping[str, Array], names: Sequence[str], split: str | None) -> str | None:
    if split is None:
        return next((name for name in names if name in arrays), None)
    keys = (key for name in names for key in (f"{name}_{split}", f"{split}_{name}"))
    return next((key for key in keys if key in arrays), None)


def _explain_missing(path: Path, arrays: Mapping[str, Array], images: str | None, split: str | None) -> str:
    keys = _list_keys(arrays)
    if images is not None:
        return f"{path} has no images {images!r}; its keys: {keys}"
    splits = [s for s in SPLITS if s != split and _find_key(arrays, IMAGE_KEYS, s)]
    if splits:
        options = " or ".join(f"split={s!r}" for s in splits)
        without = "without a split" if split is None else f"for the split {split!r}"
        return f"{path} has no images {without}; choose one with {options}"
    return (
        f"{path} has no images under a usual key ({', '.join(IMAGE_KEYS)}); its keys: {keys}. "
        "Name the right one with images=KEY"
    )


def _list_keys(arrays: Mapping[str, Array]) -> str:
    return ", ".join(f"{key} {a.dtype} {a.shape}" for key, a in arrays.items()) or "none"


def _to_channels_last(array: Array, path: Path, key: str) -> Array:
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


# -- IDX files ---------------------------------------------------------------------------------------------------------


def read_idx(path: Path) -> Array:
    """Read one IDX array, plain or gzip-compressed; compression is recognized by content, not by the name.

    Layout: two zero bytes, a type code, the number of dimensions, each dimension as a big-endian uint32, then the
    values, big-endian.

    Returns:
        A writable array of the dtype and shape in the header, in native byte order.

    Raises:
        ValueError: Not an IDX file, a damaged gzip stream, or another length than the header says; the message names
            the file.
    """
    check_unpacked(path)
    content = _read_content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _IDX_TYPES or content[3] == 0:
        raise ValueError(
            f"{path} is not an IDX file: it starts with {content[:4]!r}, where an IDX file starts with two zero bytes, "
            "a type code and the number of dimensions; check that the download is complete and is not a web page"
        )
    rank = content[3]
    start = 4 + 4 * rank
    if len(content) < start:
        raise ValueError(f"{path} ends within its header ({len(content)} bytes); download it again")
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    dtype = np.dtype(_IDX_TYPES[content[2]])
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        fault = "truncated" if len(content) < expected else "too long"
        raise ValueError(
            f"{path} is {fault}: an array of the shape in its header, {shape}, takes {expected} bytes, and the file "
            f"holds {len(content)}; download it again"
        )
    values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))  # a copy: writable, native byte order


def _read_content(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] != _GZIP_MAGIC:
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path} is a damaged gzip file ({shorten(error)}); download it again") from error


def is_idx_name(path: Path) -> bool:
    """Return whether a file name follows `...-idx3-ubyte[.gz]`, with a dot or a dash before `idx`."""
    stem = path.name.removesuffix(".gz")
    return any(mark in stem for mark in ("-idx", ".idx")) and stem.endswith("-ubyte")


def read_idx_images(path: Path, labels: LabelSource = None) -> LabelledDataset[Array]:
    """Read `...-images-idx3-ubyte[.gz]` and `...-labels-idx1-ubyte[.gz]` beside it.

    Args:
        path: The file of images.
        labels: Path of another IDX file, or one label an image; None takes the file beside the images if there is one,
            True makes its absence an error, and False ignores it.

    Returns:
        A dataset of arrays (H, W), or (H, W, C) for four dimensions, of the dtype of the file, uint8 as a rule.

    Raises:
        ValueError: The file holds no images, labels are missing, or not one label an image.
    """
    images = read_idx(path)
    if images.ndim not in (3, 4):
        raise ValueError(
            f"{path} holds an array of shape {images.shape}, not images (N, H, W); "
            "choose the file whose name contains 'images'"
        )
    if labels is None or labels is True:
        beside = _find_labels_beside(path)
        if beside is None and labels is True:
            raise ValueError(f"{path} has no labels file beside it; name one with labels=PATH")
        labels = beside
    if labels is None or isinstance(labels, bool):
        return LabelledDataset(images, noun="images")
    if isinstance(labels, (str, os.PathLike)):
        return _build_dataset(images, read_idx(Path(labels)), os.fspath(labels))
    return _build_dataset(images, labels, str(path))


def _find_labels_beside(path: Path) -> Path | None:
    name = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    for candidate in (path.with_name(name), path.with_name(f"{name}.gz")):
        if candidate != path and candidate.exists():
            return candidate
    return None


def find_idx_images(folder: Path, split: str | None = None) -> Path | None:
    """Return the IDX file of images in a folder; None where the folder has no IDX files.

    Args:
        folder: The folder.
        split: "train", "test" or "val", where there are several files of images.

    Raises:
        ValueError: Several files of images and no `split`, or not one file for it.
    """
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and is_idx_name(path)]
    if not files:
        return None
    images = [path for path in files if "images" in path.name or "idx3" in path.name]
    # A file and its compressed copy are one candidate.
    images = [path for path in images if not (path.suffix == ".gz" and path.with_suffix("") in images)]
    if not images:
        names = ", ".join(path.name for path in files)
        raise ValueError(f"{folder} has IDX files ({names}) but none of images (*-images-idx3-*)")
    names = ", ".join(path.name for path in images)
    if split is None:
        if len(images) == 1:
            return images[0]
        raise ValueError(
            f"{folder} has several IDX files of images ({names}); choose one with "
            'split="train" or split="test", or pass the path of the file'
        )
    stems = _SPLIT_STEMS.get(split, (split,))
    chosen = [path for path in images if path.name.startswith(stems)]
    if len(chosen) != 1:
        raise ValueError(f"{folder} has {len(chosen)} IDX files of images for the split {split!r}, of: {names}")
    return chosen[0]
