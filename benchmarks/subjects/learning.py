"""Subject `learning`: SimCLR on Fashion-MNIST, accuracy and wall-clock against lightly.

Cases of one seed train side by side, an epoch each in turn, so that a slow minute of the machine
falls on all of them. Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import nn

from benchmarks.data.fashion_mnist import FashionMNIST
from benchmarks.harness.learning_subject import LearningSubject, Record, seeds_of, spread
from benchmarks.harness.subject import Result, Table
from benchmarks.learning.image import (
    OWN,
    PairgenRunner,
    Setting,
    comparison_options,
    load_images,
    own_options,
    probe,
    setting_as_json,
    setting_of,
)
from benchmarks.peers.lightly import LightlyRunner, four_layers

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
    "pairgen": lambda data, setting, seed: PairgenRunner(data.train_images, comparison_options(setting), seed),
    "pairgen, own recipe": lambda data, setting, seed: PairgenRunner(data.train_images, own_options(setting), seed),
}
UNTRAINED: dict[str, int] = {"untrained": 1, "untrained, own encoder": CELLS}
"""Cases that do not train, with the cells of their encoder."""

CASES = (*UNTRAINED, *RUNNERS)


class Learning(LearningSubject[FashionMNIST]):
    """The subject that the module describes."""

    name = "learning"
    title = "Learning: SimCLR on Fashion-MNIST"
    threads = 2
    peers = ("lightly",)
    distributions = ("lightly", "torch", "torchvision", "numpy", "scikit-learn")
    epochs = Setting.epochs

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the number of images."""
        super().add_arguments(parser)
        parser.add_argument("--images", type=int, default=Setting.images, help="to train on")

    def cases(self) -> tuple[str, ...]:
        return CASES

    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        return setting_as_json(setting_of(options))

    def load(self, dataset: str, options: argparse.Namespace) -> FashionMNIST:
        return load_images(setting_of(options), validate=False, quick=options.quick)

    def run_case(self, case: str, data: FashionMNIST, seed: int, options: argparse.Namespace) -> Record:
        return dict(self.run_cases([case], data, seed, options))[case]

    def run_cases(
        self, cases: Sequence[str], data: FashionMNIST, seed: int, options: argparse.Namespace
    ) -> Iterator[tuple[str, Record]]:
        """Train the cases of a seed side by side, then probe them."""
        return _one_seed(cases, data, setting_of(options), seed)

    def tables(self, result: Result) -> list[Table]:
        """One row a case, means over its seeds; then one row a (case, seed)."""
        setting, records = result["setting"], result["records"]
        lightly = [r for r in records if r["case"] == "lightly"]
        rows = [_row(case, runs, lightly) for case, runs in self.by_case(records)]
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
            f"standardized features of the first {setting['probe_images']:,} training images, "
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


def _one_seed(cases: Sequence[str], data: FashionMNIST, setting: Setting, seed: int) -> Iterator[tuple[str, Record]]:
    """Train the cases an epoch each in turn, then probe; the figures of each case."""
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
        yield case, {**scores, "seconds": seconds[case], "loss": losses.get(case)}


def _untrained(seed: int, cells: int) -> nn.Module:
    torch.manual_seed(seed)
    return four_layers(cells)


def _row(case: str, records: list[Record], lightly: list[Record]) -> tuple[str, ...]:
    epochs = [seconds for r in records for seconds in r["seconds"]]
    both = {r["seed"] for r in records} & {r["seed"] for r in lightly}
    ratio = "-"
    if epochs and both:
        own = sum(sum(r["seconds"]) for r in records if r["seed"] in both)
        ratio = f"{own / sum(sum(r['seconds']) for r in lightly if r['seed'] in both):.2f}"
    return (
        case,
        seeds_of(records),
        spread([100 * r["knn"] for r in records], statistics.mean, 2),
        spread([100 * r["linear"] for r in records], statistics.mean, 2),
        spread(epochs, statistics.median, 1),
        ratio,
    )


SUBJECT = Learning()
