"""Subject `tower_losses`: time and memory of the losses of two towers in a large batch, on one thread."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks.harness.rates import Group, RateSubject
from benchmarks.harness.subject import Journal, Result, Table
from benchmarks.measures.peak_memory import measure_peak
from benchmarks.peers.losses import LOSSES, TOWER_WIDTH, TWO_TOWERS
from benchmarks.subjects.losses import loss_group, over

PAIRS = 16_384


class TowerLossesSubject(RateSubject):
    """The subject that the module describes."""

    name = "tower_losses"
    title = "Losses of two towers: time and memory on one thread"
    threads = 1
    distributions = ("torch", "numpy")

    def groups(self, quick: bool) -> Sequence[Group]:
        """CLIP's loss and SigLIP's, against the formulas of open_clip."""
        return [loss_group(loss, 16 if quick else PAIRS) for loss in TWO_TOWERS]

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """The rates, then the memory in fresh processes."""
        figures = super().run(options, journal)
        n = 16 if options.quick else PAIRS
        figures["memory"] = []
        for loss in TWO_TOWERS:
            for library in LOSSES[loss]:
                figures["memory"].append([loss, library, n, round(measure_peak(loss, library, n)[1], 2)])
                journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """The rates, and the memory."""
        peaks = {(loss, library): peak for loss, library, _, peak in result["memory"]}
        shown = tuple(
            (loss, library, f"{n:,}", f"{peak:,.1f}", over(peak, peaks[loss, "pairgen"]))
            for loss, library, n, peak in result["memory"]
        )
        note = (
            f"Peak of the resident memory over one forward and backward of embeddings (N, {TOWER_WIDTH}), beyond what "
            "was in use before, in a fresh process."
        )
        table = Table("Extra peak memory", ("loss", "library", "N", "MiB", "over pairgen's"), shown, note)
        return [*super().tables(result), table]


SUBJECT = TowerLossesSubject()
