"""What a reader meets in a damaged file becomes a ValueError that names the file."""

from __future__ import annotations

import csv
import gzip
import tokenize
import zlib
from pathlib import Path
from typing import Any

import pytest

import pairgen
from pairgen.data._errors import name_file

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
    ("text", "wide.csv", b"text,label\n" + b"a b " * 50_000 + b",1\n", {}),
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
    try:
        pairgen.get_modality(modality).read(tmp_path / name, **options)
    except ValueError as error:
        assert name in str(error)
        assert len(str(error)) < 1500
    else:
        assert name == "wide.csv"  # a long cell may be read


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
