"""What `pairgen train` records of a run in run.json, and how later commands read data by it."""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pairgen._io import write_text
from pairgen.cli.console import to_json
from pairgen.cli.members import find_modalities
from pairgen.cli.options import OnError, check_options, parse_settings

if TYPE_CHECKING:
    from torch import nn

    from pairgen.modality import Modality

__all__ = ["Run", "check_reading", "merge_options", "quote", "read_data"]

_FILE = "run.json"


@dataclass(frozen=True)
class Run:
    """How the data of a run was read; what later commands take where the user says nothing else.

    Args:
        modality: Name of the modality, or the two names of pairs, such as "image+text".
        source: Absolute path of the data; None for a run that Python code made.
        read_options: Options of the reader.
        split: Subset of the data, or None.
        batch_size: Items a batch.
        on_error: "raise" or "skip".
        tower: Position of the member that is read of pairs; None for both. It is not recorded.
    """

    modality: str
    source: str | None = None
    read_options: Mapping[str, Any] = field(default_factory=dict)
    split: str | None = None
    batch_size: int = 256
    on_error: str = "raise"
    tower: int | None = None

    def save(self, folder: Path) -> None:
        """Write run.json into the folder of the run."""
        write_text(folder / _FILE, json.dumps(self._recorded(), indent=1) + "\n")

    def _recorded(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "tower"}

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
            return cls(spec["modality"] if isinstance(spec["modality"], str) else "+".join(spec["modality"]))
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            run = cls(**{entry.name: values[entry.name] for entry in fields(cls) if entry.name != "tower"})
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
            raise ValueError(
                "the run does not say where such data is, as it was not made by `pairgen train` on it; give PATH"
            )
        return Path(self.source)

    def read(self, path: Path | None, read_option: list[str] | None = None, split: str | None = None) -> Any:
        """Read data as the run did, but for the options that the user gives now."""
        options = merge_options(self.read_options, parse_settings(read_option or [], "--read-option"))
        dataset = read_data(find_modalities(self.modality), self.data(path), options, split or self.split)
        return dataset if self.tower is None else dataset.side(self.tower)

    @property
    def modalities(self) -> list[str]:
        """The names of its one or two modalities."""
        return self.modality.split("+")

    def of_tower(self, tower: int, unpaired: bool = False) -> Run:
        """Return a run that reads the items of one tower; of a run of one modality, the run itself.

        Args:
            tower: Position of the member of the pairs.
            unpaired: Whether the data to read holds items of that member alone, for its modality's own reader.

        Raises:
            ValueError: `unpaired` for a run that is not of pairs.
        """
        if len(self.modalities) == 1:
            if unpaired:
                raise ValueError("--unpaired is for runs of pairs; leave it out")
            return self
        if not unpaired:
            return replace(self, tower=tower)
        return replace(self, modality=self.modalities[tower], source=None, read_options={}, split=None)

    def changes(self, other: Run) -> list[str]:
        """Return a line for each value of the run that another one of the same modality has otherwise."""
        before, after = (to_json(run._recorded()) for run in (self, other))
        return [
            f"{name}: {before[name]!r} before, {after[name]!r} now" for name in before if before[name] != after[name]
        ]


def merge_options(recorded: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recorded options of the reader under those given now; None takes the reader's default."""
    return {name: value for name, value in {**recorded, **given}.items() if value is not None}


def check_reading(modalities: Sequence[Modality], options: Mapping[str, Any]) -> None:
    """Raise ValueError for an option that the reader of a modality, or of pairs, does not have."""
    if len(modalities) == 1:
        check_options(options, modalities[0].reader_options, f"the reader of {modalities[0].name!r}")
        return
    from pairgen.data import read_pairs
    from pairgen.modality import keyword_options

    check_options(options, keyword_options(read_pairs, skip=2), "the reader of pairs")


def read_data(modalities: Sequence[Modality], path: Path, options: Mapping[str, Any], split: str | None) -> Any:
    """Read items of one modality, or pairs of two.

    A split is an option of the reader where it has one, else a subfolder of that name.

    Raises:
        ValueError: The reader has no such option, or there is no such split; names those there are.
    """
    check_reading(modalities, options)
    if len(modalities) == 2:
        from pairgen.data import read_pairs

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*`dataset.ignored` lists them")  # the commands list it
            return read_pairs(path, [one.name for one in modalities], **options, split=split)
    modality = modalities[0]
    known = modality.reader_options
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
    return modality.read(path, **chosen)


def quote(path: Path | str) -> str:
    """Return a path as a shell takes it, also one that begins like an option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
