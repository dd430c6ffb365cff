"""Subject `methods`: each method against the encoder it began with, by frozen features.

Images: SimCLR, MoCo, SupCon and Siamese on Fashion-MNIST, in the setting of `learning`. Speech: CPC on spoken digits.
Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from functools import cached_property
from typing import Any

from benchmarks.data import spoken_digits
from benchmarks.data.fashion_mnist import FashionMNIST
from benchmarks.harness.learning_subject import LearningSubject, Record, seeds_of, spread
from benchmarks.harness.subject import Result, Table
from benchmarks.learning import methods as learning
from benchmarks.learning.image import Setting, load_images, setting_as_json, setting_of
from benchmarks.learning.methods import IMAGE_CASES, IMAGE_METHODS, SPEECH_CASES, SpeechSetting, Split

CASES = (*IMAGE_CASES, *SPEECH_CASES)


class MethodsData:
    """Images and spoken digits, loaded when a case asks for them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    @cached_property
    def images(self) -> FashionMNIST:
        return load_images(setting_of(self.options), validate=self.options.validate, quick=self.options.quick)

    @cached_property
    def digits(self) -> Split:
        data = spoken_digits.stand_in() if self.options.quick else spoken_digits.load_spoken_digits()
        return learning.read_digits(data, validate=self.options.validate)


class Methods(LearningSubject[MethodsData]):
    """The subject that the module describes."""

    name = "methods"
    title = "Methods: what frozen features know after training without, or with, labels"
    threads = 2
    distributions = ("torch", "numpy", "scikit-learn", "soundfile")
    epochs = Setting.epochs
    validation = "judge on training data that no case trains on"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the number of images."""
        super().add_arguments(parser)
        parser.add_argument("--images", type=int, default=Setting.images, help="to train on")

    def cases(self) -> tuple[str, ...]:
        return CASES

    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        return {
            "images": setting_as_json(setting_of(options)),
            "speech": dataclasses.asdict(_speech_setting(options)),
            "methods": {name: method_options for name, (_, method_options) in IMAGE_METHODS.items()},
        }

    def load(self, dataset: str, options: argparse.Namespace) -> MethodsData:
        return MethodsData(options)

    def run_case(self, case: str, data: MethodsData, seed: int, options: argparse.Namespace) -> Record:
        if case in IMAGE_CASES:
            return learning.train_on_images(case, data.images, setting_of(options), seed)
        return learning.train_on_speech(case, data.digits, _speech_setting(options), seed)

    def tables(self, result: Result) -> list[Table]:
        """One table a data set, a row a case, means over its seeds."""
        setting, spoken = result["setting"]["images"], result["setting"]["speech"]
        rows = {case: _row(case, runs) for case, runs in self.by_case(result["records"])}
        columns = ("case", "seeds", "kNN", "linear", "seconds an epoch")
        tables = [
            Table(
                "Fashion-MNIST",
                columns,
                tuple(rows[case] for case in IMAGE_CASES if case in rows),
                f"Encoder, recipe and optimizer of `learning`: first {setting['images']:,} training images, "
                f"{setting['epochs']} epochs, batch {setting['batch_size']}. SupCon and Siamese see the labels of "
                f"these images, the others none. Probes on {setting['probe_images']:,} training and "
                f"{setting['test_images']:,} test images. Accuracy in percent, mean (minimum to maximum) over seeds.",
            ),
            Table(
                "Spoken digits, 8 kHz",
                columns,
                tuple(rows[case] for case in SPEECH_CASES if case in rows),
                f"CPC on raw waveforms, {spoken['epochs']} epochs, without labels; mean contexts of whole recordings. "
                "The official split: takes 0 to 4 are tested, 300 recordings of ten digits, so chance is 10 %.",
            ),
        ]
        return [table for table in tables if table.rows]


def _speech_setting(options: argparse.Namespace) -> SpeechSetting:
    return SpeechSetting(epochs=1, batch_size=20) if options.quick else SpeechSetting()


def _row(case: str, records: list[Record]) -> tuple[str, ...]:
    return (
        case,
        seeds_of(records),
        spread([100 * r["knn"] for r in records], statistics.mean, 2),
        spread([100 * r["linear"] for r in records], statistics.mean, 2),
        spread([seconds for r in records for seconds in r["seconds"]], statistics.median, 1),
    )


SUBJECT = Methods()
