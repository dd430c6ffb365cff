"""Read files of rows as columns: CSV and TSV, JSON lines, Parquet; find columns by their usual names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pairgen.data._archives import check_parquet, class_names
from pairgen.data._budget import BudgetError
from pairgen.data._errors import name_file, shorten
from pairgen.data.tables import decode_table, find_repeated, find_separator, read_rows

__all__ = [
    "LABEL_NAMES",
    "TABLES",
    "Columns",
    "find_usual",
    "parse_numbers",
    "read_columns",
    "read_csv",
    "read_jsonl",
    "read_parquet",
    "read_text_file",
]

Columns = dict[str, list[Any]]
"""Name of a column -> its values, one a row."""

LABEL_NAMES = ("label", "labels", "class", "category", "target", "y")
"""Usual names of a column of labels."""

_VALUE_BYTES = 40  # what a value of a column takes as an object of Python and in the list of them
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")


def read_csv(path: Path, content: str) -> Columns:
    """Return the columns of a CSV file with a header, or, with the suffix .tsv, of one separated by tabs.

    The separator of a CSV file is a comma, or the semicolon, tab or bar that its header has instead. A quote that is
    not closed, or stands within a cell, is a character of its text.

    Raises:
        ValueError: There are no rows, one has more or fewer cells than the header, or two columns have one name.
    """
    separator, content = ("\t", content) if path.suffix.lower() == ".tsv" else find_separator(content)
    rows = read_rows(content, separator, path)
    if len(rows) < 2:
        raise ValueError(f"{path} has {len(rows)} rows; it needs a header and at least one more")
    header = [name.strip() for name in rows[0]]
    _refuse_repeated(header, f"{path} has")
    return {name: [row[k] for row in rows[1:]] for k, name in enumerate(header)}


def read_jsonl(path: Path, content: str) -> Columns:
    """Return the columns of a file with a JSON object a line, or of one JSON list of objects.

    Raises:
        ValueError: A line is not JSON, an object has two members of one name, or there are no objects.
    """
    try:
        records = _load_json(content) if content.lstrip().startswith("[") else _parse_lines(content)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {shorten(error)}") from error
    if not records or not all(isinstance(record, dict) for record in records):
        raise ValueError(f'{path} holds no JSON objects; write one a line, such as {{"text": "...", "label": 0}}')
    names = {name: None for record in records for name in record}
    return {name: [record.get(name) for record in records] for name in names}


def _parse_lines(content: str) -> list[Any]:
    """The values of lines that end in a line feed: text in JSON may hold every other line separator of Unicode."""
    records = []
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            try:
                records.append(_load_json(line))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
    return records


def _load_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_to_object)


def _to_object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(members)
    if len(values) < len(members):
        _refuse_repeated([name for name, _ in members], "an object has")
    return values


def _refuse_repeated(names: Sequence[str], where: str) -> None:
    repeated = find_repeated(names)
    if repeated is not None:
        raise ValueError(f"{where} {names.count(repeated)} columns {repeated!r}; give each a name of its own")


def read_parquet(path: Path) -> tuple[Columns, dict[str, list[str]]]:
    """Return the columns of a Parquet file, and the names of the classes of those for which it states them.

    Raises:
        ImportError: pyarrow is not installed.
        ValueError: The file is damaged, or two columns have one name.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(f"reading {path} needs pyarrow; install it: pip install pyarrow") from error
    try:
        metadata = check_parquet(path, _VALUE_BYTES)
        library: Any = parquet
        table = library.read_table(path)
    except BudgetError:
        raise
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a complete Parquet file ({shorten(error)}); write it again") from error
    _refuse_repeated(table.column_names, f"{path} has")
    columns: Columns = table.to_pydict()
    return columns, class_names(metadata)


@name_file
def read_text_file(path: Path, encoding: str) -> str:
    """Return the text of a file; ValueError, with the line, for bytes of another encoding."""
    data = path.read_bytes()
    try:
        return decode_table(data, encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is not {encoding}; say which encoding it is, such as "
            'encoding="latin-1", or save the file as UTF-8'
        ) from error
    except LookupError as error:
        raise ValueError(f"no encoding is called {encoding!r}; use utf-8, latin-1, utf-16 ...") from error


def parse_numbers(values: list[Any]) -> list[Any]:
    """Labels of a text file as numbers if all are whole ones, and none is a code such as "007"."""
    numbers = all(isinstance(value, str) and _NUMBER.fullmatch(value) for value in values)
    return [int(value) for value in values] if numbers else values


def find_usual(usual: Sequence[str], names: Sequence[str]) -> str | None:
    """The column with the first of the usual names: as it is, or else in another case."""
    folded = {name.lower(): name for name in reversed(names)}
    return next(
        (name for name in usual if name in names), next((folded[name] for name in usual if name in folded), None)
    )


TABLES: dict[str, Callable[[Path, str], Columns]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_jsonl,
}
"""Suffix of a text file of rows -> the function that reads its columns from its text."""


def read_columns(path: Path, encoding: str = "utf-8") -> Columns:
    """Return the columns of a CSV, TSV, JSON lines or Parquet file, by its suffix.

    Raises:
        ValueError: The suffix is another, or the file is damaged; names the file.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return read_parquet(path)[0]
    if suffix not in TABLES:
        raise ValueError(f"{path} is no .csv, .tsv, .jsonl, .json or .parquet file; rename or convert it")
    return TABLES[suffix](path, read_text_file(path, encoding))
