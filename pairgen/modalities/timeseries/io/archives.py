"""Read the files of series archives: `.ts` and `.arff` (UCR and UEA), `.tsf` (Monash)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pairgen.data.tables import decode_table

__all__ = ["Archive", "read_arff", "read_ts", "read_tsf"]

_MISSING = ("?", "", "nan")
_STEP = re.compile(r"\(([^()]*)\)")
_CELL = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)""", re.DOTALL)
_TARGET_NAMES = ("target", "class", "label", "y")


@dataclass(frozen=True)
class Archive:
    """The series of a file, as it has them.

    Args:
        series: float64 (T, C) each; NaN where a value is missing.
        labels: Text of the class label of each; None without labels.
        declared: Class labels that the header lists.
        targets: A number for each, NaN where it is missing; None without targets of a regression.
    """

    series: list[npt.NDArray[np.float64]]
    labels: list[str] | None = None
    declared: list[str] = field(default_factory=list)
    targets: list[float] | None = None


def read_ts(path: Path) -> Archive:
    """Read a `.ts` file: a series a line, its channels and label separated by colons, with time stamps or without.

    Raises:
        ValueError: A line does not fit the header, or a value is no number; names the line.
    """
    lines = _content(path)
    header, rows = _split_ts(path, lines)
    stamps = _states(header, "timestamps") is True
    split = [(number, _channels_with_stamps(line) if stamps else line.split(":")) for number, line in rows]
    classes, targets = header.get("classlabel", "").split(), _states(header, "targetlabel") is True
    labelled = classes[:1] == ["true"]
    if not {"classlabel", "targetlabel"} & set(header):
        labelled = _end_in_labels(split)
    series, ends = [], []
    for number, parts in split:
        if labelled or targets:
            *parts, end = parts
            if "," in end:
                raise ValueError(f"{path}, line {number}: no label, where the header states one; write a colon and ?")
            ends.append(end.strip())
        if _states(header, "univariate") is True and len(parts) > 1:
            raise ValueError(
                f"{path}, line {number}: {len(parts)} channels, where the header states @univariate true; correct the "
                "header, or state @classLabel true if the last of them is the label"
            )
        series.append(_to_series(path, number, parts, stamps))
        _check_as_many_channels(path, number, series)
    if targets:
        return Archive(series, targets=[_to_number(path, row[0], end) for row, end in zip(split, ends, strict=True)])
    if not labelled or all(end in _MISSING for end in ends):  # the labels of some test sets are kept back
        return Archive(series)
    return Archive(series, ends, classes[1:])


