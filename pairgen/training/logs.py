"""What a run leaves to look at: metrics.csv and TensorBoard's event files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pairgen.training.checkpoint import write_text
from pairgen.training.history import EpochRecord, History

__all__ = ["Logs"]


class Logs:
    """Logs of a run in `run_dir`; without one, nothing is written.

    first_step: the number of the first step; events of a run that was cut off after it are hidden by TensorBoard.
    """

    def __init__(self, run_dir: Path | None, first_step: int = 0) -> None:
        self._run_dir = run_dir
        self._step = first_step
        self._writer: Any = None
        if run_dir is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(run_dir), purge_step=first_step or None)

    def step(self, loss: float, learning_rate: float) -> None:
        """Log one step."""
        if self._writer is not None:
            self._writer.add_scalar("step/loss", loss, self._step)
            self._writer.add_scalar("step/learning_rate", learning_rate, self._step)
        self._step += 1

    def epoch(self, record: EpochRecord, history: History) -> None:
        """Log one epoch; `history` holds it already."""
        if self._run_dir is None:
            return
        for name in ("loss", "pairs_per_second", "seconds"):
            self._writer.add_scalar(f"epoch/{name}", getattr(record, name), record.epoch)
        self._writer.flush()
        write_text(self._run_dir / "metrics.csv", history.to_csv())

    def close(self) -> None:
        """Close the files."""
        if self._writer is not None:
            self._writer.close()
