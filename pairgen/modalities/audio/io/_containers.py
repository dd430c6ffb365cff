"""What the headers of audio files state about their length, which libsndfile takes on trust or misreads.

A program that writes into a pipe does not know the length yet and leaves 0 or a very large number in the header; such
files are read to their end. Other files that hold less than they state are truncated, which is an error. Files behind
each other (chained Ogg, FLAC, MP3) are read one by one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Part", "split_parts"]

_MARGIN = 1 << 16  # programs round an open size down to whole frames and subtract headers from it
_OPEN_SIZES = (0x7F000000, 0x7FFF0000, 0x7FFFFFFF, 0x80000000, 2_000_000_000, 0xFFFFFFFF, (1 << 63) - 1, (1 << 64) - 1)
_FLAC_START = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22", re.DOTALL)  # with its first block of metadata
_PADDED_CODECS = (0x02, 0x11, 0x31)  # MS ADPCM, IMA ADPCM, GSM 6.10: whole blocks of samples


@dataclass(frozen=True)
class Part:
    """One stream of an audio file.

    Args:
        data: A file that libsndfile reads right.
        frames: Samples a channel that its header states; None where it states none.
        padded: Whether it may hold up to a block of samples more than that, which are no part of it.
        states_frames: Whether libsndfile takes the number of samples from a header, rather than to estimate it.
    """

    data: bytes
    frames: int | None = None
    padded: bool = False
    states_frames: bool = False


def split_parts(data: bytes) -> Sequence[Part]:
    """Return the streams of an audio file, in order; of a format that is not known here, the file as it is.

    Raises:
        ValueError: It holds less than its header states; the message completes "the audio file NAME is".
    """
    return next((split(data) for magic, split in _FORMATS if data.startswith(magic)), None) or [Part(data)]


def _is_open(stated: int) -> bool:
    """Whether a program writes that size where it does not know it yet."""
    return any(abs(stated - size) <= _MARGIN for size in _OPEN_SIZES)


def _check_size(stated: int, available: int) -> bool:
    """Whether a size that a header states is open; ValueError if there is less and it is not."""
    if stated <= available:
        return False
    if _is_open(stated):
        return True
    raise ValueError(f"truncated: its header states {stated - available:,} bytes more than there are")


def _patch(data: bytes, *patches: tuple[int, bytes]) -> bytes:
    patched = bytearray(data)
    for position, value in patches:
        patched[position : position + len(value)] = value
    return bytes(patched)


def _chunks(data: bytes, position: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a RIFF or IFF file: name, first byte, stated size."""
    while position + 8 <= len(data):
        (size,) = struct.unpack_from(f"{order}I", data, position + 4)
        yield data[position : position + 4], position + 8, size
        position += 8 + size + size % 2


def _ends_in_chunks(data: bytes, start: int, order: str) -> bool:
    """Whether what follows is a sequence of chunks up to the end of the file."""
    end = start
    for name, first, size in _chunks(data, start, order):
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        end = first + size
    return len(data) - end in (0, -1, 1)


# -- containers with one stream ---------------------------------------------------------------------------------


def _split_wave(data: bytes) -> Sequence[Part]:
    if data[8:12] != b"WAVE":
        return [Part(data)]
    order = ">" if data[:4] == b"RIFX" else "<"
    codec, facts, long_sizes = 0, None, None
    for name, start, size in _chunks(data, 12, order):
        if name == b"fmt " and start + 2 <= len(data):
            (codec,) = struct.unpack_from(f"{order}H", data, start)
        elif name == b"fact" and start + 4 <= len(data):
            (facts,) = struct.unpack_from(f"{order}I", data, start)
        elif name == b"ds64" and start + 24 <= len(data):
            long_sizes = start
        elif name == b"data":
            padded = codec in _PADDED_CODECS and bool(facts)
            repaired = _repair_wave(data, start, size, order, long_sizes)
            return [Part(repaired, facts if padded else None, padded)]
    return [Part(data)]


def _repair_wave(data: bytes, start: int, size: int, order: str, long_sizes: int | None) -> bytes:
    """The file with the sizes that it has, where they were left open."""
    available = len(data) - start
    is_long = long_sizes is not None and size == 0xFFFFFFFF
    if long_sizes is not None and is_long:
        (size,) = struct.unpack_from(f"{order}Q", data, long_sizes + 8)
    is_empty = size == 0 and (available == 0 or (not is_long and _ends_in_chunks(data, start, order)))
    if is_empty or (size > 0 and not _check_size(size, available)):
        return data
    if long_sizes is not None and is_long:
        return _patch(data, (long_sizes, struct.pack(f"{order}QQ", len(data) - 8, available)))
    sizes = (struct.pack(f"{order}I", min(value, 0xFFFFFFFE)) for value in (len(data) - 8, available))
    return _patch(data, *zip((4, start - 4), sizes, strict=True))


