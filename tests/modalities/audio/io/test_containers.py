"""Files whose headers leave the length open, files that were cut short, and streams behind each other."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from pairgen.modalities.audio.io.codec import CODEC
from pairgen.modalities.audio.io.files import read_file

RATE = 8000
SAMPLES = np.rint(9000 * np.sin(np.arange(4000) / 7)).astype("<i2")
WAVE = SAMPLES.astype(np.float32) / 32768
OPEN = [
    *(0, 0x7FFFF000, 0x7FFFEFFC, 0x7FFF0000, 0x7FFFFFFF, 0x80000000, 0x7FFFFFDB, 2_000_000_000, 1_999_999_998),
    *(0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFD8),
]


def encode(container: str, subtype: str | None = None, wave: np.ndarray = WAVE, rate: int = RATE) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def wav(size: int, riff: int, samples: np.ndarray = SAMPLES, order: str = "<") -> bytes:
    """A WAV file whose header states the sizes given."""
    magic = b"RIFF" if order == "<" else b"RIFX"
    fmt = struct.pack(f"{order}IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    head = magic + struct.pack(f"{order}I", riff) + b"WAVEfmt " + fmt + b"data" + struct.pack(f"{order}I", size)
    return head + samples.astype(f"{order}i2").tobytes()


def decode(data: bytes) -> np.ndarray:
    return read_file(data, "'clip'")[0]


def patched(data: bytes, position: int, value: bytes) -> bytes:
    return data[:position] + value + data[position + len(value) :]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", OPEN, ids=hex)
def test_a_wav_file_of_open_length_is_read_to_its_end(size, order):
    for riff in (min(size + 36, 0xFFFFFFFF), 0, 0xFFFFFFFF):
        assert np.array_equal(decode(wav(size, riff, order=order)), WAVE)


@pytest.mark.parametrize("size", [8001, 9000, 0x10000000, 1_500_000_000, 0xF0000000])
def test_a_wav_file_that_states_more_than_it_holds_is_refused(size):
    with pytest.raises(ValueError, match=rf"'clip' is truncated: its header states {size - 8000:,} bytes more"):
        decode(wav(size, size + 36))


def test_a_wav_file_without_samples_is_not_read_as_the_chunks_behind_them():
    empty = wav(0, 36 + 12, SAMPLES[:0]) + b"LIST\x04\x00\x00\x00INFO"
    assert decode(empty).size == 0
    with pytest.raises(ValueError, match="holds no samples"):
        CODEC.decode(empty)


@pytest.mark.parametrize(
    ("container", "field", "code", "values"),
    [
        ("RF64", b"ds64", "<Q", [0, (1 << 64) - 1, (1 << 63) - 1]),
        ("AU", None, ">I", [0, 0xFFFFFFFF, 0x7FFFFFFF]),
        ("CAF", b"data", ">q", [-1]),
        ("W64", b"data", "<Q", [0, (1 << 63) - 1, (1 << 64) - 1]),
        ("AIFF", b"SSND", ">I", [0x7F000008, 0xFFFFFFFF, 0x80000008]),
    ],
)
def test_other_containers_of_open_length_are_read_to_their_end(container, field, code, values):
    data = encode(container, "PCM_16")
    at = 8 if field is None else data.index(field) + {"RF64": 16, "W64": 16}.get(container, 4)
    for value in values:
        assert np.array_equal(decode(patched(data, at, struct.pack(code, value))), WAVE)


@pytest.mark.parametrize(
    "container", ["WAV", "WAVEX", "RF64", "AIFF", "AU", "CAF", "W64", "NIST", "VOC", "FLAC", "MP3"]
)
@pytest.mark.parametrize("kept", [0.999, 0.7, 0.3])
def test_a_file_cut_short_is_refused_in_every_container_that_states_a_length(container, kept):
    data = encode(container)
    whole = decode(data)
    assert len(whole) == len(WAVE)
    with pytest.raises(ValueError, match=r"'clip'.*(truncated|libsndfile)"):
        decode(data[: int(len(data) * kept)])


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_an_ogg_file_cut_within_a_page_is_refused(subtype):
    data = encode("OGG", subtype)
    for cut in (1, 3, len(data) // 3, len(data) // 2):
        with pytest.raises(ValueError, match=r"'clip' is truncated"):
            decode(data[:-cut])


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_an_ogg_file_cut_between_two_pages_is_refused(subtype):
    data = encode("OGG", subtype, np.tile(WAVE, 30))
    page = data.rindex(b"OggS")
    assert data.index(b"OggS", 4) < page
    with pytest.raises(ValueError, match=r"'clip' is truncated: its last page is not marked as the end of the stream"):
        decode(data[:page])


def test_an_mp3_file_that_states_no_length_is_read_as_far_as_it_goes():
    data = encode("MP3", wave=np.tile(WAVE, 3))
    frames = data[data.index(data[:2], 4) :]  # the first frame states the length
    assert b"Info" not in frames
    assert b"Xing" not in frames
    whole, half = decode(frames), decode(frames[: len(frames) // 2])
    assert 0 < len(half) < len(whole)
    with pytest.raises(ValueError, match="'clip' is truncated"):
        decode(data[: len(data) // 2])


def test_a_flac_file_of_unknown_length_is_read_to_its_end():
    data = encode("FLAC")
    unknown = patched(patched(data, 21, bytes([data[21] & 0xF0])), 22, bytes(4 + 16))  # samples and checksum
    assert np.array_equal(decode(unknown), WAVE)
    with pytest.raises(ValueError, match="'clip'"):
        decode(unknown[:-300])


@pytest.mark.parametrize(("container", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("FLAC", None), ("MP3", None)])
def test_streams_behind_each_other_are_all_read(container, subtype):
    first, second = encode(container, subtype), encode(container, subtype, WAVE[::-1][:3000])
    chained = decode(first + second + first)
    expected = np.concatenate([decode(first), decode(second), decode(first)])
    assert np.array_equal(chained, expected)


def test_streams_that_differ_are_refused_by_the_name_of_the_file():
    with pytest.raises(ValueError, match=r"'clip' holds 2 streams that differ \(1 channels at 8,000 Hz, 2 channels"):
        decode(encode("FLAC") + encode("FLAC", wave=np.stack([WAVE, WAVE], axis=1), rate=16_000))


@pytest.mark.parametrize("samples", [1, 319, 321, 1000, 3999])
def test_a_gsm_file_has_as_many_samples_as_it_states(samples):
    data = encode("WAV", "GSM610", WAVE[:samples])
    assert len(decode(data)) == samples


def test_a_voc_file_of_several_blocks_holds_no_block_heads():
    head = b"Creative Voice File\x1a" + struct.pack("<HHH", 26, 0x0114, 0x1F11)
    form = struct.pack("<IBBHI", RATE, 16, 1, 4, 0)
    blocks = b""
    for start in range(0, 4000, 900):
        samples = SAMPLES[start : start + 900].tobytes()
        blocks += b"\x09" + (len(samples) + 12).to_bytes(3, "little") + form + samples
    assert np.array_equal(decode(head + blocks + b"\x00"), WAVE)


@pytest.mark.parametrize("container", ["AU", "W64", "NIST"])
def test_what_follows_the_stated_samples_is_no_sound(container):
    data = encode(container, "PCM_16")
    assert np.array_equal(decode(data + b"something else" * 9), WAVE)


@pytest.mark.filterwarnings("error")
def test_a_file_cut_anywhere_is_a_value_error():
    for container in ("WAV", "RF64", "AIFF", "AU", "CAF", "W64", "NIST", "VOC", "FLAC", "OGG", "MP3"):
        data = encode(container)
        for cut in (*range(1, 120, 3), len(data) - 2):
            with pytest.raises(ValueError, match=r"audio|libsndfile"):
                CODEC.decode(data[:cut])
