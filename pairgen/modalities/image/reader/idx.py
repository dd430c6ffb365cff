"""IDX files, the format of MNIST and its relatives, plain or gzip-compressed."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path) -> npt.NDArray[Any]:
    """Read one IDX array; its dtype and shape are those in the header, in native byte order.

    Layout: two zero bytes, a type code, the number of dimensions, each dimension as a big-endian
    uint32, then the values, big-endian. Compression is told by content, not by the name.

    Raises:
        ValueError: not an IDX file, a damaged gzip stream, or a length that differs from the
            one in the header; the message names the file.
    """
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES or content[3] == 0:
        raise ValueError(
            f"{path} is not an IDX file: it starts with {content[:4]!r}, where an IDX file starts "
            "with two zero bytes, a type code and the number of dimensions. "
            "Check that the download is complete and is not a web page."
        )
    rank = content[3]
    start = 4 + 4 * rank
    if len(content) < start:
        raise ValueError(f"{path} ends within its header ({len(content)} bytes); download it again.")
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    dtype = np.dtype(_TYPES[content[2]])
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        trouble = "truncated" if len(content) < expected else "too long"
        raise ValueError(
            f"{path} is {trouble}: its header promises an array of shape {shape}, that is "
            f"{expected} bytes, and it holds {len(content)}. Download it again."
        )
    values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))  # a copy: writable, native byte order


def is_idx_name(path: Path) -> bool:
    """Whether a file name follows `...-idx3-ubyte[.gz]`, with a dot or a dash before `idx`."""
    stem = path.name.removesuffix(".gz")
    return any(mark in stem for mark in ("-idx", ".idx")) and stem.endswith("-ubyte")


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] != _GZIP_MAGIC:
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path} is a damaged gzip file ({error}); download it again.") from error
