"""Telling sources apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from pairgen.modalities.image.reader.dataset import ImageDataset
from pairgen.modalities.image.reader.folder import SUFFIXES, read_folder
from pairgen.modalities.image.reader.idx import is_idx_name
from pairgen.modalities.image.reader.labels import encode_labels
from pairgen.modalities.image.reader.mnist import idx_images_in, read_idx_images
from pairgen.modalities.image.reader.npz import read_npz


def read(
    source: str | os.PathLike[str] | Dataset[Any] | Sequence[Any],
    *,
    images: str | None = None,
    labels: Sequence[Any] | str | os.PathLike[str] | bool | None = None,
    split: str | None = None,
) -> Dataset[Any]:
    """Read images from a path, or pass a dataset through.

    Args:
        source: one of
            a folder of images, where first-level folders, if there are two or more and all images
            lie in them, are the classes;
            a folder of IDX files, with `split` where there are several;
            an IDX file, plain or gzip, whose labels lie beside it under the usual name;
            an `.npz` archive with images and, if it has them, labels;
            one image file;
            a torch Dataset, returned as it is; or a sequence of items.
        images: key of the images in an `.npz`, where it is not a usual one.
        labels: None finds labels where there are any; True makes their absence an error; False
            ignores them; a sequence gives one an item; a string is the key in an `.npz`, or the
            path of an IDX file.
        split: "train" or "test", for an archive or a folder that has several.

    Returns:
        A map-style dataset of items, or of (item, label) with int labels, and `.classes`, a list of
        names or None. Images of a folder are paths and are decoded when a pair is made; arrays
        stay in memory as they are, uint8 as a rule.

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: an empty folder, one without images, a damaged file, an archive without
            images, or not one label an item; the message names the path and the remedy.
        TypeError: a source of another type.
    """
    if not isinstance(source, str | os.PathLike):
        return _in_memory(source, labels)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a folder of images, an .npz file or an IDX file")
    if path.is_dir():
        if (idx := idx_images_in(path, split)) is not None:
            return read_idx_images(idx, _path_label(labels))
        return read_folder(path, _no_name(labels, path))
    if path.suffix in (".npz", ".npy"):
        key = os.fspath(labels) if isinstance(labels, os.PathLike) else labels
        return read_npz(path, images=images, labels=key, split=split)
    if is_idx_name(path):
        return read_idx_images(path, _path_label(labels))
    if path.suffix.lower() in SUFFIXES:
        return _in_memory([path], labels)
    raise ValueError(
        f"{path} is neither a folder, an image, an .npz archive nor an IDX file "
        "(...-images-idx3-ubyte, plain or .gz); pass one of these, or a torch Dataset"
    )


def _in_memory(source: Any, labels: Any) -> Dataset[Any]:
    if isinstance(source, Dataset) and labels is None:
        return source
    if isinstance(source, bytes) or not hasattr(source, "__getitem__"):
        raise TypeError(
            f"cannot read images from {type(source).__name__}; pass a path, a torch Dataset, or a sequence of items"
        )
    if not hasattr(source, "__len__"):
        raise TypeError(f"{type(source).__name__} has no length; labels need a map-style dataset")
    if labels is None or labels is False:
        return ImageDataset(source)
    if labels is True or isinstance(labels, str | os.PathLike):
        raise ValueError(f"labels={labels!r} is for files; for a {type(source).__name__} pass one label an item")
    positions, names = encode_labels(labels, len(source), type(source).__name__)
    return ImageDataset(source, positions, names)


def _path_label(labels: Any) -> Any:
    return Path(labels) if isinstance(labels, str | os.PathLike) else labels


def _no_name(labels: Any, path: Path) -> Any:
    if isinstance(labels, str | os.PathLike):
        raise ValueError(
            f"labels={os.fspath(labels)!r} names a key or a file, but {path} is a folder of "
            "images; its class folders are the labels, or pass one label an item"
        )
    return labels
