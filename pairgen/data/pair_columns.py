"""Pairs from the columns of a table: which columns are which, cells that are missing, negatives and scores."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from pairgen.data.columns import LABEL_NAMES, find_usual, parse_numbers
from pairgen.data.labels import encode_labels
from pairgen.data.paired_dataset import PairedDataset, PassedOver, select_rows

__all__ = ["ColumnChoice", "RowNames", "Table", "choose_members", "member_names", "pairs_of_table"]

_USUAL: dict[str, tuple[str, ...]] = {
    "text": ("text", "caption", "captions", "sentence", "title", "description", "txt"),
    "image": ("image", "image_path", "photo", "picture", "file_name", "filename", "filepath", "path", "file")
    + ("jpg", "jpeg", "png", "webp"),
    "audio": ("audio", "audio_path", "clip", "file_name", "filename", "filepath", "path", "file")
    + ("wav", "flac", "mp3", "ogg"),
}
_FIRST = ("anchor", "query", "question", "sentence1", "text1", "sentence_a", "text_a", "premise", "source", "title")
_SECOND = ("positive", "answer", "response", "sentence2", "text2", "sentence_b", "text_b", "hypothesis", "target")
_NEGATIVE = re.compile(r"negatives?(_?\d+)?|hard_negatives?", re.IGNORECASE)
_SCORES = ("score", "scores", "similarity", "similarity_score")


@dataclass(frozen=True)
class ColumnChoice:
    """Names of the columns of pairs, for those that have no usual name.

    Args:
        members: The columns of the two members, in the order of the modalities; None looks them up.
        negatives: The columns of negatives; None takes "negative", "negatives", "negative_1" ...; () none.
        score: The column of scores; None for one called score or similarity, False for none.
        label: The column of labels; None for one called label, class ..., False for none.
    """

    members: Sequence[str] | None = None
    negatives: Sequence[str] | None = None
    score: str | bool | None = None
    label: str | bool | None = None


@dataclass(frozen=True)
class Table:
    """Columns, and how their rows are named in messages.

    Args:
        columns: N values by the name of a column: lists, or sequences that are read when they are asked for.
        source: What the columns come from.
        numbers: The numbers of the rows in messages; None for 0, 1, ...
        unit: What is numbered, "row" or "line".
        folder: The folder that paths in cells are relative to; None where text is no path.
        classes: Names of the classes by the column of labels, where the source has them.
    """

    columns: Mapping[str, Sequence[Any]]
    source: str
    numbers: Sequence[int] | None = None
    unit: str = "row"
    folder: Path | None = None
    classes: Mapping[str, Sequence[str]] | None = None

    def name_row(self, row: int) -> str:
        """Return how messages name the row at a position, such as "pairs.csv, row 7"."""
        return f"{self.source}, {self.unit} {row if self.numbers is None else self.numbers[row]}"


def member_names(modalities: Sequence[str]) -> tuple[str, str]:
    """Return the names of the two members in a sample: their modalities, or "anchor" and "positive" of one modality.

    Raises:
        ValueError: There are not two modalities.
    """
    if isinstance(modalities, str) or len(modalities) != 2:
        count = 1 if isinstance(modalities, str) else len(modalities)
        raise ValueError(f"a pair has two modalities, such as ('image', 'text'), got {count}: {modalities!r}")
    first, second = modalities
    return (first, second) if first != second else ("anchor", "positive")


def pairs_of_table(table: Table, modalities: Sequence[str], names: ColumnChoice) -> PairedDataset:
    """Build the dataset of a table; rows in which a member is missing are passed over and listed.

    Args:
        table: The columns. Cells of a member that is no text hold paths, where the table has a folder, or items.
        modalities: Names of the two modalities.
        names: The columns that have no usual name.

    Raises:
        ValueError: A column that there is not, no row with both members, a cell that is no item, a path at which there
            is no file, or a score that is no finite number; the message names the row and the remedy.
    """
    chosen = choose_members(table, modalities, names)
    negatives = _choose_negatives(table, names, chosen)
    keys = member_names(modalities)
    members = [_read_member(table, column, modality) for column, modality in zip(chosen, modalities, strict=True)]
    ignored: list[PassedOver] = []
    rows = []
    for row in range(len(table.columns[chosen[0]])):
        missing = [key for key, items in zip(keys, members, strict=True) if items[row] is None]
        if missing:
            ignored.append((table.name_row(row), f"no {' and no '.join(missing)}"))
        else:
            rows.append(row)
    if not rows:
        raise ValueError(f"{table.source} holds no pairs: no row has both {keys[0]} and {keys[1]}")
    kept = np.array(rows, dtype=np.int64)
    labels, classes = _read_labels(table, names.label, (*chosen, *negatives), kept)
    return PairedDataset(
        {key: select_rows(items, kept) for key, items in zip(keys, members, strict=True)},
        labels,
        classes,
        negatives=_read_negatives(table, negatives, modalities[1], members[1], kept, ignored),
        scores=_read_scores(table, names.score, kept),
        names=RowNames(table, kept),
        ignored=ignored,
        source=table.source,
    )


class RowNames(Sequence[str]):
    """How messages name some rows of a table.

    Args:
        table: The table; its columns are not kept.
        rows: int64 (N,), positions in it.
    """

    def __init__(self, table: Table, rows: npt.NDArray[np.int64]) -> None:
        self._table = replace(table, columns={})
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self._table.name_row(row) for row in self._rows[index].tolist()]
        return self._table.name_row(int(self._rows[index]))


# -- which columns -----------------------------------------------------------------------------------------------------


def _listed(table: Table) -> str:
    return ", ".join(map(repr, table.columns))


def _check_column(table: Table, name: str) -> str:
    if name not in table.columns:
        raise ValueError(f"{table.source} has no column {name!r}; it has {_listed(table)}")
    return name


def choose_members(table: Table, modalities: Sequence[str], names: ColumnChoice) -> tuple[str, str]:
    """Return the columns of the two members: those named, or those of usual names.

    Raises:
        ValueError: There is no such column, or none can be chosen; lists those there are.
    """
    if names.members is not None:
        if isinstance(names.members, str) or len(names.members) != 2 or names.members[0] == names.members[1]:
            raise ValueError(f"columns names the two columns of a pair, such as ('a', 'b'), got {names.members!r}")
        return _check_column(table, names.members[0]), _check_column(table, names.members[1])
    free = [name for name in table.columns if not _is_other(name, names)]
    if modalities[0] == modalities[1]:
        first, second = find_usual(_FIRST, free), find_usual(_SECOND, free)
        if first is None or second is None:
            first, second = free if len(free) == 2 else (None, None)
    else:
        first = _find_member(modalities[0], free)
        second = _find_member(modalities[1], [name for name in free if name != first])
    if first is None or second is None:
        needed = f"{modalities[0]} and {modalities[1]}"
        raise ValueError(
            f"which columns of {table.source} are the pair of {needed}? it has {_listed(table)}; name the two, such as "
            f"columns=({', '.join(map(repr, list(table.columns)[:2]))})"
        )
    return first, second


def _find_member(modality: str, free: list[str]) -> str | None:
    return find_usual((modality, *_USUAL.get(modality, ())), free)


def _is_other(name: str, names: ColumnChoice) -> bool:
    """Whether a column holds no member by its name: negatives, scores and labels."""
    named = {*(names.negatives or ()), names.score, names.label, "index", "__key__"}
    folded = name.lower()
    return name in named or bool(_NEGATIVE.fullmatch(name)) or folded in _SCORES or folded in ("label", "labels")


def _choose_negatives(table: Table, names: ColumnChoice, members: Sequence[str]) -> list[str]:
    if names.negatives is not None:
        if isinstance(names.negatives, str):
            raise TypeError(f"negatives is a list of columns, got {names.negatives!r}; pass [{names.negatives!r}]")
        return [_check_column(table, name) for name in names.negatives]
    return [name for name in table.columns if _NEGATIVE.fullmatch(name) and name not in members]


# -- cells -------------------------------------------------------------------------------------------------------------


def _read_member(table: Table, column: str, modality: str) -> Sequence[Any]:
    """The items of a column, None where a cell is empty; a column that is no list is read when it is asked for."""
    cells = table.columns[column]
    if not isinstance(cells, list):
        if modality != "text":
            return cells
        cells = list(cells)
    read = _reader(table, modality)
    return [read(cell, column, row) for row, cell in enumerate(cells)]


def _reader(table: Table, modality: str) -> Callable[[Any, str, int], Any]:
    if modality == "text":
        return lambda cell, column, row: _read_text(cell, table, column, row)
    return lambda cell, column, row: _read_item(cell, table, column, row)


def _read_text(cell: object, table: Table, column: str, row: int) -> str | list[str] | None:
    """A text, or several candidates; None for an empty cell."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if _is_missing(cell):
        return None
    if isinstance(cell, (list, tuple)) and all(isinstance(text, str) for text in cell):
        texts = [text for text in cell if text.strip()]
        return texts or None
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="strict") or None
    raise ValueError(
        f"{table.name_row(row)}, column {column!r}: a text is a string or a list of strings, got {cell!r}; correct the "
        "cell, or name another column"
    )