def _split_aiff(data: bytes) -> Sequence[Part]:
    for name, start, size in _chunks(data, 12, ">"):
        if name == b"SSND":
            _check_size(size, len(data) - start)
    return [Part(data)]


def _split_au(data: bytes) -> Sequence[Part]:
    if len(data) < 24:
        return [Part(data)]
    order = ">" if data[:4] == b".snd" else "<"
    start, size = struct.unpack_from(f"{order}II", data, 4)
    available = max(0, len(data) - start)
    if (size == 0 and available) or _check_size(size, available):
        return [Part(_patch(data, (8, struct.pack(f"{order}I", available))))]
    return [Part(data[: start + size])]


def _split_caf(data: bytes) -> Sequence[Part]:
    position = 8
    while position + 12 <= len(data):
        (size,) = struct.unpack_from(">q", data, position + 4)
        available = len(data) - position - 12
        if data[position : position + 4] == b"data":
            if size in (-1, 0) or _check_size(size, available):
                return [Part(_patch(data, (position + 4, struct.pack(">q", available))))]
            return [Part(data)]
        if size < 0:
            break
        position += 12 + size
    return [Part(data)]


def _split_w64(data: bytes) -> Sequence[Part]:
    position = 40
    while position + 24 <= len(data):
        (size,) = struct.unpack_from("<Q", data, position + 16)
        available = len(data) - position
        if data[position : position + 4] == b"data":
            if size <= 24 < available or _check_size(size, available):
                sizes = struct.pack("<Q", len(data)), struct.pack("<Q", available)
                return [Part(_patch(data, *zip((16, position + 16), sizes, strict=True)))]
            return [Part(data[: position + size])]
        position += max(24, size + -size % 8)
    return [Part(data)]


def _split_sphere(data: bytes) -> Sequence[Part]:
    header = data[:16].split()
    start = int(header[1]) if len(header) > 1 and header[1].isdigit() else 1024
    fields = dict(re.findall(rb"(\w+) -i (\d+)", data[:start]))
    samples = int(fields.get(b"sample_count", 0))
    size = samples * int(fields.get(b"channel_count", 1)) * int(fields.get(b"sample_n_bytes", 1))
    if not size or b"shorten" in data[:start] or _check_size(size, len(data) - start):
        return [Part(data)]
    return [Part(data[: start + size], samples)]


def _split_voc(data: bytes) -> Sequence[Part]:
    """Sound in several blocks becomes a WAV file: libsndfile takes the heads of the later blocks for samples."""
    (position,) = struct.unpack_from("<H", data, 20) if len(data) >= 22 else (len(data),)
    formats: set[bytes] = set()
    sound: list[bytes] = []
    while position + 4 <= len(data) and data[position]:
        block, size, start = data[position], int.from_bytes(data[position + 1 : position + 4], "little"), position + 4
        _check_size(size, len(data) - start)
        head = {1: 2, 2: 0, 9: 12}.get(block)
        if head is not None:
            if block != 2:
                formats.add(bytes([block]) + data[start : start + head])
            sound.append(data[start + head : start + size])
        position = start + size
    if len(sound) < 2:
        return [Part(data)]
    wave = _voc_format(formats.pop()) if len(formats) == 1 else None
    if wave is None:
        raise ValueError("a VOC file of several blocks in different or compressed formats")
    codec, rate, channels, bits = wave
    samples, align = b"".join(sound), channels * bits // 8
    fmt = struct.pack("<IHHIIHH", 16, codec, channels, rate, rate * align, align, bits)
    header = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + fmt + b"data"
    return [Part(header + struct.pack("<I", len(samples)) + samples)]


