"""Dispatch `read()` on the type of the source."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset

from pairgen.data import (
    LabelledDataset,
    choose_split,
    encode_labels,
    list_files,
    read_class_folders,
    read_in_memory,
    refuse_split,
)
from pairgen.data._errors import name_file
from pairgen.data.columns import TABLES, Columns, parse_numbers, read_columns, read_parquet, read_text_file
from pairgen.data.files import LabelOption
from pairgen.modalities.text.io.codec import TextItem
from pairgen.modalities.text.reader.tables import choose_columns

__all__ = ["read"]

_LINES = (".txt", ".text", "")
_NOUN = "texts"


class HuggingFaceDataset(Protocol):
    """A split of a Hugging Face dataset, as far as the reader uses it."""

    column_names: list[str]
    features: Mapping[str, Any]

    def __getitem__(self, name: str) -> Sequence[Any]:
        """Return a column."""
        ...


TextSource = (
    str
    | os.PathLike[str]
    | Sequence[TextItem]
    | npt.NDArray[np.str_]
    | Dataset[Any]
    | HuggingFaceDataset
    | Mapping[str, HuggingFaceDataset]
)


@name_file
def read(
    source: TextSource,
    *,
    labels: LabelOption = None,
    text: str | None = None,
    label: str | None = None,
    encoding: str = "utf-8",
    split: str | None = None,
) -> Dataset[Any]:
    """Read texts from a file, a folder, a Hugging Face dataset or memory.

    Args:
        source: one of
            a `.txt` file, in which each line that is not empty is a text;
            a `.csv` file (separated by commas, semicolons, tabs or bars) or `.tsv` file, with a header;
            a `.jsonl` or `.json` file of objects; a `.parquet` file;
            a folder of `.txt` files, each a text, whose first-level folders, if all files lie in such, are the classes;
            a folder that `save_to_disk` of Hugging Face datasets wrote;
            a Hugging Face dataset, of which the columns are taken; a torch Dataset, returned as it is without `labels`;
            or a sequence of texts.
        labels: None takes the labels that there are, from a column or class folders; True makes their absence an error;
            False ignores them; a sequence gives one a text. Whole numbers from 0 up keep their values.
        text: Name of the column of texts; None for a usual name, such as "text", or the only column.
        label: Name of the column of labels; None for a usual name, such as "label".
        encoding: Of text files.
        split: "train" or "test", for Hugging Face datasets that have several, and folders with a folder of that name.

    Returns:
        A map-style dataset of texts, or of (text, label) with int labels, and `.classes`, a list of names or None.

    Raises:
        FileNotFoundError: There is nothing at the path.
        ValueError: No texts, a damaged file, another encoding, a missing column, or not one label a text.
        TypeError: A source of another type.

    Example:
        >>> dataset = read(["a dog", "a cat"], labels=["noun", "noun"])
        >>> dataset[1], dataset.classes
        (('a cat', 0), ['noun'])
    """
    _check_label_options(labels, label)
    if not isinstance(source, (str, os.PathLike)):
        return _read_object(source, labels, text, label, split)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"there is nothing at {path}; pass a .txt, .csv, .jsonl or .parquet file, or a folder")
    if path.is_dir():
        return _read_folder(path, labels, text, label, encoding, split)
    refuse_split(split, str(path))
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        columns, classes = read_parquet(path)
        return _from_columns(columns, labels, text, label, str(path), classes)
    if suffix in TABLES:
        return _from_columns(read_columns(path, encoding), labels, text, label, str(path))
    if suffix not in _LINES:
        raise ValueError(f"{path} is no .txt, .csv, .tsv, .jsonl, .json or .parquet file; rename or convert it")
    lines = [line for line in re.split(r"\r\n|\n|\r", read_text_file(path, encoding)) if line.strip()]
    if not lines:
        raise ValueError(f"{path} holds no text; write one text a line")
    if labels is True:
        raise ValueError(
            f"labels=True, but the lines of {path} have none; pass a sequence, or use a .csv or .jsonl file"
        )
    return read_in_memory(lines, labels, _NOUN)


def _check_label_options(labels: LabelOption, label: str | None) -> None:
    if isinstance(label, bool) or not isinstance(label, (str, type(None))):
        raise TypeError(
            f"label is the name of a column, got {label!r}; labels=False ignores labels, labels=True requires them"
        )
    if label is not None and labels is not None and not isinstance(labels, bool):
        raise ValueError(f"labels come from the column label={label!r} or from labels=[...]; pass one of them")


def _from_columns(
    columns: Columns,
    labels: LabelOption,
    text: str | None,
    label: str | None,
    where: str,
    classes: Mapping[str, list[str]] | None = None,
) -> LabelledDataset[str]:
    text_name, label_name = choose_columns(list(columns), labels, text, label, where)
    texts = columns[text_name]
    if not texts:
        raise ValueError(f"{where} holds no rows")
    bad = next((i for i, value in enumerate(texts) if not isinstance(value, str)), None)
    if bad is not None:
        raise ValueError(
            f"{where}, row {bad}: the text is {texts[bad]!r}; drop such rows, or fill them with empty strings"
        )
    if label_name is None:
        return _label_texts(texts, labels, None)
    return _label_texts(texts, labels, parse_numbers(columns[label_name]), (classes or {}).get(label_name))


def _label_texts(
    texts: Sequence[str], labels: LabelOption, column: Sequence[Any] | None, classes: list[str] | None = None
) -> LabelledDataset[str]:
    """The texts with the labels of the option, or of the column that was chosen."""
    if labels is not None and not isinstance(labels, bool):
        return LabelledDataset(texts, *encode_labels(labels, len(texts), _NOUN), noun=_NOUN)
    if column is None:
        return LabelledDataset(texts, noun=_NOUN)
    return LabelledDataset(texts, *encode_labels(column, len(texts), _NOUN, classes), noun=_NOUN)


def _read_folder(
    path: Path, labels: LabelOption, text: str | None, label: str | None, encoding: str, split: str | None
) -> Dataset[Any]:
    if (path / "dataset_info.json").is_file() or (path / "dataset_dict.json").is_file():
        return _read_object(import_module("datasets").load_from_disk(str(path)), labels, text, label, split)
    listing = list_files(choose_split(path, split), {".txt", ".text"}, _NOUN)
    return read_class_folders(listing, [read_text_file(file, encoding) for file in listing.files], _NOUN, labels)


def _read_object(
    source: object, labels: LabelOption, text: str | None, label: str | None, split: str | None
) -> Dataset[Any]:
    if isinstance(source, dict) and source and all(hasattr(part, "column_names") for part in source.values()):
        if split is None and len(source) > 1:
            raise ValueError(f'the dataset has the splits {", ".join(source)}; pass split="..."')
        chosen = next(iter(source)) if split is None else split
        if chosen not in source:
            raise ValueError(f"the dataset has no split {chosen!r}; it has {', '.join(source)}")
        return _read_object(source[chosen], labels, text, label, None)
    refuse_split(split, f"a {type(source).__name__}")
    if _is_hugging_face(source):
        return _read_hugging_face(source, labels, text, label)
    return read_in_memory(source, labels, _NOUN)


def _is_hugging_face(source: object) -> TypeGuard[HuggingFaceDataset]:
    return hasattr(source, "column_names") and hasattr(source, "features")


def _read_hugging_face(
    source: HuggingFaceDataset, labels: LabelOption, text: str | None, label: str | None
) -> LabelledDataset[str]:
    text_name, label_name = choose_columns(list(source.column_names), labels, text, label, "the dataset")
    texts = source[text_name]
    if not len(texts):
        raise ValueError("the dataset holds no rows")
    if label_name is None:
        return _label_texts(texts, labels, None)
    classes = getattr(source.features[label_name], "names", None)
    return _label_texts(texts, labels, list(source[label_name]), classes)
