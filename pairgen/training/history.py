"""The record of a training run, epoch by epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

__all__ = ["EpochRecord", "History"]


@dataclass(frozen=True)
class EpochRecord:
    """The record of one epoch.

    Args:
        epoch: Number of the epoch, from 0.
        loss: Mean loss over its pairs.
        learning_rate: Learning rate of its last step.
        steps: Number of steps.
        pairs: Number of pairs, of all processes.
        seconds: Wall-clock time in seconds, loading included.
        pairs_per_second: pairs / seconds.
        figures: What the method tells of itself at the end of the epoch, such as a learned temperature, by name.
    """

    epoch: int
    loss: float
    learning_rate: float
    steps: int
    pairs: int
    seconds: float
    pairs_per_second: float
    figures: dict[str, float] = field(default_factory=dict)


@dataclass
class History:
    """The epochs of a run in order, those before a resume included; a sequence of `EpochRecord`.

    Args:
        epochs: The records.
    """

    epochs: list[EpochRecord] = field(default_factory=list)

    @property
    def loss(self) -> list[float]:
        """The mean loss of each epoch."""
        return [record.loss for record in self.epochs]

    def __len__(self) -> int:
        return len(self.epochs)

    def __iter__(self) -> Iterator[EpochRecord]:
        return iter(self.epochs)

    def __getitem__(self, epoch: int) -> EpochRecord:
        return self.epochs[epoch]

    def to_list(self) -> list[dict[str, Any]]:
        """Return the records as dicts, fit for JSON."""
        return [asdict(record) for record in self.epochs]

    @classmethod
    def from_list(cls, records: list[dict[str, Any]]) -> History:
        """Rebuild a history from `to_list`."""
        return cls([EpochRecord(**record) for record in records])

    def to_csv(self) -> str:
        """Return the records as a CSV table with a header line; the figures of the method are the last columns."""
        text = io.StringIO()
        columns = [f.name for f in fields(EpochRecord) if f.name != "figures"]
        columns += dict.fromkeys(name for record in self.epochs for name in record.figures)
        table = csv.DictWriter(text, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(record.pop("figures") | record for record in self.to_list())
        return text.getvalue()