def _content(path: Path) -> list[str]:
    return decode_table(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _split_ts(path: Path, lines: Sequence[str]) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """The header, by keys in lower case, and the lines of series with their numbers."""
    header: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.lstrip().startswith("@"):
            continue
        key, _, value = line.strip()[1:].replace("\t", " ").partition(" ")
        if key.lower() == "data":
            rows = [(at, row.strip()) for at, row in enumerate(lines[number:], start=number + 1)]
            return header, [(at, row) for at, row in rows if row and row[0] not in "#%"]
        value = value.strip()
        first, _, rest = value.partition(" ")
        header[key.lower()] = f"{first.lower()} {rest}".strip() if first.lower() in ("true", "false") else value
    raise ValueError(f"{path} has no line @data; the series of a .ts file follow it")


def _states(header: dict[str, str], key: str) -> bool | None:
    return {"true": True, "false": False}.get(header.get(key, "").partition(" ")[0])


def _channels_with_stamps(line: str) -> list[str]:
    """Channels "(stamp,value),..." as their steps, and what follows the last channel; stamps may hold colons."""
    end = line.rfind(")") + 1
    channels, rest = line[:end], line[end:].lstrip(" \t")
    parts = re.split(r"(?:(?<=\))|^)\s*:\s*(?=\(|$|:)", channels)
    return [*parts, rest[1:]] if rest.startswith(":") else [*parts[:-1], parts[-1] + rest]


def _end_in_labels(split: Sequence[tuple[int, list[str]]]) -> bool:
    """Whether lines end in labels, which the header does not say: in a part of one cell after longer ones."""
    return all(len(parts) > 1 and "," not in parts[-1] and "," in parts[0] for _, parts in split)


def _to_series(path: Path, number: int, parts: Sequence[str], stamps: bool) -> npt.NDArray[np.float64]:
    for part in parts if stamps else ():
        rest = _STEP.sub("", part).replace(",", "").strip()
        if rest:
            raise ValueError(f"{path}, line {number}: {rest[:40]!r} is no step; write (time,value),(time,value)")
    channels = [[step.rpartition(",")[2] for step in _STEP.findall(p)] if stamps else p.split(",") for p in parts]
    lengths = {len(channel) for channel in channels}
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError(
            f"{path}, line {number}: channels of {', '.join(str(len(c)) for c in channels) or 'no'} values; all "
            "channels of a series have as many: write ? where a value is missing"
        )
    return np.array([_to_numbers(path, number, channel) for channel in channels]).T


def _to_numbers(path: Path, number: int, cells: Sequence[str]) -> list[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return [_to_number(path, number, cell) for cell in cells]


def _to_number(path: Path, number: int, cell: str) -> float:
    text = cell.strip()
    if text.lower() in _MISSING:
        return np.nan
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(
            f"{path}, line {number}: {text[:40]!r} is no number; correct it, write ? if it is missing, or state "
            "@classLabel true in the header if it is a label"
        ) from error


def _check_as_many_channels(path: Path, number: int, series: Sequence[npt.NDArray[np.float64]]) -> None:
    if series[-1].shape[1] != series[0].shape[1]:
        raise ValueError(
            f"{path}, line {number}: {series[-1].shape[1]} channels, where the first series has {series[0].shape[1]}; "
            "the series of a file have the same ones"
        )


def read_tsf(path: Path) -> Archive:
    """Read a `.tsf` file: a series of one channel a line, after its attributes and a colon.

    Raises:
        ValueError: There is no line @data, or a value is no number; names the line.
    """
    _, rows = _split_ts(path, _content(path))
    series = []
    for number, line in rows:
        values = line.rpartition(":")[2].split(",")
        series.append(np.array(_to_numbers(path, number, values))[:, None])
    return Archive(series)


def read_arff(path: Path) -> Archive:
    """Read an `.arff` file: a column a step, or a relational column of one line a channel, and the class or target.

    The last column is the label if it is nominal or text, and a target of a regression if it is a number called
    "target", "class", "label" or "y".

    Raises:
        ValueError: A row has more or fewer cells than there are attributes, is in sparse form, or holds no numbers.
    """
    attributes, rows = _split_arff(path, _content(path))
    name, kind = attributes[-1]
    nominal = kind.startswith("{") or kind.lower() == "string"
    ends = nominal or (name.lower() in _TARGET_NAMES and len(attributes) > 1)
    series, last = [], []
    for number, line in rows:
        cells = list(_cells(path, number, line))
        if len(cells) != len(attributes):
            raise ValueError(
                f"{path}, line {number}: {len(cells)} cells, where the header has {len(attributes)} attributes; quote "
                "cells that hold a comma, and write ? where a value is missing"
            )
        if ends:
            last.append(cells.pop())
        relational = attributes[0][1].lower() == "relational"
        channels = re.split(r"\\n|\n", cells[0]) if relational else [",".join(cells)]
        series.append(_to_series(path, number, channels, stamps=False))
        _check_as_many_channels(path, number, series)
    if not ends or all(cell in _MISSING for cell in last):
        return Archive(series)
    if not nominal:
        return Archive(series, targets=[_to_number(path, row[0], cell) for row, cell in zip(rows, last, strict=True)])
    declared = list(_cells(path, 0, kind.strip("{} \t"))) if kind.startswith("{") else []
    return Archive(series, last, declared)


def _split_arff(path: Path, lines: Sequence[str]) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """The name and kind of each column, and the rows with their numbers."""
    attributes: list[tuple[str, str]] = []
    inside = False  # a relational attribute, whose own attributes are the steps
    for number, line in enumerate(lines, start=1):
        word, _, rest = line.strip().replace("\t", " ").partition(" ")
        if word.lower() == "@attribute" and not inside:
            named = re.match(r"""\s*(?:'([^']*)'|"([^"]*)"|([^\s{]+))\s*(.*)""", rest)
            if named is None:
                raise ValueError(
                    f"{path}, line {number}: {line[:60]!r} names no attribute; write @attribute NAME numeric"
                )
            attributes.append((named[1] or named[2] or named[3], named[4].strip()))
            inside = named[4].strip().lower() == "relational"
        elif word.lower() == "@end":
            inside = False
        elif word.lower() == "@data" and attributes:
            rows = [(at, row.strip()) for at, row in enumerate(lines[number:], start=number + 1)]
            return attributes, [(at, row) for at, row in rows if row and row[0] != "%"]
    raise ValueError(f"{path} has no @attribute and @data; check that it is a complete .arff file")


def _cells(path: Path, number: int, line: str) -> Iterator[str]:
    """The cells of a row, without quotes."""
    if line.startswith("{"):
        raise ValueError(f"{path}, line {number}: a row in sparse form; write all of its values")
    start = 0
    while start <= len(line):
        cell = _CELL.match(line, start)
        if cell is None:
            raise ValueError(f"{path}, line {number}: {line[start : start + 40]!r} is no cell; check the quotes")
        single, double, plain = cell.groups()
        yield plain.strip() if plain is not None else single if single is not None else double
        if not cell[0].endswith(","):
            return
        start = cell.end()
