"""Files of rows as columns: CSV and TSV, JSON lines, Parquet, and which column is the text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["Column", "choose_columns", "read_csv", "read_jsonl", "read_parquet"]

Columns = dict[str, list[Any]]
Column = str | bool | None

_TEXTS = ("text", "sentence", "question", "content", "document", "review", "body")
_LABELS = ("label", "labels", "class", "category", "target", "y")


def read_csv(path: Path, content: str) -> Columns:
    """Columns of a CSV file with a header, or, with the suffix .tsv, of one separated by tabs.

    ValueError for no rows, and for rows of more or fewer cells than the header has.
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
    """Columns of a file with a JSON object a line, or of one JSON list of objects. ValueError with the line."""
    try:
        records = json.loads(content) if content.lstrip().startswith("[") else _lines(content)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not records or not all(isinstance(record, dict) for record in records):
        raise ValueError(f'{path} holds no JSON objects; write one a line, such as {{"text": "...", "label": 0}}')
    names = {name: None for record in records for name in record}
    return {name: [record.get(name) for record in records] for name in names}


def _lines(content: str) -> list[Any]:
    records = []
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
    return records


def read_parquet(path: Path) -> Columns:
    """Columns of a Parquet file, by pyarrow. ImportError without it, ValueError for a damaged file."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(f"reading {path} needs pyarrow; install it: pip install pyarrow") from error
    try:
        library: Any = parquet
        columns: Columns = library.read_table(path).to_pydict()
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a whole Parquet file ({error}); write it again") from error
    return columns


def choose_columns(names: Sequence[str], text: str | None, label: Column, where: str) -> tuple[str, str | None]:
    """(text column, label column or None).

    Without a name, the text is a column called text, sentence, question ..., or the only one; the label one called
    label, class ..., if there is one. label: False for none, True for one that has to be there. ValueError with the
    names.
    """
    listed = ", ".join(map(repr, names))
    if text is None:
        usual = [name for name in _TEXTS if name in names]
        text = usual[0] if usual else names[0] if len(names) == 1 else None
        if text is None:
            raise ValueError(f'which column of {where} is the text? it has {listed}; say text="..."')
    for name in (text, label if isinstance(label, str) else text):
        if name not in names:
            raise ValueError(f"{where} has no column {name!r}; it has {listed}")
    if isinstance(label, str):
        return text, label
    found = None if label is False else next((name for name in _LABELS if name in names and name != text), None)
    if label is True and found is None:
        raise ValueError(f'{where} has no column of labels; it has {listed}; say label="..."')
    return text, found
