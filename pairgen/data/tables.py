"""Rows of delimited text (CSV, TSV) as programs and people write them: separators, quotes, numbers of cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["decode_table", "find_repeated", "find_separator", "read_rows"]

_SEPARATORS = ("\t", ";", "|", ",")
_MOST_LINES = 1000
"""A quoted cell spans at most so many lines where quotes are not balanced over the whole file."""

Rows = list[list[str]]


def decode_table(data: bytes, encoding: str | None = None) -> str:
    """Return the text of a file, without byte order mark: UTF-8, UTF-16 with a mark, or else Latin-1.

    Args:
        data: Content of the file.
        encoding: The encoding, if it is known; then nothing else is tried.

    Raises:
        UnicodeDecodeError: The bytes are not of the encoding asked for.
        LookupError: No encoding has that name.
    """
    if encoding is not None:
        return data.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def find_separator(content: str) -> tuple[str, str]:
    r"""Return the separator of a table, and the table without the line `sep=;` that Excel may begin it with.

    It is one of tab, `;`, `|` and `,` that the first line holds outside quotes; of several, the one that splits more
    of the first lines into as many cells as the first, and then the rarer one. Without any it is `,`.

    Example:
        >>> find_separator("time;level\n0;1,5\n")[0]
        ';'
    """
    hint = re.match(r"sep=(.)(?:\r\n|\n|\r)", content)
    if hint:
        return hint[1], content[hint.end() :]
    lines = [line for line in re.split(r"[\r\n]+", content[:65_536])[:51] if line.strip()]
    lines = [re.sub(r'"[^"]*"', "", line) for line in (lines[:-1] if len(content) > 65_536 else lines)]
    present = [mark for mark in _SEPARATORS if lines and mark in lines[0]]
    if len(present) < 2:
        return (present or [","])[0], content
    agreeing = {mark: sum(line.count(mark) == lines[0].count(mark) for line in lines) for mark in present}
    return max(present, key=lambda mark: agreeing[mark]), content


def read_rows(content: str, separator: str, path: Path) -> Rows:
    """Return the rows of a table, without blank ones: as many cells in each as in the first.

    Quotes are read as RFC 4180 has them wherever that gives each row its cells. Where a quote is not closed, or stands
    within a cell, it is read as a character: rows are never joined by a quote that was none.

    Args:
        content: The table.
        separator: One character.
        path: The file, for messages.

    Raises:
        ValueError: A row has more or fewer cells than the first; names the row.
    """
    with _cells_up_to(len(content)):
        try:
            reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
            parsed = list(reader)
        except csv.Error:
            parsed = []
        rows = [row for row in parsed if row]
        if rows and not _wrong_row(rows) and (len(parsed) == reader.line_num or not _joins_rows(content, separator)):
            return rows
        repaired = [row for row in _split_lines(content, separator) if row]
    if not repaired:
        raise ValueError(f"{path} is empty; write it again")
    wrong = _wrong_row(repaired)
    if wrong:
        raise ValueError(
            f"{path}, row {wrong + 1}: {_count(repaired[wrong])} where the header has {len(repaired[0])}; put cells "
            "that hold a separator into quotes, and leave no cell out"
        )
    return repaired


def find_repeated(names: Iterable[str]) -> str | None:
    """Return the first name that occurs twice, or None; empty names do not count."""
    return next((name for name, count in Counter(names).items() if count > 1 and name), None)


def _count(row: Sequence[str]) -> str:
    return "1 cell" if len(row) == 1 else f"{len(row)} cells"


def _wrong_row(rows: Rows) -> int:
    """The position of the first row with another number of cells than the first; 0 if there is none."""
    return next((number for number, row in enumerate(rows) if len(row) != len(rows[0])), 0)


def _lines(content: str) -> list[str]:
    return content.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _cells_of_columns(content: str, separator: str) -> list[set[str]]:
    """The cells of each column in the lines that hold no quotes and have the width of the first."""
    lines = _lines(content)
    first = next((line for line in lines if line), "")
    width = first.count(separator) + 1
    plain = (line.split(separator) for line in lines if '"' not in line and line.count(separator) + 1 == width)
    columns: list[set[str]] = [set() for _ in range(width)]
    for row in plain:
        for column, cell in zip(columns, row, strict=True):
            column.add(cell)
    return columns


def _joins_rows(content: str, separator: str) -> bool:
    """Whether quotes join lines that are rows of their own."""
    columns = _cells_of_columns(content, separator)
    before = 0
    lines = _lines(content)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    for _ in reader:
        if reader.line_num - before > 1 and _are_rows(lines[before : reader.line_num], columns, separator):
            return True
        before = reader.line_num
    return False


def _are_rows(part: list[str], columns: list[set[str]], separator: str) -> bool:
    """Whether lines that quotes join are rows: as many cells in each, and one cell that its column has elsewhere."""
    cells = [line.split(separator) for line in part]
    if len(columns) < 2 or any(len(row) != len(columns) for row in cells):
        return False
    if separator == "\t":  # which text hardly ever holds
        return True
    return any(cell and cell in columns[k] for row in cells[:-1] for k, cell in enumerate(row))


def _split_lines(content: str, separator: str) -> Iterator[list[str]]:
    """The rows of a table whose quotes are not balanced, each read from as few lines as give it its cells."""
    lines, columns = _lines(content), _cells_of_columns(content, separator)
    width, start = 0, 0
    while start < len(lines):
        line = lines[start]
        row, used = (line.split(separator) if line else []), 1
        if '"' in line:
            row, used = _quoted_row(lines, start, separator, width, columns) or (row, used)
        width = width or len(row)
        start += used
        yield row


def _quoted_row(
    lines: list[str], start: int, separator: str, width: int, columns: list[set[str]]
) -> tuple[list[str], int] | None:
    """The cells of the row that begins at a line, read with quotes, and its number of lines; None if that fails."""
    for escape in (None, "\\"):
        if escape and escape not in lines[start]:
            continue
        reader = csv.reader(
            (f"{line}\n" for line in lines[start : start + _MOST_LINES]),
            delimiter=separator,
            strict=True,
            doublequote=escape is None,
            escapechar=escape,
        )
        try:
            row = next(reader)
        except (csv.Error, StopIteration):
            continue
        used = reader.line_num
        if width in (0, len(row)) and (used == 1 or not _are_rows(lines[start : start + used], columns, separator)):
            return row, used
    return None


@contextmanager
def _cells_up_to(size: int) -> Iterator[None]:
    """Let the csv module read cells of any length that the content can hold."""
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, size + 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
