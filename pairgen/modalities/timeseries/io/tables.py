"""Read tables of one series as frames: a row a step, a column a channel, as other programs write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pairgen.data.tables import decode_table, find_repeated, find_separator, read_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["parse_csv", "parse_stamps"]

_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{1,2}:\d{2}(:\d{2}.*)?")
_MISSING = ("?", "na", "n/a", "null", "none")
_DECIMAL_COMMA = re.compile(r"(?:^|[;\t|])\s*[+-]?[\d.]*,\d+(?:[eE][+-]?\d+)?\s*(?:$|[;\t|])", re.MULTILINE)
_THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}(?:\.\d{3})*,\d)")


def parse_csv(path: Path, pandas: ModuleType, header: bool | None, wanted: Collection[str]) -> pd.DataFrame:
    """Return the rows of a CSV file as a frame, a row a step, without the unnamed column of an index.

    Args:
        path: The file. Its separator is found from its first line; beside another than a comma, numbers may have
            decimal commas.
        pandas: The library.
        header: Whether the first row holds the names of the columns; None takes a row of numbers and dates as a step.
        wanted: Names of columns that are asked for.

    Raises:
        ValueError: There are no rows, one has more or fewer cells than the first, or a wanted name occurs twice.
    """
    separator, content = find_separator(decode_table(path.read_bytes()))
    content = content.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not content.strip():
        raise ValueError("it is empty")
    if '"' in content:
        content = _without_stray_quotes(path, content, separator)
    else:
        _check_widths(content, separator)
    decimal = "," if separator != "," and _DECIMAL_COMMA.search(content) else "."
    if decimal == ",":
        content = _THOUSANDS.sub("", content)
    first, second = (next(csv.reader([line], delimiter=separator), []) for line in f"{content}\n".split("\n")[:2])
    names = [name.strip() for name in first]
    named = _is_header(names, second, decimal, wanted) if header is None else header
    repeated = find_repeated(name for name in names if name in wanted)
    if named and repeated is not None:
        raise ValueError(f"it has {names.count(repeated)} columns {repeated!r}; give each a name of its own")
    frame: pd.DataFrame = pandas.read_csv(
        io.StringIO(content),
        sep=separator,
        decimal=decimal,
        header=0 if named else None,
        index_col=False,
        na_values=["?"],
        skipinitialspace=True,
        skip_blank_lines=len(names) > 1,  # in a table of one column, a blank line is a step without a value
        float_precision="round_trip",
    )
    frame.columns = [str(name).strip() for name in frame.columns]
    return _without_index(frame, names, pandas, wanted) if named else frame


def _without_stray_quotes(path: Path, content: str, separator: str) -> str:
    rows = io.StringIO()
    csv.writer(rows, delimiter=separator, lineterminator="\n").writerows(read_rows(content, separator, path))
    return rows.getvalue().strip("\n")


def _check_widths(content: str, separator: str) -> None:
    width, row = None, 0
    for line in content.split("\n"):
        if not line.strip():
            continue
        cells, row = line.count(separator) + 1, row + 1
        width = width or cells
        if cells != width:
            raise ValueError(
                f"row {row} has {cells} cell{'s' * (cells > 1)} where the first has {width}; leave a cell without a "
                "value empty"
            )


def _is_header(names: Sequence[str], second: Sequence[str], decimal: str, wanted: Collection[str]) -> bool:
    """Whether a first row holds names: one is no value, or all are the numbers that pandas gives columns of its own."""
    if any(name in wanted for name in names) or not all(_is_value(name, decimal) for name in names):
        return True
    numbered = [name for k, name in enumerate(names) if k or name]
    if numbered != [str(k) for k in range(len(numbered))]:
        return False
    return len(numbered) < len(names) or (len(names) > 1 and any("." in cell or "e" in cell.lower() for cell in second))


def _is_value(cell: str, decimal: str) -> bool:
    """Whether a cell is a number, a date, or marked as missing."""
    if not cell or cell.lower() in _MISSING or _DATE.fullmatch(cell):
        return True
    try:
        float(cell.replace(decimal, "."))
    except ValueError:
        return False
    return True


def _without_index(
    frame: pd.DataFrame, names: Sequence[str], pandas: ModuleType, wanted: Collection[str]
) -> pd.DataFrame:
    """The frame without a first column that has no name, an index that was written with it; dates have to increase."""
    last = frame.columns[-1]
    if len(names) > 1 and not names[-1] and frame[last].isna().all():  # separators at the ends of lines
        frame = frame.drop(columns=last)
    unnamed = frame.columns[0]
    if names[0] or len(frame.columns) < 2 or unnamed in wanted:
        return frame
    index = frame.pop(unnamed)
    if index.dtype.kind not in "iuf" and all(_is_value(str(cell).strip(), ".") for cell in index):
        frame.index = parse_stamps(index, pandas)
    return frame


def parse_stamps(stamps: pd.Series, pandas: ModuleType) -> pd.Index:
    """Return a column of time stamps as an index: numbers as they are, text as dates, of any offsets from UTC.

    Raises:
        ValueError: The text is no date.
    """
    index: pd.Index
    if stamps.dtype.kind in "iufM":
        index = pandas.Index(stamps)
        return index
    day_first = bool(re.match(r"\s*\d{1,2}\.\d{1,2}\.", str(stamps.iloc[0]))) if len(stamps) else False
    try:  # with and without fractions of seconds
        index = pandas.Index(pandas.to_datetime(stamps, utc=True, format="ISO8601"))
    except ValueError:
        index = pandas.Index(pandas.to_datetime(stamps, utc=True, dayfirst=day_first))
    return index
