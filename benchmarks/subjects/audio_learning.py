"""Subject `audio_learning`: SimCLR on spoken digits, linear probes for the digit and the speaker.

Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from typing import Any

from benchmarks.data.spoken_digits import SpokenDigits, load_spoken_digits, stand_in
from benchmarks.harness.learning_subject import LearningSubject, Record, seeds_of, spread
from benchmarks.harness.subject import Result, Table
from benchmarks.learning.audio import CASES, MFCC, AudioSetting, run


class AudioLearning(LearningSubject[tuple[SpokenDigits, SpokenDigits]]):
    """The subject that the module describes."""

    name = "audio_learning"
    title = "Audio: what an encoder of spoken digits knows after training without labels"
    threads = 2
    peers = ("librosa",)
    distributions = ("torch", "numpy", "scikit-learn", "librosa", "soundfile")
    epochs = AudioSetting.epochs
    validation = "judge on takes 5 to 9, train on the later"
    seedless = (MFCC,)

    def cases(self) -> tuple[str, ...]:
        return CASES

    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        setting = _setting(options)
        return dataclasses.asdict(setting) | {"channels": list(setting.channels)}

    def load(self, dataset: str, options: argparse.Namespace) -> tuple[SpokenDigits, SpokenDigits]:
        return (stand_in() if options.quick else load_spoken_digits()).split(options.validate)

    def run_case(
        self, case: str, data: tuple[SpokenDigits, SpokenDigits], seed: int, options: argparse.Namespace
    ) -> Record:
        return run(case, *data, _setting(options), seed)

    def tables(self, result: Result) -> list[Table]:
        """One row a case, means over its seeds."""
        setting = result["setting"]
        rows = tuple(_row(case, runs) for case, runs in self.by_case(result["records"]))
        note = (
            f"The official split: takes 0 to 4 of ten digits by six speakers are tested, 300 recordings; the others, "
            f"2,700, are trained on without labels, {setting['epochs']} epochs, batch {setting['batch_size']}, and "
            "with labels by the probe: logistic regression on standardized features. Accuracy in percent, mean "
            "(minimum to maximum) over seeds."
        )
        return [Table("Spoken digits, 8 kHz", ("case", "seeds", "digit", "speaker", "seconds of training"), rows, note)]


def _setting(options: argparse.Namespace) -> AudioSetting:
    return AudioSetting(epochs=1, batch_size=32) if options.quick else AudioSetting(epochs=options.epochs)


def _row(case: str, records: list[Record]) -> tuple[str, ...]:
    return (
        case,
        seeds_of(records),
        spread([100 * r["digits"] for r in records], statistics.mean, 2),
        spread([100 * r["speakers"] for r in records], statistics.mean, 2),
        spread([r["seconds"] for r in records], statistics.median, 0) if any(r["seconds"] for r in records) else "-",
    )


SUBJECT = AudioLearning()
