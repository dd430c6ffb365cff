"""Subject `methods`: each method against the encoder it began with, by frozen features.

Images: SimCLR, MoCo, SupCon and Siamese on Fashion-MNIST, in the setting of `learning`. Speech: CPC on spoken digits.
Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness.records import continued, put, recorded, spread
from benchmarks.harness.subject import Journal, Result, Subject, Table
from benchmarks.learning import method_images as images
from benchmarks.learning import method_speech as speech
from benchmarks.learning.image import Setting

IMAGE_CASES = ("untrained", *images.CASES)
CASES = (*IMAGE_CASES, *speech.CASES)
QUICK = Setting(images=512, probe_images=256, test_images=256, epochs=1, batch_size=64)

Run = Callable[[str, int], dict[str, Any]]


class Methods(Subject):
    """See the module."""

    name = "methods"
    title = "Methods: what frozen features know after training without, or with, labels"
    threads = 2
    distributions = ("torch", "numpy", "scikit-learn", "soundfile")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Cases, seeds and size."""
        parser.add_argument("--cases", nargs="+", metavar="CASE", default=list(CASES), help=f"of: {'; '.join(CASES)}")
        parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
        parser.add_argument("--epochs", type=int, default=Setting.epochs, help="on images")
        parser.add_argument("--images", type=int, default=Setting.images, help="to train on")
        parser.add_argument("--again", action="store_true", help="repeat what is already recorded")
        parser.add_argument(
            "--validate", action="store_true", help="judge on training data that no case trains on; nothing is written"
        )

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Train and probe what is not recorded yet; save after every (case, seed)."""
        if unknown := [case for case in options.cases if case not in CASES]:
            raise ValueError(f"no case is called {unknown[0]!r}; there are: {'; '.join(CASES)}")
        setting = QUICK if options.quick else Setting(images=options.images, epochs=options.epochs)
        spoken = speech.SpeechSetting(epochs=1, batch_size=20) if options.quick else speech.SpeechSetting()
        if options.validate:
            journal = Journal(None, journal.head)
        figures = continued(journal, _as_json(setting, spoken))
        with tempfile.TemporaryDirectory() as folder:
            run = _runner(options, setting, spoken, Path(folder))
            for seed in [0] if options.quick else options.seeds:
                for case in options.cases:
                    if options.again or not recorded(figures["records"], case, seed):
                        record = {"case": case, "seed": seed, **run(case, seed)}
                        print(
                            f"seed {seed}  {case:<26} kNN {record['knn']:.4f}  linear {record['linear']:.4f}",
                            flush=True,
                        )
                        put(figures["records"], record)
                        journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """One table a data set, a row a case, means over its seeds."""
        setting, spoken = result["setting"]["images"], result["setting"]["speech"]
        columns = ("case", "seeds", "kNN", "linear", "seconds an epoch")
        found = [
            Table(
                "Fashion-MNIST",
                columns,
                _rows(result["records"], IMAGE_CASES),
                f"Encoder, recipe and optimiser of `learning`: first {setting['images']:,} training images, "
                f"{setting['epochs']} epochs, batch {setting['batch_size']}. SupCon and Siamese see the labels of "
                f"these images, the others none. Probes on {setting['probe_images']:,} training and "
                f"{setting['test_images']:,} test images. Accuracy in percent, mean (minimum to maximum) over seeds.",
            ),
            Table(
                "Spoken digits, 8 kHz",
                columns,
                _rows(result["records"], speech.CASES),
                f"CPC on raw waveforms, {spoken['epochs']} epochs, without labels; mean contexts of whole recordings. "
                "The official split: takes 0 to 4 are tested, 300 recordings of ten digits, so chance is 10 %.",
            ),
        ]
        return [table for table in found if table.rows]


def _as_json(setting: Setting, spoken: speech.SpeechSetting) -> dict[str, Any]:
    return {
        "images": dataclasses.asdict(setting) | {"crop_scale": list(setting.crop_scale)},
        "speech": dataclasses.asdict(spoken),
        "methods": {name: options for name, (_, options) in images.CASES.items()},
    }


def _runner(options: argparse.Namespace, setting: Setting, spoken: speech.SpeechSetting, folder: Path) -> Run:
    """(case, seed) -> its figures; data is loaded for the cases that are asked for."""
    pictures = digits = None
    if set(options.cases) & set(IMAGE_CASES):
        pictures = images.load(setting, validate=options.validate, quick=options.quick)
    if set(options.cases) & set(speech.CASES):
        digits = speech.stand_in() if options.quick else speech.read_digits(folder, validate=options.validate)

    def run(case: str, seed: int) -> dict[str, Any]:
        if pictures is not None and case in IMAGE_CASES:
            return images.train_and_probe(case, pictures, setting, seed)
        if digits is None:
            raise ValueError(f"the data of {case!r} was not loaded")
        return speech.train_and_probe(case, digits, spoken, seed)

    return run


def _rows(records: list[dict[str, Any]], cases: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    rows = []
    for case in cases:
        mine = sorted((r for r in records if r["case"] == case), key=lambda r: int(r["seed"]))
        if mine:
            seconds = [s for r in mine for s in r["seconds"]]
            rows.append(
                (
                    case,
                    ", ".join(str(r["seed"]) for r in mine),
                    spread([100 * r["knn"] for r in mine], statistics.mean, 2),
                    spread([100 * r["linear"] for r in mine], statistics.mean, 2),
                    spread(seconds, statistics.median, 1) if seconds else "-",
                )
            )
    return tuple(rows)


SUBJECT = Methods()
