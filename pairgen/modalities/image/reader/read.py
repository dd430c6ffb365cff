"""Dispatch `read()` on the type of the source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import features
from torch.utils.data import Dataset

from pairgen.data import choose_split, list_files, read_class_folders, read_in_memory, refuse_split
from pairgen.data._errors import name_file
from pairgen.data.files import LabelOption
from pairgen.modalities.image.reader.arrays import (
    LabelSource,
    find_idx_images,
    is_idx_name,
    read_idx_images,
    read_npz,
)

__all__ = ["SUFFIXES", "read"]

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff")
    + (".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".icb", ".vda", ".vst", ".qoi", ".ico", ".pcx")
    + ((".avif", ".avifs") if features.check("avif") else ())
    + ((".jp2", ".j2k", ".jpc", ".jpf", ".jpx", ".j2c") if features.check("jpg_2000") else ())
)


@name_file
def read(
    source: str | os.PathLike[str] | Dataset[Any] | Sequence[Any],
    *,
    images: str | None = None,
    labels: LabelSource = None,
    split: str | None = None,
) -> Dataset[Any]:
    """Read images from files, or from a dataset or sequence in memory.

    Args:
        source: One of
            a folder of images, whose first-level folders are the classes where every image lies in one;
            a folder of IDX files, with `split` where there are several of images;
            an IDX file, plain or gzip, whose labels lie beside it under the usual name;
            an `.npz` archive with images and, if it has them, labels;
            one image file;
            a torch Dataset, returned as it is; or a sequence of items.
        images: Key of the images in an `.npz`, where it is not a usual one.
        labels: None takes labels where there are any; True makes their absence an error; False ignores them; a
            sequence gives one an item; a string is the key in an `.npz`, or the path of an IDX file.
        split: "train" or "test", for an archive or a folder that has several: of files or of folders of that name.

    Returns:
        A map-style dataset of items, or of (item, label) with int labels, and `.classes`, a list of names or None.
        Images of a folder are paths and are decoded when a pair is made; arrays stay in memory as they are, uint8 as
        a rule.

    Raises:
        FileNotFoundError: There is nothing at the path.
        ValueError: An empty folder or sequence, a folder without images, a damaged file, an archive without images, or
            not one label an item; the message names the path and the remedy.
        TypeError: A source of another type.

    Example:
        >>> import numpy as np
        >>> read(np.zeros((3, 8, 8), np.uint8), labels=[0, 2, 2])
        LabelledDataset(3 images, 3 classes)
    """
    if not isinstance(source, (str, os.PathLike)):
        refuse_split(split, f"a {type(source).__name__}")
        return read_in_memory(source, _refuse_name(labels, f"a {type(source).__name__}"), "images")
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a folder of images, an .npz file or an IDX file")
    if path.is_dir():
        if (idx := find_idx_images(path, split)) is not None:
            return read_idx_images(idx, labels)
        listing = list_files(choose_split(path, split), SUFFIXES, "images")
        return read_class_folders(listing, listing.files, "images", _refuse_name(labels, str(path)))
    if path.suffix in (".npz", ".npy"):
        key = os.fspath(labels) if isinstance(labels, os.PathLike) else labels
        return read_npz(path, images=images, labels=key, split=split)
    refuse_split(split, str(path))
    if is_idx_name(path):
        return read_idx_images(path, labels)
    if path.suffix.lower() in SUFFIXES:
        return read_in_memory([path], _refuse_name(labels, str(path)), "images")
    raise ValueError(
        f"{path} is neither a folder, an image, an .npz archive nor an IDX file "
        "(...-images-idx3-ubyte, plain or .gz); pass one of these, or a torch Dataset"
    )


def _refuse_name(labels: LabelSource, source: str) -> LabelOption:
    """The labels, if they are not the name of a key or file."""
    if isinstance(labels, (str, os.PathLike)):
        raise ValueError(
            f"labels={os.fspath(labels)!r} names a key or a file, but {source} has neither; class folders are labels, "
            "or pass a sequence, one label an item"
        )
    return labels
