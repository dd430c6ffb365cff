"""What a run shows: metrics.csv, TensorBoard's event files, and the progress."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from pairgen._io import write_text
from pairgen.training.history import EpochRecord, History

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Logs", "ProgressBar", "ShowProgress"]

ShowProgress = bool | Literal["lines"] | None

LINE_SECONDS = 60.0
"""Seconds after which progress as lines says how far a long epoch is."""


class Logs:
    """Files of a run.

    Args:
        run_dir: Folder of the files; None writes nothing.
        first_step: Number of the first step; TensorBoard hides later events of a run that was interrupted.
        logger: "tensorboard" writes event files beside metrics.csv; None does not.

    Raises:
        ImportError: TensorBoard is not installed.
    """

    def __init__(self, run_dir: Path | None, first_step: int = 0, logger: str | None = None) -> None:
        self._run_dir = run_dir
        self._step = first_step
        self._writer: Any = None  # a SummaryWriter, which has no types
        if run_dir is not None and logger == "tensorboard":
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise ImportError(
                    "logger='tensorboard' needs TensorBoard: pip install 'pairgen[tensorboard]', or leave logger out"
                ) from error
            self._writer = SummaryWriter(str(run_dir), purge_step=first_step or None)

    def step(self, loss: float, learning_rate: float) -> None:
        """Log one step."""
        if self._writer is not None:
            self._writer.add_scalar("step/loss", loss, self._step)
            self._writer.add_scalar("step/learning_rate", learning_rate, self._step)
        self._step += 1

    def epoch(self, record: EpochRecord, history: History) -> None:
        """Log one epoch, which `history` includes already."""
        if self._run_dir is None:
            return
        if self._writer is not None:
            for name in ("loss", "pairs_per_second", "seconds"):
                self._writer.add_scalar(f"epoch/{name}", getattr(record, name), record.epoch)
            for name, value in record.figures.items():
                self._writer.add_scalar(f"epoch/{name}", value, record.epoch)
            self._writer.flush()
        write_text(self._run_dir / "metrics.csv", history.to_csv())

    def close(self) -> None:
        """Close the files."""
        if self._writer is not None:
            self._writer.close()


class ProgressBar:
    """The progress of a run on standard error, as a bar or as lines; used as a context manager.

    Args:
        show: Whether to show a bar; None for on a terminal only; "lines" for a line an epoch, and every minute within
            a long one, as a log file takes it.
        epochs: Number of epochs of the run.
        steps: Number of steps of an epoch; None if unknown.
        first_epoch: Epoch that the run begins with.
    """

    def __init__(self, show: ShowProgress, epochs: int, steps: int | None, first_epoch: int = 0) -> None:
        self._epochs, self._steps = epochs, steps
        self._bar: Progress | None = None
        self._lines = show == "lines"
        self._last_line = time.monotonic()
        self._step = 0  # within the epoch
        if not self._lines and (sys.stderr.isatty() if show is None else show):
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("loss {task.fields[loss]}"),
                TextColumn("{task.fields[rate]} pairs/s"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            total = None if steps is None else steps * epochs
            completed = 0 if steps is None else steps * first_epoch
            self._task = self._bar.add_task(
                "train", total=total, completed=completed, epoch=first_epoch + 1, epochs=epochs, loss="-", rate="-"
            )

    def __enter__(self) -> ProgressBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, epoch: int, loss: float, pairs_per_second: float) -> None:
        """Advance by one step."""
        if self._bar is not None:
            self._bar.update(
                self._task, advance=1, epoch=epoch + 1, loss=f"{loss:.4f}", rate=f"{pairs_per_second:,.0f}"
            )
        elif self._lines:
            self._step += 1
            if time.monotonic() - self._last_line >= LINE_SECONDS:
                of = "" if self._steps is None else f"/{self._steps}"
                self._write(epoch, f"step {self._step}{of}, loss {loss:.4f}, {pairs_per_second:,.0f} pairs/s")

    def epoch(self, record: EpochRecord) -> None:
        """End an epoch."""
        self._step = 0
        if self._lines:
            self._write(
                record.epoch,
                f"loss {record.loss:.4f}, {record.pairs_per_second:,.0f} pairs/s, {record.seconds:.1f} s",
            )

    def _write(self, epoch: int, text: str) -> None:
        self._last_line = time.monotonic()
        print(f"epoch {epoch + 1}/{self._epochs}: {text}", file=sys.stderr, flush=True)
