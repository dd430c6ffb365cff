"""Subject `losses`: time and memory of the losses, forward and backward, on one thread."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F

from benchmarks.harness.rates import Case, Group, RateSubject, Work
from benchmarks.harness.subject import Journal, Result, Table
from benchmarks.measures.peak_memory import measure_peak
from benchmarks.peers.losses import LOSSES, TOWER_WIDTH, TWO_TOWERS, WIDTH, views

SLOW = "pytorch-metric-learning"
TILE = 512  # rows of a tile of pairgen's on the CPU


class LossesSubject(RateSubject):
    """The subject that the module describes."""

    name = "losses"
    title = "Losses: time and memory on one thread"
    threads = 1
    peers = ("lightly", "pytorch_metric_learning")
    distributions = ("lightly", "pytorch-metric-learning", "torch", "numpy")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the largest batch of the last table."""
        super().add_arguments(parser)
        parser.add_argument("--largest", type=int, default=16, help="power of two of the largest batch (default 16)")

    def groups(self, quick: bool) -> Sequence[Group]:
        """NT-Xent over N, and the other losses at one N each."""
        if quick:
            return [loss_group("NT-Xent", 16, with_slow=True)]
        return [
            loss_group("NT-Xent", 128, with_slow=True),
            *(loss_group("NT-Xent", n) for n in (256, 512, 1024, 2048, 4096)),
            loss_group("SupCon", 1024, with_slow=True),
            loss_group("InfoNCE, symmetric", 1024),
            loss_group("InfoNCE, a queue of 16,384", 256),
        ]

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """The rates, then the memory, then pairgen alone over six doublings and more."""
        figures = super().run(options, journal)
        runs = 1 if options.quick else 3
        figures["memory"] = [
            [*case, [round(measure_peak(*case)[1], 2) for _ in range(runs)]] for case in _memory_cases(options.quick)
        ]
        journal.save(figures)
        figures["scale"] = []
        for power in (4,) if options.quick else range(10, options.largest + 1):
            seconds, mebibytes = measure_peak("NT-Xent", "pairgen", 2**power)
            figures["scale"].append([2**power, round(seconds, 3), round(mebibytes, 1)])
            journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """The rates, the memory, the growth."""
        return [*super().tables(result), _memory_table(result["memory"]), _scale_table(result["scale"])]


def loss_group(loss: str, n: int, *, with_slow: bool = False) -> Group:
    """Return the libraries that compute a loss of n pairs, forward and backward."""
    width = TOWER_WIDTH if loss in TWO_TOWERS else WIDTH

    def work(library: str) -> Callable[[], Work]:
        def setup() -> Work:
            compute, (a, b) = LOSSES[loss][library](), views(n, width)
            return lambda: torch.autograd.backward(compute(a, b))

        return setup

    cases = [Case(library, library, work(library), n) for library in LOSSES[loss] if with_slow or library != SLOW]
    note = f"Forward and backward of N pairs, D = {width}, float32."
    if loss == "NT-Xent":
        cases.append(Case("its products and exponentials", "torch", lambda: _limit(n), n, True))
        note += " The limit: the products and exponentials of half the matrix, each once, and nothing else."
    return Group(f"{loss}, N = {n:,}", "pairs", tuple(cases), note)


def _limit(n: int) -> Work:
    """The upper triangle of tiles, each once (pairgen: twice beyond 32 MiB), and the products of the gradient."""
    size = min(TILE, 2 * n)
    side = 2 * n // size
    rows, tile = F.normalize(torch.randn(size, WIDTH)), torch.zeros(size, size)
    out = torch.zeros(size, WIDTH)

    def work() -> None:
        for _ in range(side * (side + 1) // 2):
            torch.mm(rows, rows.T, out=tile)
            tile.exp_()
        for _ in range(side * side):
            torch.mm(tile, rows, out=out)

    return work


def _memory_cases(quick: bool) -> list[tuple[str, str, int]]:
    """Loss, library, N; pairgen first. The library whose NT-Xent is cubic in N only where that fits."""
    if quick:
        return [("NT-Xent", library, 8) for library in ("pairgen", SLOW)]
    cases = [("NT-Xent", library, n) for n in (1024, 4096) for library in LOSSES["NT-Xent"] if library != SLOW]
    cases += [("NT-Xent", library, 128) for library in ("pairgen", SLOW)]
    return cases + [(loss, library, 1024) for loss in ("SupCon", "InfoNCE, symmetric") for library in LOSSES[loss]]


def _memory_table(rows: Sequence[tuple[str, str, int, list[float]]]) -> Table:
    medians = {(loss, library, n): statistics.median(peaks) for loss, library, n, peaks in rows}
    shown = tuple(
        (loss, library, f"{n:,}", f"{median:,.1f}", over(median, medians[loss, "pairgen", n]))
        for (loss, library, n), median in medians.items()
    )
    n, median = next((n, m) for (loss, library, n), m in medians.items() if (loss, library) == ("NT-Xent", SLOW))
    return Table(
        "Extra peak memory",
        ("loss", "library", "N", "MiB", "over pairgen's"),
        shown,
        "Peak of the resident memory over one forward and backward, beyond what was in use before, in a fresh process; "
        f"median of {len(rows[0][3])}. NT-Xent of {SLOW} compares every positive with every negative, which is cubic "
        f"in N: by the figure at N = {n:,} it would take {median * (1024 / n) ** 3 / 1024:,.0f} GiB at N = 1,024. That "
        "is an estimate; it does not fit here and was not run.",
    )


def over(peak: float, own: float) -> str:
    """Return a peak over pairgen's own; "-" where that is nothing."""
    return f"{peak / own:.1f}" if own else "-"  # nothing beyond what was in use, as at tiny N


def _scale_table(rows: Sequence[tuple[int, float, float]]) -> Table:
    shown = tuple(
        (
            f"{n:,}",
            "pairgen",
            f"{seconds:,.3f}",
            f"{seconds / n**2 * 1e9:.1f}",
            f"{mib:,.1f}",
            f"{4 * n * n / 2**28:,.2f}",
        )
        for n, seconds, mib in rows
    )
    return Table(
        "NT-Xent alone, over N",
        ("N", "library", "s", "ns a pair of pairs", "extra MiB", "one dense matrix, GiB"),
        shown,
        "One forward and backward in a fresh process. Time grows as N^2, memory as N; the last column is what the "
        "float32 similarities of all views would take, of which a dense loss keeps several.",
    )


SUBJECT = LossesSubject()
