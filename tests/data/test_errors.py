"""What a reader meets in a damaged file becomes a ValueError that names the file."""

from __future__ import annotations

import csv
import gzip
import tokenize
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pairgen
from pairgen.data._budget import check_budget
from pairgen.data._errors import name_file, shorten

GZIP = gzip.compress(b"1 2\n2 3\n3 4\n" * 60)
DAMAGED: list[tuple[str, str, bytes, dict[str, Any]]] = [
    ("graph", "cut.edges.gz", GZIP[:-9], {}),
    ("graph", "plain.edges.gz", b"1 2\n", {}),
    ("graph", "flipped.edges.gz", GZIP[:14] + b"\xff\xfe" + GZIP[16:], {}),
    ("graph", "latin.txt", b"1\n2 0\n0 0 \xe9\n", {}),
    ("graph", "half.graphml", b"<graphml><graph>", {}),
    ("timeseries", "flag.ts", b"@problemName Y\n@timeStamps perhaps\n@data\n1:b\n", {}),
    ("timeseries", "bytes.ts", b"\xff\xfe\n@data\n1\n", {}),
    ("timeseries", "nonsense.tsf", b"@relation Y\nnothing\n", {}),
    ("timeseries", "stamps.csv", b"when,u\nx,1\ny,2\n", {"time": "when"}),
    ("timeseries", "header.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': (((\n\n\n\n", {}),
    ("text", "deep.json", b"[" * 100_000, {}),
    ("text", "row.csv", b"text,label\na\n", {}),
    ("text", "half.parquet", b"PAR1", {}),
    ("image", "half.npz", b"PK\x03\x04", {}),
    ("image", "half-images-idx3-ubyte.gz", GZIP[:-9], {}),
]


@pytest.mark.parametrize(("modality", "name", "data", "options"), DAMAGED, ids=[name for _, name, _, _ in DAMAGED])
def test_a_damaged_file_is_a_value_error_that_names_it(
    modality: str, name: str, data: bytes, options: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=name.replace(".", r"\.")) as raised:
        pairgen.get_modality(modality).read(tmp_path / name, **options)
    assert len(str(raised.value)) < 1500


ERRORS = [
    zlib.error("bad block"),
    EOFError("ended"),
    KeyError("missing"),
    csv.Error("line contains NUL"),
    RecursionError("too deep"),
    tokenize.TokenError("EOF", (1, 0)),
    Exception("bare"),
    MemoryError(),
    OSError("Not a gzipped file"),
    OverflowError("int too large"),
]


@pytest.mark.parametrize("error", ERRORS, ids=[type(error).__name__ for error in ERRORS])
def test_an_error_of_any_type_becomes_one_that_names_the_file(error: Exception) -> None:
    @name_file
    def read(path: Path) -> None:
        raise error

    with pytest.raises(ValueError, match=r"some\.file") as raised:
        read(Path("some.file"))
    assert raised.value.__cause__ is error


def test_what_helps_already_stays_as_it_is() -> None:
    class Modules:
        error: Exception

    @name_file
    def read(path: object) -> None:
        raise Modules.error

    for error in (ImportError("needs aeon"), FileNotFoundError(2, "nothing", "some.file"), UserWarning("doubtful")):
        Modules.error = error
        with pytest.raises(type(error)) as raised:
            read(Path("some.file"))
        assert raised.value is error
    Modules.error = KeyError("from memory")
    with pytest.raises(KeyError):
        read([1, 2])


def test_a_file_that_states_more_than_the_budget_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = pairgen.get_modality("graph").read
    (tmp_path / "huge.s6").write_bytes(b":~~AAAAAA\n")
    with pytest.raises(ValueError, match=r"huge\.s6.*nodes.*PAIRGEN_MAX_FILE_BYTES"):
        read(tmp_path / "huge.s6")
    folder = tmp_path / "SET"
    folder.mkdir()
    (folder / "SET_A.txt").write_text("1, 2\n2, 1\n")
    (folder / "SET_graph_indicator.txt").write_text("400000000\n400000000\n")
    with pytest.raises(ValueError, match="400,000,000 graphs for 2 nodes"):
        read(folder)
    (tmp_path / "bomb.edges.gz").write_bytes(gzip.compress(b"1 2\n" * 100_000))
    assert len(read(tmp_path / "bomb.edges.gz")) == 1
    monkeypatch.setenv("PAIRGEN_MAX_FILE_BYTES", "100000")
    with pytest.raises(ValueError, match=r"bomb\.edges\.gz.*when unpacked"):
        read(tmp_path / "bomb.edges.gz")


def test_resampling_to_more_than_the_budget_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from pairgen.modalities.audio.io.files import resample

    monkeypatch.setenv("PAIRGEN_MAX_RESAMPLING", "48000")
    with pytest.raises(ValueError, match="a clip of 2,000,000 samples at 1 Hz"):
        resample(np.zeros(2_000_000, np.float32), 1, 48_000)


def test_a_rate_far_below_the_wanted_one_is_refused_unless_the_limit_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    from pairgen.modalities.audio.io.files import resample

    wave = np.zeros(20, np.float32)
    assert resample(wave, 32, 16_000).shape == (10_000,)
    with pytest.raises(ValueError, match=r"31 Hz becomes 516 times as long .* PAIRGEN_MAX_RESAMPLING"):
        resample(wave, 31, 16_000)
    monkeypatch.setenv("PAIRGEN_MAX_RESAMPLING", "517")
    assert resample(wave, 31, 16_000).shape == (10_323,)


def test_a_long_error_of_a_library_is_cut_and_one_of_pairgen_is_not() -> None:
    assert len(shorten(KeyError("x" * 10_000))) < 320
    assert shorten(StopIteration()) == "StopIteration"
    with pytest.raises(ValueError, match="limit") as caught:
        check_budget("n" * 1000, "the limit", 2**60)
    assert shorten(caught.value) == str(caught.value)
