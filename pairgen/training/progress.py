"""The progress bar: epoch, loss, pairs per second, time left."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

__all__ = ["ProgressBar"]


class ProgressBar:
    """A bar over the steps of a run, on standard error; used as a context manager.

    show: None shows it on a terminal only. steps: of an epoch, None if unknown. first_epoch: where the run begins.
    """

    def __init__(self, show: bool | None, epochs: int, steps: int | None, first_epoch: int = 0) -> None:
        self._epochs = epochs
        self._bar: Any = None
        if sys.stderr.isatty() if show is None else show:
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
            done = 0 if steps is None else steps * first_epoch
            shown = {"epoch": first_epoch + 1, "epochs": epochs, "loss": "-", "rate": "-"}
            self._task = self._bar.add_task("train", total=total, completed=done, **shown)

    def __enter__(self) -> ProgressBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, epoch: int, loss: float, pairs_per_second: float) -> None:
        """Advance by one step."""
        if self._bar is not None:
            shown = {"epoch": epoch + 1, "loss": f"{loss:.4f}", "rate": f"{pairs_per_second:,.0f}"}
            self._bar.update(self._task, advance=1, **shown)