def _read_item(cell: object, table: Table, column: str, row: int) -> Any:
    """An item that is no text: a path relative to the table, or what the cell holds; None for an empty cell."""
    if _is_missing(cell) or (isinstance(cell, (str, bytes, list)) and not cell):
        return None
    if not isinstance(cell, (str, os.PathLike)) or table.folder is None:
        return cell
    path = table.folder / cell
    if not path.exists():
        raise ValueError(
            f"{table.name_row(row)}, column {column!r}: there is no file {path}; paths are relative to {table.folder}"
        )
    return path


def _is_missing(cell: object) -> bool:
    """None, NaN, and pandas' NA and NaT."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, (float, np.floating)) and math.isnan(cell)


def _read_negatives(
    table: Table,
    columns: Sequence[str],
    modality: str,
    positives: Sequence[Any],
    rows: npt.NDArray[np.int64],
    ignored: list[PassedOver],
) -> list[list[Any]] | None:
    """The negatives of each row; one that is empty is none, and one that equals the positive is left out and listed."""
    if not columns:
        return None
    read = _reader(table, modality)
    negatives = []
    for row in rows:
        found: list[Any] = []
        for column in columns:
            cell = read(table.columns[column][row], column, int(row))
            found += cell if isinstance(cell, list) else [] if cell is None else [cell]
        positive = positives[row]
        equal = positive if isinstance(positive, list) else [positive]
        kept = [item for item in found if not any(item is one or _equal(item, one) for one in equal)]
        if len(kept) < len(found):
            ignored.append((table.name_row(int(row)), "a negative equal to the positive"))
        negatives.append(kept)
    return negatives


def _equal(first: object, second: object) -> bool:
    """Whether two items that compare by value are equal: strings, bytes and paths."""
    return isinstance(first, (str, bytes, os.PathLike)) and first == second


def _read_scores(table: Table, column: str | bool | None, rows: npt.NDArray[np.int64]) -> list[float] | None:
    name = find_usual(_SCORES, list(table.columns)) if column is None else column
    if name is None or name is False:
        return None
    if name is True:
        raise TypeError("score is the name of a column, None or False, got True")
    scores = []
    cells = list(table.columns[_check_column(table, name)])
    for row in rows.tolist():
        cell = cells[row]
        try:
            score = float(cell)
        except (TypeError, ValueError):
            score = math.nan
        if not math.isfinite(score):
            raise ValueError(f"{table.name_row(row)}, column {name!r}: a score is a finite number, got {cell!r}")
        scores.append(score)
    return scores


def _read_labels(
    table: Table, column: str | bool | None, taken: Sequence[str], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64] | None, list[str] | None]:
    if column is True:
        raise TypeError("label is the name of a column, None or False, got True")
    name = find_usual(LABEL_NAMES, [n for n in table.columns if n not in taken]) if column is None else column
    if name is None or name is False:
        return None, None
    cells = list(table.columns[_check_column(table, name)])
    values = [cells[row] for row in rows.tolist()]
    names = (table.classes or {}).get(name)
    try:
        return encode_labels(parse_numbers(values), len(rows), "pairs", names)
    except ValueError as error:
        raise ValueError(
            f"{table.source}, column {name!r}: {error}; for numbers that say how well a pair fits pass score={name!r} "
            "and label=False"
        ) from error
