"""Read a user's images: a folder, one image file, `.npz` or IDX files, a dataset or a sequence."""

from pairgen.modalities.image.reader.read import read

__all__ = ["read"]
