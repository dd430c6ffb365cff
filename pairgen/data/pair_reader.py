"""Read pairs that exist: tables, folders of files of one name, WebDataset archives, Hugging Face datasets, memory."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, overload

import numpy as np
from torch.utils.data import Dataset, IterableDataset

from pairgen.data._errors import name_file
from pairgen.data.columns import TABLES, Columns, read_columns, read_text_file
from pairgen.data.files import caller_level, choose_split
from pairgen.data.pair_columns import ColumnChoice, Table, choose_members, member_names, pairs_of_table
from pairgen.data.pair_files import Suffixes, pairs_of_archives, pairs_of_folder
from pairgen.data.paired_dataset import PairedDataset, describe_passed_over, select_rows

__all__ = ["StreamedPairs", "read_pairs"]

_METADATA = tuple(f"metadata{suffix}" for suffix in (".csv", ".jsonl", ".parquet", ".tsv"))
_TABLE_SUFFIXES = (*TABLES, ".parquet")


@name_file
def read_pairs(
    source: Any,
    modalities: Sequence[Any],
    *,
    columns: Sequence[str] | None = None,
    negatives: Sequence[str] | None = None,
    score: str | bool | None = None,
    label: str | bool | None = None,
    suffixes: Suffixes | None = None,
    encoding: str = "utf-8",
    split: str | None = None,
) -> PairedDataset | StreamedPairs | Dataset[Any]:
    """Read pairs of two modalities from files, a Hugging Face dataset or memory.

    Args:
        source: one of
            a `.csv`, `.tsv`, `.jsonl`, `.json` or `.parquet` file with a column for each member: text, or paths
            relative to the file, or, in Parquet, the bytes of files;
            a folder of files of one name, such as `photo.txt` beside `photo.jpg`, whose lines are captions; the text
            may be a `.json` file with captions; first-level folders are the classes if every pair lies in one;
            a folder with a table `metadata.csv` (or `.jsonl`, `.parquet`), whose paths are relative to the folder;
            a `.tar` archive in the layout of WebDataset, or a folder of such;
            a Hugging Face dataset, a DataFrame, a dict of columns, or a sequence of dicts;
            a sequence of tuples (anchor, positive) or (anchor, positive, negative, ...);
            an iterable dataset of dicts, such as `webdataset.WebDataset`, whose columns are renamed;
            another torch Dataset, returned as it is.
        modalities: Two modalities, by name or the objects. Members of one modality are named "anchor" and "positive".
        columns: Names of the columns of the two members; None for usual ones, such as "image" and "caption",
            "question" and "answer", or the only two.
        negatives: Columns of negatives of the first member; None for those called "negative", "negatives",
            "negative_1" ...; () for none. A cell may be a list.
        score: Column of scores; None for one called "score" or "similarity"; False for none.
        label: Column of labels; None for a usual name, class folders or `.cls` files; False for none.
        suffixes: Suffixes of the files by modality, such as `{"image": [".jp2"]}`, instead of the usual ones.
        encoding: Of text files.
        split: "train" or "test": a folder of that name, a split of a Hugging Face dataset, or the rows that have it in
            a column called "split".

    Returns:
        A map-style dataset of dicts; see `PairedDataset`. Images and other files are decoded when a pair is made. Its
        `ignored` lists what was passed over: a row without one of its members, an image without caption, a caption
        without image, an empty caption, a negative equal to its positive. Iterable datasets give `StreamedPairs`.

    Raises:
        FileNotFoundError: There is nothing at the path.
        ValueError: No pairs, a damaged file, a missing column, or a cell that is no item; names the file and the row.
        TypeError: A source of another type.

    Example:
        >>> dataset = read_pairs([("who?", "she"), ("when?", "now")], ("text", "text"))
        >>> dataset[1]
        {'anchor': 'when?', 'positive': 'now'}
    """
    names = [getattr(modality, "name", modality) for modality in modalities]
    member_names(names)
    chosen = ColumnChoice(columns, negatives, score, label)
    if _is_stream(source):
        return StreamedPairs(source, names, chosen)
    if isinstance(source, Dataset) and not hasattr(source, "column_names"):
        return source
    if isinstance(source, (str, os.PathLike)):
        dataset = _read_path(Path(source), names, chosen, suffixes, encoding, split)
    else:
        dataset = _read_object(source, names, chosen, split)
    _warn_of_losses(dataset)
    return dataset


def _read_path(
    path: Path, names: Sequence[str], columns: ColumnChoice, suffixes: Suffixes | None, encoding: str, split: str | None
) -> PairedDataset:
    if not path.exists():
        raise FileNotFoundError(
            f"there is nothing at {path}; pass a .csv, .tsv, .jsonl, .parquet or .tar file, or a folder"
        )
    has_labels = columns.label is not False
    if path.is_file():
        if path.suffix.lower() == ".tar":
            return pairs_of_archives([path], str(path), names, suffixes, has_labels)
        if path.suffix.lower() not in _TABLE_SUFFIXES:
            raise ValueError(f"{path} is no .csv, .tsv, .jsonl, .json, .parquet or .tar file; rename or convert it")
        return pairs_of_table(_split_rows(_table_of_file(path, encoding), split), names, columns)
    if (path / "dataset_info.json").is_file() or (path / "dataset_dict.json").is_file():
        return _read_object(import_module("datasets").load_from_disk(str(path)), names, columns, split)
    found = _find_metadata(path)
    if split is not None and (found is None or (path / split).is_dir()):
        path = choose_split(path, split)
        split, found = None, _find_metadata(path)
    if found:
        return pairs_of_table(_split_rows(_table_of_file(found, encoding), split), names, columns)
    archives = sorted(entry for entry in path.iterdir() if entry.suffix.lower() == ".tar" and entry.is_file())
    if archives:
        return pairs_of_archives(archives, str(path), names, suffixes, has_labels)
    return pairs_of_folder(path, names, suffixes, encoding, has_labels)


def _find_metadata(folder: Path) -> Path | None:
    return next((folder / name for name in _METADATA if (folder / name).is_file()), None)


def _table_of_file(path: Path, encoding: str) -> Table:
    columns = read_columns(path, encoding)
    count = len(next(iter(columns.values()), []))
    numbers: Sequence[int] = range(1, count + 1)
    unit = "row"
    if path.suffix.lower() in (".csv", ".tsv"):
        numbers = range(2, count + 2)  # the header is row 1
    elif path.suffix.lower() != ".parquet":
        text = read_text_file(path, encoding)
        if not text.lstrip().startswith("["):
            numbers, unit = [n for n, line in enumerate(text.split("\n"), 1) if line.strip()], "line"
    return Table(columns, str(path), numbers, unit, path.parent)


def _split_rows(table: Table, split: str | None) -> Table:
    """The rows of a table that have the split in a column of that name."""
    if split is None:
        return table
    if "split" not in table.columns:
        raise ValueError(f"{table.source} has no column 'split' to choose split={split!r} by; leave split out")
    values = list(table.columns["split"])
    rows = np.flatnonzero([value == split for value in values])
    if not len(rows):
        there = ", ".join(sorted({str(value) for value in values}))
        raise ValueError(f"{table.source} has no rows of the split {split!r}; it has {there}")
    numbers = range(len(values)) if table.numbers is None else table.numbers
    columns = {name: select_rows(cells, rows) for name, cells in table.columns.items() if name != "split"}
    return replace(table, columns=columns, numbers=[numbers[row] for row in rows])


# -- objects -----------------------------------------------------------------------------------------------------------


def _read_object(source: Any, names: Sequence[str], columns: ColumnChoice, split: str | None) -> PairedDataset:
    """The pairs of a Hugging Face dataset, a DataFrame, a dict of columns, or a sequence of dicts or tuples."""
    if isinstance(source, dict) and source and all(hasattr(part, "column_names") for part in source.values()):
        if split is None and len(source) > 1:
            raise ValueError(f'the dataset has the splits {", ".join(source)}; pass split="..."')
        chosen = next(iter(source)) if split is None else split
        if chosen not in source:
            raise ValueError(f"the dataset has no split {chosen!r}; it has {', '.join(source)}")
        return _read_object(source[chosen], names, columns, None)
    if hasattr(source, "column_names") and hasattr(source, "__getitem__"):
        table = _table_of_hub(source)
    elif hasattr(source, "to_dict") and hasattr(source, "columns"):  # pandas
        table = Table({str(name): source[name].tolist() for name in source.columns}, "the table")
    elif isinstance(source, Mapping):
        table = Table({str(name): list(values) for name, values in source.items()}, "the columns")
    elif isinstance(source, Sequence) and not isinstance(source, (str, bytes)):
        if len(source) and isinstance(source[0], (tuple, list)):
            return pairs_of_table(_table_of_tuples(source), names, replace(columns, members=("anchor", "positive")))
        table = _table_of_records(source)
    else:
        raise TypeError(
            f"cannot read pairs from {type(source).__name__}; pass a path, a Hugging Face dataset, a dict of columns, "
            "or a sequence of dicts or tuples"
        )
    return pairs_of_table(_split_rows(table, split), names, columns)


def _table_of_hub(source: Any) -> Table:
    names: list[str] = list(source.column_names)
    features = getattr(source, "features", None) or {}
    classes = {name: found for name in names if (found := getattr(features.get(name), "names", None))}
    return Table({name: _HubColumn(source, name) for name in names}, "the dataset", classes=classes)


def _table_of_records(rows: Sequence[Any]) -> Table:
    if not len(rows):
        raise ValueError("the sequence holds no pairs; pass at least one")
    wrong = next((row for row in rows if not isinstance(row, Mapping)), None)
    if wrong is not None:
        raise TypeError(f"a pair is a dict or a tuple (anchor, positive, negative, ...), got {wrong!r}")
    names = {name: None for row in rows for name in row}
    return Table({name: [row.get(name) for row in rows] for name in names}, "the pairs")


def _table_of_tuples(rows: Sequence[Any]) -> Table:
    """(anchor, positive, negative, ...), with a score behind them where that is a float, a label where an integer."""
    columns: Columns = {"anchor": [], "positive": []}
    last = [row[-1] for row in rows if isinstance(row, (tuple, list)) and len(row) > 2]
    trailing = None
    if len(last) == len(rows):
        trailing = next(
            (name for name, of in (("score", float), ("label", int)) if all(type(v) is of for v in last)), None
        )
    for number, row in enumerate(rows):
        if not isinstance(row, (tuple, list)) or len(row) < 2:
            raise ValueError(f"the pairs, row {number}: a pair is (anchor, positive, negative, ...), got {row!r}")
        columns["anchor"].append(row[0])
        columns["positive"].append(row[1])
        columns.setdefault("negatives", []).append(list(row[2 : None if trailing is None else -1]))
    if not any(columns["negatives"]):
        del columns["negatives"]
    return Table({**columns, **({} if trailing is None else {trailing: last})}, "the pairs")


class _HubColumn(Sequence[Any]):
    """A column of a Hugging Face dataset: a cell is decoded when it is asked for."""

    def __init__(self, source: Any, name: str) -> None:
        self._source = source.select_columns([name]) if hasattr(source, "select_columns") else source
        self._name = name

    def __len__(self) -> int:
        return len(self._source)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._source[index][self._name]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._source[self._name])


# -- streams -----------------------------------------------------------------------------------------------------------


def _is_stream(source: object) -> bool:
    return isinstance(source, IterableDataset) or (
        hasattr(source, "column_names") and hasattr(source, "__iter__") and not hasattr(source, "__getitem__")
    )


class StreamedPairs(IterableDataset[dict[str, Any]]):
    """An iterable dataset of dicts whose columns got the names of the members of pairs.

    A sample that lacks a member has None in its place, so that `on_error` of the sampler decides over it.

    Args:
        source: An iterable dataset of dicts, such as `webdataset.WebDataset`.
        modalities: Names of the two modalities.
        columns: The columns that have no usual name; they are chosen by the first sample.
    """

    def __init__(self, source: Any, modalities: Sequence[str], columns: ColumnChoice) -> None:
        self.source, self.modalities, self.columns = source, tuple(modalities), columns

    def __iter__(self) -> Iterator[dict[str, Any]]:
        keys = member_names(self.modalities)
        chosen: tuple[str, str] | None = None
        for sample in self.source:
            if not isinstance(sample, Mapping):
                raise TypeError(f"a stream of pairs gives dicts, got {type(sample).__name__}")
            if chosen is None:
                table = Table(dict.fromkeys(sample, ()), "the stream's first sample")
                chosen = choose_members(table, self.modalities, self.columns)
            renamed = {key: sample.get(name) for key, name in zip(keys, chosen, strict=True)}
            yield {**{name: value for name, value in sample.items() if name not in chosen}, **renamed}

    def set_epoch(self, epoch: int) -> None:
        """Tell the source the epoch, where it takes one."""
        if hasattr(self.source, "set_epoch"):
            self.source.set_epoch(epoch)


# -- what is said ------------------------------------------------------------------------------------------------------


def _warn_of_losses(dataset: PairedDataset) -> None:
    """Warn of what was passed over, and of a member that is the same in all pairs."""
    if dataset.ignored:
        warnings.warn(
            f"{dataset.source}: passed over {describe_passed_over(dataset.ignored)}; `dataset.ignored` lists them",
            stacklevel=caller_level(),
        )
    for name, items in dataset.members.items():
        if isinstance(items, list) and len(items) > 1 and _are_equal(items):
            warnings.warn(
                f"{dataset.source}: {name} is the same in all {len(items)} pairs, so that every negative of a batch is "
                "a false one and there is nothing to learn; check the column",
                stacklevel=caller_level(),
            )


def _are_equal(items: list[Any]) -> bool:
    """Whether items that compare by value, such as texts and paths, are all equal."""
    first = items[0]
    return isinstance(first, (str, bytes, list, os.PathLike)) and all(
        type(item) is type(first) and item == first for item in items
    )
