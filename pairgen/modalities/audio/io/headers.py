"""What a WAV header promises, against what the file holds: libsndfile reads a truncated file without a word."""

from __future__ import annotations

__all__ = ["missing_bytes"]

_UNKNOWN = (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000)
"""Lengths that programs write which do not know it yet, as into a pipe: the data goes on to the end of the file."""


def missing_bytes(data: bytes) -> int:
    """How many bytes of samples the header of a RIFF WAVE file promises that `data` does not hold; 0 for other formats
    and for lengths left open.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return 0
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        start = position + 8
        if data[position : position + 4] == b"data":
            return 0 if size in _UNKNOWN else max(0, start + size - len(data))
        position = start + size + size % 2
    return 0
