"""Subject `learning`: SimCLR on Fashion-MNIST, accuracy and wall-clock against lightly.

Cases of one seed train side by side, an epoch each in turn, so that a slow minute of the machine
falls on all of them. Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import nn

from benchmarks.data.fashion_mnist import FashionMNIST, load_fashion_mnist, stand_in
from benchmarks.harness.records import continued, put, recorded, spread
from benchmarks.harness.subject import Journal, Result, Subject, Table
from benchmarks.learning.image import OWN, PairgenRunner, compared, own
from benchmarks.peers.lightly import LightlyRunner, four_layers
from benchmarks.learning.image import probe
from benchmarks.learning.image import Setting

CELLS: int = OWN["encoder_options"]["cells"]


class Runner(Protocol):
    """One model in training; `epochs` is how many epochs it wants."""

    encoder: nn.Module
    epochs: int

    def epoch(self) -> float:
        """Train for one epoch; return the mean loss."""
        ...


Make = Callable[[FashionMNIST, Setting, int], Runner]
RUNNERS: dict[str, Make] = {
    "lightly": lambda data, setting, seed: LightlyRunner(data.train_images, setting, seed),
    "lightly, channels_last": lambda data, setting, seed: LightlyRunner(
        data.train_images, setting, seed, torch.channels_last
    ),
    "lightly, own encoder": lambda data, setting, seed: LightlyRunner(data.train_images, setting, seed, cells=CELLS),
    "pairgen": lambda data, setting, seed: PairgenRunner(data.train_images, compared(setting), seed),
    "pairgen, own recipe": lambda data, setting, seed: PairgenRunner(data.train_images, own(setting), seed),
}
UNTRAINED: dict[str, int] = {"untrained": 1, "untrained, own encoder": CELLS}
"""Cases that do not train, with the cells of their encoder."""

CASES = (*UNTRAINED, *RUNNERS)
QUICK = Setting(images=512, probe_images=256, test_images=256, epochs=1, batch_size=64)


class Learning(Subject):
    """See the module."""

    name = "learning"
    title = "Learning: SimCLR on Fashion-MNIST"
    threads = 2
    peers = ("lightly",)
    distributions = ("lightly", "torch", "torchvision", "numpy", "scikit-learn")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Cases, seeds and size."""
        names = "; ".join(CASES)
        parser.add_argument("--cases", nargs="+", metavar="CASE", default=list(CASES), help=f"of: {names}")
        parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
        parser.add_argument("--epochs", type=int, default=Setting.epochs)
        parser.add_argument("--images", type=int, default=Setting.images, help="to train on")
        parser.add_argument("--again", action="store_true", help="repeat what is already recorded")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Train and probe what is not recorded yet; save after every (case, seed)."""
        if unknown := [case for case in options.cases if case not in CASES]:
            raise ValueError(f"no case is called {unknown[0]!r}; there are: {', '.join(CASES)}")
        setting = QUICK if options.quick else Setting(images=options.images, epochs=options.epochs)
        seeds = [0] if options.quick else options.seeds
        try:
            data = load_fashion_mnist(setting.images, setting.test_images)
        except FileNotFoundError:
            if not options.quick:
                raise
            data = stand_in(setting.images, setting.test_images)
        figures = continued(journal, dataclasses.asdict(setting) | {"crop_scale": list(setting.crop_scale)})
        records = figures["records"]
        for seed in seeds:
            wanted = [c for c in options.cases if options.again or not recorded(records, c, seed)]
            for record in _one_seed(wanted, data, setting, seed):
                put(records, record)
                journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """One row a case, means over its seeds; then one row a (case, seed)."""
        setting, records = result["setting"], result["records"]
        lightly = [r for r in records if r["case"] == "lightly"]
        rows = [
            _row(case, [r for r in records if r["case"] == case], lightly)
            for case in CASES
            if any(r["case"] == case for r in records)
        ]
        each = tuple(
            (
                r["case"],
                str(r["seed"]),
                f"{100 * r['knn']:.2f}",
                f"{100 * r['linear']:.2f}",
                ", ".join(f"{s:.0f}" for s in r["seconds"]) or "-",
                f"{r['loss']:.3f}" if r["loss"] is not None else "-",
            )
            for r in sorted(records, key=lambda r: (CASES.index(r["case"]), r["seed"]))
        )
        note = (
            f"First {setting['images']:,} training images, {setting['epochs']} epochs, batch "
            f"{setting['batch_size']}, AdamW {setting['learning_rate']:g}, weight decay "
            f"{setting['weight_decay']:g}, temperature {setting['temperature']:g}. Probes: "
            f"standardised features of the first {setting['probe_images']:,} training images, "
            f"tested on {setting['test_images']:,} test images. Accuracy in percent, mean "
            "(minimum to maximum) over seeds. Seconds an epoch: median (minimum to maximum) over "
            "seeds and epochs. Time against lightly: the whole training, over the seeds both ran. Own encoder: the "
            f"network's last layer averages {CELLS} by {CELLS} parts of the image, not the whole, which already makes "
            "a random network better."
        )
        return [
            Table(
                "Accuracy and time",
                ("case", "seeds", "kNN", "linear", "seconds an epoch", "time against lightly"),
                tuple(rows),
                note,
            ),
            Table("Each run", ("case", "seed", "kNN", "linear", "seconds", "last loss"), each),
        ]


def _one_seed(cases: Sequence[str], data: FashionMNIST, setting: Setting, seed: int) -> Iterator[dict[str, Any]]:
    """Train the cases an epoch each in turn, then probe; one record a case."""
    runners = {case: RUNNERS[case](data, setting, seed) for case in cases if case in RUNNERS}
    seconds: dict[str, list[float]] = {case: [] for case in cases}
    losses: dict[str, float] = {}
    for epoch in range(max((r.epochs for r in runners.values()), default=0)):
        # The order alternates: nobody always runs after the same neighbour.
        for case, runner in list(runners.items())[:: -1 if epoch % 2 else 1]:
            if epoch >= runner.epochs:
                continue
            start = time.perf_counter()
            losses[case] = runner.epoch()
            seconds[case].append(round(time.perf_counter() - start, 3))
            print(
                f"seed {seed}  epoch {epoch}  {case:<24} {seconds[case][-1]:7.1f} s  loss {losses[case]:.4f}",
                flush=True,
            )
    for case in cases:
        encoder = runners[case].encoder if case in runners else _untrained(seed, UNTRAINED[case])
        scores = probe(encoder, data, setting.probe_images)
        print(
            f"seed {seed}  {case:<33} kNN {scores['knn']:.4f}  linear {scores['linear']:.4f}",
            flush=True,
        )
        yield {
            "case": case,
            "seed": seed,
            **scores,
            "seconds": seconds[case],
            "loss": losses.get(case),
        }


def _untrained(seed: int, cells: int) -> nn.Module:
    torch.manual_seed(seed)
    return four_layers(cells)


def _row(case: str, records: list[dict[str, Any]], lightly: list[dict[str, Any]]) -> tuple[str, ...]:
    epochs = [seconds for r in records for seconds in r["seconds"]]
    both = {r["seed"] for r in records} & {r["seed"] for r in lightly}
    ratio = "-"
    if epochs and both:
        own = sum(sum(r["seconds"]) for r in records if r["seed"] in both)
        ratio = f"{own / sum(sum(r['seconds']) for r in lightly if r['seed'] in both):.2f}"
    return (
        case,
        ", ".join(str(r["seed"]) for r in sorted(records, key=lambda r: int(r["seed"]))),
        spread([100 * r["knn"] for r in records], statistics.mean, 2),
        spread([100 * r["linear"] for r in records], statistics.mean, 2),
        spread(epochs, statistics.median, 1) if epochs else "-",
        ratio,
    )


SUBJECT = Learning()
