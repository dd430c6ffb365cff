"""What the first bytes of a file tell: the size of a JPEG or PNG, without decoding it and in microseconds."""

from __future__ import annotations

__all__ = ["ends_like_jpeg", "jpeg_header", "png_size"]

_PNG = b"\x89PNG\r\n\x1a\n"
# Frame headers are the markers C0 to CF, less the tables among them: Huffman (C4), reserved (C8), arithmetic (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def jpeg_header(data: bytes) -> tuple[int, int, int, int] | None:
    """(width, height, components, bits) of a JPEG; None where its header cannot be followed."""
    at, end = 2, len(data) - 10
    while at < end and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # markers may be preceded by any number of fill bytes
            at += 1
        elif marker in _FRAMES:
            height, width = data[at + 5] << 8 | data[at + 6], data[at + 7] << 8 | data[at + 8]
            # A height of 0 is legal: it is then given after the first scan. PIL decides.
            return (width, height, data[at + 9], data[at + 4]) if height else None
        else:
            at += 2 + (data[at + 2] << 8 | data[at + 3])
    return None


def ends_like_jpeg(data: bytes) -> bool:
    """Whether the end-of-image marker closes the file, apart from padding."""
    return data[-64:].rstrip(b"\x00\r\n ").endswith(b"\xff\xd9")


def png_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG; None for anything else."""
    if data[:8] != _PNG or len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