def _voc_format(head: bytes) -> tuple[int, int, int, int] | None:
    """(codec of WAV, rate, channels, bits) of the head of a block of sound."""
    if head[0] == 1 and len(head) == 3:
        return (1, 1_000_000 // (256 - head[1]), 1, 8) if head[2] == 0 else None
    if len(head) < 9:
        return None
    rate, bits, channels, codec = struct.unpack_from("<IBBH", head, 1)
    known = {0: 1, 4: 1, 6: 6, 7: 7}
    return (known[codec], rate, channels, bits) if codec in known and channels and bits in (8, 16) else None


# -- streams behind each other ----------------------------------------------------------------------------------


def _split_flac(data: bytes) -> Sequence[Part]:
    starts = [match.start() for match in _FLAC_START.finditer(data)] or [0]
    parts = []
    for start, stop in zip(starts, [*starts[1:], len(data)], strict=True):
        frames = int.from_bytes(data[start + 21 : start + 26], "big") & 0xFFFFFFFFF
        parts.append(Part(data[start:stop] if len(starts) > 1 else data, frames or None))
    return parts


def _split_ogg(data: bytes) -> Sequence[Part]:
    """A part for each link of the chain: a link begins with pages that begin streams, after pages that do not."""
    starts, position, in_head, ends = [0], 0, True, True
    while position + 27 <= len(data):
        if data[position : position + 4] != b"OggS":
            position = data.find(b"OggS", position)
            if position < 0:
                break
            continue
        body = position + 27 + data[position + 26]
        begins = bool(data[position + 5] & 2)
        if begins and not in_head:
            starts.append(position)
        in_head, ends = begins, bool(data[position + 5] & 4)
        end = body + sum(data[position + 27 : body])
        if body > len(data) or end > len(data):
            raise ValueError(
                f"truncated: its last page states {max(body, end) - len(data):,} bytes more than there are"
            )
        position = end
    if 0 <= position < len(data) and data[position : position + 4] == b"OggS"[: len(data) - position]:
        raise ValueError("truncated: it ends within the head of a page")
    if not ends:  # RFC 3533: the last page of a stream is marked
        raise ValueError("truncated: its last page is not marked as the end of the stream")
    if len(starts) == 1:
        return [Part(data)]
    return [Part(data[start:stop]) for start, stop in zip(starts, [*starts[1:], len(data)], strict=True)]


def _split_mpeg(data: bytes) -> Sequence[Part]:
    """A part for each stream whose first frame states how many bytes it has."""
    parts = []
    start = 0
    while True:
        first = _skip_id3(data, start)
        size = _stated_mpeg_size(data, first)
        if size is None:
            break
        _check_size(size, len(data) - first)
        following = first + size
        if _stated_mpeg_size(data, _skip_id3(data, following)) is None:
            break
        parts.append(Part(data[start:following], states_frames=True))
        start = following
    return [*parts, Part(data[start:] if parts else data, states_frames=size is not None)]


def _skip_id3(data: bytes, start: int) -> int:
    if data[start : start + 3] != b"ID3" or start + 10 > len(data):
        return start
    high, upper, lower, low = data[start + 6 : start + 10]
    return start + 10 + (high << 21 | upper << 14 | lower << 7 | low)


def _stated_mpeg_size(data: bytes, start: int) -> int | None:
    """Bytes of a stream of MPEG layer III by the tag of its first frame (Xing, Info or VBRI); None without one."""
    if start + 64 > len(data) or data[start] != 0xFF or data[start + 1] & 0xE6 != 0xE2:
        return None
    is_first, is_mono = data[start + 1] & 0x18 == 0x18, data[start + 3] >> 6 == 3
    side = (17 if is_mono else 32) if is_first else (9 if is_mono else 17)
    tag = start + 4 + side + (0 if data[start + 1] & 1 else 2)
    if data[tag : tag + 4] in (b"Xing", b"Info"):
        flags = data[tag + 7]
        position = tag + 8 + 4 * (flags & 1)
        size = int.from_bytes(data[position : position + 4], "big") if flags & 2 else 0
    else:
        size = int.from_bytes(data[start + 46 : start + 50], "big") if data[start + 36 : start + 40] == b"VBRI" else 0
    return size or None


_FORMATS: Sequence[tuple[tuple[bytes, ...], Callable[[bytes], Sequence[Part]]]] = (
    ((b"RIFF", b"RIFX", b"RF64"), _split_wave),
    ((b"FORM",), _split_aiff),
    ((b".snd", b"dns."), _split_au),
    ((b"caff",), _split_caf),
    ((b"riff\x2e\x91\xcf\x11",), _split_w64),
    ((b"NIST_1A",), _split_sphere),
    ((b"Creative Voice File",), _split_voc),
    ((b"fLaC",), _split_flac),
    ((b"OggS",), _split_ogg),
    ((b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2"), _split_mpeg),
)
