"""What `pairgen train` records of a run in run.json, and how later commands read data by it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pairgen._io import write_text
from pairgen.cli.console import to_json
from pairgen.cli.options import OnError, check_options, parse_settings

if TYPE_CHECKING:
    from torch import nn

    from pairgen.data import LabelledDataset
    from pairgen.modality import Modality

__all__ = ["Run", "merge_options", "quote", "read_data"]

_FILE = "run.json"


@dataclass(frozen=True)
class Run:
    """How the data of a run was read; what later commands take where the user says nothing else.

    Args:
        modality: Name of the modality.
        source: Absolute path of the data; None for a run that Python code made.
        read_options: Options of the reader.
        split: Subset of the data, or None.
        batch_size: Items a batch.
        on_error: "raise" or "skip".
    """

    modality: str
    source: str | None = None
    read_options: Mapping[str, Any] = field(default_factory=dict)
    split: str | None = None
    batch_size: int = 256
    on_error: str = "raise"

    def save(self, folder: Path) -> None:
        """Write run.json into the folder of the run."""
        write_text(folder / _FILE, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path, encoder: nn.Module | None = None) -> Run:
        """Read run.json; a run of the Python interface has none, and its encoder says the modality.

        Raises:
            ValueError: The file is damaged, or there is none and the encoder does not say its modality.
        """
        path = folder / _FILE
        if not path.is_file():
            spec: Any = getattr(encoder, "spec", None) or getattr(encoder, "sampler_spec", None)
            if spec is None:
                raise ValueError(
                    f"the run {folder} does not say of which modality its encoder is; use pairgen.evaluation.embed in "
                    "Python"
                )
            return cls(spec["modality"])
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            run = cls(**{entry.name: values[entry.name] for entry in fields(cls)})
            options = {k: tuple(v) if isinstance(v, list) else v for k, v in run.read_options.items()}
            run = replace(run, read_options=options, on_error=OnError(run.on_error).value)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(
                f"{path} is damaged ({type(error).__name__}: {error}); remove it, and give --read-option and PATH as "
                "the training had them"
            ) from error
        return run

    def data(self, path: Path | None) -> Path:
        """Return the path that the user named, else the source of the run."""
        if path is not None:
            return path
        if self.source is None:
            raise ValueError("the run was not made by `pairgen train`, so it does not say where its data is; give PATH")
        return Path(self.source)

    def read(self, path: Path | None, read_option: list[str] | None = None, split: str | None = None) -> Any:
        """Read data as the run did, but for the options that the user gives now."""
        import pairgen

        options = merge_options(self.read_options, parse_settings(read_option or [], "--read-option"))
        return read_data(pairgen.get_modality(self.modality), self.data(path), options, split or self.split)

    def changes(self, other: Run) -> list[str]:
        """Return a line for each value of the run that another one of the same modality has otherwise."""
        before, after = (to_json(asdict(run)) for run in (self, other))
        return [
            f"{name}: {before[name]!r} before, {after[name]!r} now" for name in before if before[name] != after[name]
        ]


def merge_options(recorded: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recorded options of the reader under those given now; None takes the reader's default."""
    return {name: value for name, value in {**recorded, **given}.items() if value is not None}


def read_data(modality: Modality, path: Path, options: Mapping[str, Any], split: str | None) -> LabelledDataset[Any]:
    """Read a source; a split is an option of the reader where it has one, else a subfolder of that name.

    Raises:
        ValueError: The reader has no such option, or there is no such split; names those there are.
    """
    known = modality.reader_options
    check_options(options, known, f"the reader of {modality.name!r}")
    chosen = dict(options)
    if split is not None:
        if known is None or "split" in known:
            chosen["split"] = split
        elif (path / split).is_dir():
            path = path / split
        else:
            folders = sorted(entry.name for entry in path.iterdir() if entry.is_dir()) if path.is_dir() else []
            raise ValueError(
                f"{path} has no split {split!r}: the reader of {modality.name!r} takes a subfolder of that name, and "
                f"there {'are: ' + ', '.join(folders[:20]) if folders else 'are no subfolders'}; name the path itself"
            )
    dataset: LabelledDataset[Any] = modality.read(path, **chosen)
    return dataset


def quote(path: Path | str) -> str:
    """Return a path as a shell takes it, also one that begins like an option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
