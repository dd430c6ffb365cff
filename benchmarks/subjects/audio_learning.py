"""Subject `audio_learning`: SimCLR on spoken digits, linear probes for the digit and the speaker.

Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from typing import Any

from benchmarks.data.spoken_digits import SpokenDigits, load_spoken_digits, stand_in
from benchmarks.harness.records import continued, put, recorded, spread
from benchmarks.harness.subject import Journal, Result, Subject, Table
from benchmarks.learning.audio import CASES, MFCC, AudioSetting, run


class AudioLearning(Subject):
    """See the module."""

    name = "audio_learning"
    title = "Audio: what an encoder of spoken digits knows after training without labels"
    threads = 2
    peers = ("librosa",)
    distributions = ("torch", "numpy", "scikit-learn", "librosa", "soundfile")

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Cases, seeds and length."""
        parser.add_argument("--cases", nargs="+", metavar="CASE", default=list(CASES), help=f"of: {'; '.join(CASES)}")
        parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
        parser.add_argument("--epochs", type=int, default=AudioSetting.epochs)
        parser.add_argument("--again", action="store_true", help="repeat what is already recorded")
        parser.add_argument(
            "--validate", action="store_true", help="judge on takes 5 to 9, train on the later; nothing is written"
        )

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Train and probe what is not recorded yet; save after every (case, seed)."""
        if unknown := [case for case in options.cases if case not in CASES]:
            raise ValueError(f"no case is called {unknown[0]!r}; there are: {'; '.join(CASES)}")
        setting = AudioSetting(epochs=1 if options.quick else options.epochs, batch_size=32 if options.quick else 128)
        if options.validate:
            journal = Journal(None, journal.head)
        train, test = split(stand_in() if options.quick else load_spoken_digits(), options.validate)
        chosen = dataclasses.asdict(setting) | {"channels": list(setting.channels)}
        figures = continued(journal, chosen)
        for seed in [0] if options.quick else options.seeds:
            for case in options.cases:
                if case == MFCC and seed != options.seeds[0]:
                    continue  # nothing in it is random
                if options.again or not recorded(figures["records"], case, seed):
                    record = {"case": case, "seed": seed, **run(case, train, test, setting, seed)}
                    print(
                        f"seed {seed}  {case:<16} digit {record['digits']:.4f}  speaker {record['speakers']:.4f}  "
                        f"{record['seconds']:.0f} s",
                        flush=True,
                    )
                    put(figures["records"], record)
                    journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """One row a case, means over its seeds."""
        setting, records = result["setting"], result["records"]
        rows = tuple(
            _row(case, [r for r in records if r["case"] == case])
            for case in CASES
            if any(r["case"] == case for r in records)
        )
        note = (
            f"The official split: takes 0 to 4 of ten digits by six speakers are tested, 300 recordings; the others, "
            f"2,700, are trained on without labels, {setting['epochs']} epochs, batch {setting['batch_size']}, and "
            "with labels by the probe: logistic regression on standardised features. Accuracy in percent, mean "
            "(minimum to maximum) over seeds."
        )
        return [Table("Spoken digits, 8 kHz", ("case", "seeds", "digit", "speaker", "seconds of training"), rows, note)]


def split(data: SpokenDigits, validate: bool) -> tuple[SpokenDigits, SpokenDigits]:
    """(training, test) recordings: takes 0 to 4 are the test; to validate, takes 5 to 9, and 0 to 4 are left out."""
    if validate:
        return data.where(data.takes >= 10), data.where((data.takes >= 5) & (data.takes < 10))
    return data.where(data.takes >= 5), data.where(data.takes < 5)


def _row(case: str, records: list[dict[str, Any]]) -> tuple[str, ...]:
    return (
        case,
        ", ".join(str(r["seed"]) for r in records),
        spread([100 * r["digits"] for r in records], statistics.mean, 2),
        spread([100 * r["speakers"] for r in records], statistics.mean, 2),
        spread([r["seconds"] for r in records], statistics.median, 0) if any(r["seconds"] for r in records) else "-",
    )


SUBJECT = AudioLearning()
