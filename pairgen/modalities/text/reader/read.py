"""Telling sources apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from pairgen.modalities.text.reader.dataset import TextDataset, with_labels
from pairgen.modalities.text.reader.tables import Column, choose_columns, read_csv, read_jsonl, read_parquet

__all__ = ["read"]

_TABLES = {".csv": read_csv, ".tsv": read_csv, ".jsonl": read_jsonl, ".ndjson": read_jsonl, ".json": read_jsonl}
_LINES = (".txt", ".text", "")


def read(
    source: Any,
    *,
    text: str | None = None,
    label: Column = None,
    encoding: str = "utf-8",
    split: str | None = None,
) -> Dataset[Any]:
    """Read texts from a path or a Hugging Face dataset, or pass a dataset through.

    Args:
        source: one of
            a `.txt` file, in which each line that is not empty is a text;
            a `.csv` or `.tsv` file with a header, a `.jsonl` or `.json` file of objects, a `.parquet` file;
            a folder of `.txt` files, each a text, whose first-level folders, if all files lie in such, are the classes;
            a folder that `save_to_disk` of Hugging Face datasets wrote;
            a Hugging Face dataset, of which the columns are taken; any other torch Dataset, returned as it is;
            or a sequence of texts.
        text, label: names of the columns; by default the usual names. label=False ignores labels, True asks for them.
        encoding: of text files.
        split: "train" or "test", for Hugging Face datasets that have several.

    Returns:
        A map-style dataset of texts, or of (text, label) with int labels, and `.classes`, a list of names or None.

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: no texts, a damaged file, another encoding, a missing column; with the path and the remedy.
        TypeError: a source of another type.
    """
    if not isinstance(source, (str, os.PathLike)):
        return _in_memory(source, text, label, split)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a .txt, .csv, .jsonl or .parquet file, or a folder")
    if path.is_dir():
        return _folder(path, text, label, encoding, split)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _of_columns(read_parquet(path), text, label, str(path))
    if suffix in _TABLES:
        return _of_columns(_TABLES[suffix](path, _content(path, encoding)), text, label, str(path))
    if suffix not in _LINES:
        raise ValueError(f"{path} is no .txt, .csv, .tsv, .jsonl, .json or .parquet file; rename or convert it")
    lines = [line for line in _content(path, encoding).split("\n") if line.strip()]
    if not lines:
        raise ValueError(f"{path} holds no text; write one text a line")
    return TextDataset([line.rstrip("\r") for line in lines])


def _content(path: Path, encoding: str) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is not {encoding}; say which encoding it is, such as "
            'encoding="latin-1", or save the file as UTF-8'
        ) from error
    except LookupError as error:
        raise ValueError(f"no encoding is called {encoding!r}; use utf-8, latin-1, utf-16 ...") from error


def _of_columns(columns: dict[str, list[Any]], text: str | None, label: Column, where: str) -> TextDataset:
    text_name, label_name = choose_columns(list(columns), text, label, where)
    texts = columns[text_name]
    if not texts:
        raise ValueError(f"{where} holds no rows")
    bad = next((i for i, value in enumerate(texts) if not isinstance(value, str)), None)
    if bad is not None:
        raise ValueError(
            f"{where}, row {bad}: the text is {texts[bad]!r}; drop such rows, or fill them with empty strings"
        )
    return with_labels(texts, None if label_name is None else _plain(columns[label_name]))


def _plain(values: list[Any]) -> list[Any]:
    """Labels of text that are whole numbers as such."""
    digits = all(isinstance(value, str) and value.isdigit() and len(value) < 6 for value in values)
    return [int(value) for value in values] if digits else values


def _folder(path: Path, text: str | None, label: Column, encoding: str, split: str | None) -> Dataset[Any]:
    if (path / "dataset_info.json").is_file() or (path / "dataset_dict.json").is_file():
        import datasets

        loaded: Any = datasets
        return _in_memory(loaded.load_from_disk(str(path)), text, label, split)
    files = sorted(file for file in path.rglob("*.txt") if not any(p.startswith(".") for p in file.parts))
    if not files:
        raise ValueError(f"{path} holds no .txt files; put texts into it, or give a file")
    texts = [_content(file, encoding) for file in files]
    parts = [file.relative_to(path).parts for file in files]
    classed = all(len(part) > 1 for part in parts) and label is not False
    return with_labels(texts, [part[0] for part in parts] if classed else None)


def _in_memory(source: Any, text: str | None, label: Column, split: str | None) -> Dataset[Any]:
    if isinstance(source, dict) and source and all(hasattr(part, "column_names") for part in source.values()):
        if split is None and len(source) > 1:
            raise ValueError(f'the dataset has the splits {", ".join(source)}; say split="..."')
        chosen = next(iter(source)) if split is None else split
        if chosen not in source:
            raise ValueError(f"the dataset has no split {chosen!r}; it has {', '.join(source)}")
        return _in_memory(source[chosen], text, label, None)
    if hasattr(source, "column_names") and hasattr(source, "features"):
        return _hugging_face(source, text, label)
    if isinstance(source, Dataset):
        return source
    if isinstance(source, (bytes, dict)) or not isinstance(source, Sequence):
        raise TypeError(
            f"cannot read texts from {type(source).__name__}; pass a path, a dataset, or a sequence of texts"
        )
    return TextDataset(source)


def _hugging_face(source: Any, text: str | None, label: Column) -> TextDataset:
    text_name, label_name = choose_columns(list(source.column_names), text, label, "the dataset")
    if label_name is None:
        return TextDataset(source[text_name])
    classes = getattr(source.features[label_name], "names", None)
    return with_labels(source[text_name], list(source[label_name]), classes)
