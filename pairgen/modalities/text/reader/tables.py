"""Read files of rows as columns (CSV and TSV, JSON lines, Parquet), and choose the columns of texts and labels."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pairgen.data.files import LabelOption

__all__ = ["Columns", "choose_columns", "read_csv", "read_jsonl", "read_parquet"]

Columns = dict[str, list[Any]]
"""Name of a column -> its values, one a row."""

_TEXT_NAMES = ("text", "sentence", "question", "content", "document", "review", "body")
_LABEL_NAMES = ("label", "labels", "class", "category", "target", "y")


def read_csv(path: Path, content: str) -> Columns:
    """Return the columns of a CSV file with a header, or, with the suffix .tsv, of one separated by tabs.

    Raises:
        ValueError: There are no rows, or one has more or fewer cells than the header.
    """
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    rows = [row for row in rows if row]
    if len(rows) < 2:
        raise ValueError(f"{path} has {len(rows)} rows; it needs a header and at least one more")
    header = rows[0]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise ValueError(
                f"{path}, row {number}: {len(row)} cells where the header has {len(header)}; put cells that hold a "
                "separator into quotes"
            )
    return {name: [row[k] for row in rows[1:]] for k, name in enumerate(header)}


def read_jsonl(path: Path, content: str) -> Columns:
    """Return the columns of a file with a JSON object a line, or of one JSON list of objects.

    Raises:
        ValueError: A line is not JSON, or there are no objects.
    """
    try:
        records = json.loads(content) if content.lstrip().startswith("[") else _parse_lines(content)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not records or not all(isinstance(record, dict) for record in records):
        raise ValueError(f'{path} holds no JSON objects; write one a line, such as {{"text": "...", "label": 0}}')
    names = {name: None for record in records for name in record}
    return {name: [record.get(name) for record in records] for name in names}


def _parse_lines(content: str) -> list[Any]:
    records = []
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
    return records


def read_parquet(path: Path) -> Columns:
    """Return the columns of a Parquet file.

    Raises:
        ImportError: pyarrow is not installed.
        ValueError: The file is damaged.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(f"reading {path} needs pyarrow; install it: pip install pyarrow") from error
    try:
        library: Any = parquet
        columns: Columns = library.read_table(path).to_pydict()
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a complete Parquet file ({error}); write it again") from error
    return columns


def choose_columns(
    names: Sequence[str], labels: LabelOption, text: str | None, label: str | None, where: str
) -> tuple[str, str | None]:
    """Return (column of texts, column of labels or None).

    Args:
        names: Names of all columns.
        labels: False, or labels of the caller's own, for no column; True for one that has to exist.
        text: Column of texts; None for one called text, sentence, question ..., or the only one.
        label: Column of labels; None for one called label, class ..., if there is one.
        where: The source, for messages.

    Raises:
        ValueError: There is no such column, or none can be chosen; with the names.
    """
    listed = ", ".join(map(repr, names))
    if text is None:
        usual = [name for name in _TEXT_NAMES if name in names]
        text = usual[0] if usual else names[0] if len(names) == 1 else None
        if text is None:
            raise ValueError(f'which column of {where} is the text? it has {listed}; pass text="..."')
    for name in (text, label or text):
        if name not in names:
            raise ValueError(f"{where} has no column {name!r}; it has {listed}")
    if labels is not None and labels is not True:
        return text, None
    if label is None:
        label = next((name for name in _LABEL_NAMES if name in names and name != text), None)
    if labels is True and label is None:
        raise ValueError(f'{where} has no column of labels; it has {listed}; pass label="..."')
    return text, label
