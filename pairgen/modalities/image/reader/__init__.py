"""One reader for a user's images: a folder, `.npz`, IDX files, or a dataset that exists."""

from __future__ import annotations

from pairgen.modalities.image.reader.dataset import ImageDataset
from pairgen.modalities.image.reader.read import read

__all__ = ["ImageDataset", "read"]
