"""Subject `pairs_learning`: two towers on pairs that exist: images and captions, sounds and words, questions.

Every finished (case, seed) is written at once and skipped by a later call.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
from functools import cached_property
from typing import Any

import benchmarks.data.fashion_mnist as fashion_mnist
import benchmarks.data.spoken_digits as spoken_digits
import benchmarks.data.trec as trec
from benchmarks.harness.learning_subject import LearningSubject, Record, seeds_of, spread
from benchmarks.harness.subject import Result, Table
from benchmarks.learning import image, pairs
from benchmarks.learning.pairs import CAPTIONED, QUESTIONS, QUICK, SPOKEN, PairSetting

FASHION, DIGITS, TREC = "Fashion-MNIST", "spoken digits", "TREC"
CASES = tuple(
    f"{data}: {case}" for data, cases in ((FASHION, CAPTIONED), (DIGITS, SPOKEN), (TREC, QUESTIONS)) for case in cases
)


class PairData:
    """The three data sets, each loaded when a case first needs it.

    Args:
        options: Those of the subject.
        setting: Sizes.
    """

    def __init__(self, options: argparse.Namespace, setting: PairSetting) -> None:
        self._options, self._setting = options, setting

    @cached_property
    def images(self) -> fashion_mnist.FashionMNIST:
        """Fashion-MNIST; with `--validate`, training images from 50,000 on are the test images."""
        setting = image.Setting(images=self._setting.images, test_images=256 if self._options.quick else 10_000)
        return image.load_images(setting, validate=self._options.validate, quick=self._options.quick)

    @cached_property
    def sounds(self) -> spoken_digits.SpokenDigits:
        """The spoken digits."""
        return spoken_digits.stand_in() if self._options.quick else spoken_digits.load_spoken_digits()

    @cached_property
    def questions(self) -> trec.Trec:
        """The TREC questions; with `--validate`, the last 1,000 training questions are the test questions."""
        if self._options.quick:
            return trec.stand_in(64)
        return trec.load_trec().validation(1000) if self._options.validate else trec.load_trec()


class PairsLearning(LearningSubject[PairData]):
    """The subject that the module describes."""

    name = "pairs_learning"
    title = "Pairs that exist: two towers of images and captions, sounds and words, questions"
    threads = 2
    distributions = ("torch", "numpy", "scikit-learn", "tokenizers", "opencv-python-headless")
    validation = "test on held-out parts of the training data"

    def cases(self) -> tuple[str, ...]:
        return CASES

    def setting(self, options: argparse.Namespace) -> dict[str, Any]:
        return dataclasses.asdict(_setting(options))

    def load(self, dataset: str, options: argparse.Namespace) -> PairData:
        return PairData(options, _setting(options))

    def run_case(self, case: str, data: PairData, seed: int, options: argparse.Namespace) -> Record:
        setting = _setting(options)
        name, _, way = case.partition(": ")
        if name == FASHION:
            return pairs.captioned_images(way, data.images, setting, seed)
        if name == DIGITS:
            return pairs.spoken_digits(way, data.sounds, setting, seed, options.validate)
        return pairs.questions(way, data.questions, setting, seed)

    def tables(self, result: Result) -> list[Table]:
        """A table for each data set, one row a case, means over its seeds."""
        setting, records = result["setting"], self.by_case(result["records"])
        images = (
            f"{setting['images']:,} training images, each with one of four captions made of the name of its class by a "
            f"template, so that there are 40 different captions; {setting['image_epochs']} epochs in batches of "
            f"{setting['batch_size']}, {setting['small_batch_epochs']} in batches of 10. Zero-shot: the class whose "
            "captions are most similar, on the test images, ten classes: chance is 10 %. Linear probe: logistic "
            f"regression on the features of the same image encoder and {setting['probe_images']:,} labels."
        )
        sounds = (
            "Recordings of ten digits and the word of each; pairs of one word are no negatives of each other. The "
            "official split tests on takes 0 to 4; the held-out speaker is another one for each seed. Recall at 1: how "
            "many recordings find their word among ten, and how many of ten words find a recording of theirs; MAP@R of "
            "the latter."
        )
        questions = (
            "Each training question with another one of its class; pairs of one class are no negatives of each other "
            f"in a batch. {setting['text_epochs']} epochs without further negatives, then {setting['text_epochs']} "
            f"with one for each pair; relative margin {setting['relative_margin']}. kNN (k = {pairs.NEIGHBORS}) on the "
            "test questions; false negatives: the ratio of the negatives that are of the class of their anchor."
        )
        columns = "case", "seeds"
        return [
            _table(FASHION, ("zero_shot", "linear"), (*columns, "zero-shot", "linear probe"), images, records),
            _table(
                DIGITS,
                ("to_words", "to_recordings", "precision"),
                (*columns, "recording to word", "word to recording", "MAP@R"),
                sounds,
                records,
            ),
            _table(TREC, ("knn", "false_negatives"), (*columns, "kNN", "false negatives"), questions, records),
        ]


def _setting(options: argparse.Namespace) -> PairSetting:
    return QUICK if options.quick else PairSetting()


def _table(
    name: str, figures: tuple[str, ...], columns: tuple[str, ...], note: str, records: list[tuple[str, list[Record]]]
) -> Table:
    rows = []
    for case, runs in records:
        if case.startswith(f"{name}: "):
            values = [[100 * run[figure] for run in runs if run[figure] is not None] for figure in figures]
            shown = [spread(each, statistics.mean, 1) for each in values]
            seconds = spread([run["seconds"] for run in runs], statistics.median, 0)
            rows.append((case.removeprefix(f"{name}: "), seeds_of(runs), *shown, seconds))
    note += " In percent, mean (minimum to maximum) over seeds."
    return Table(name, (*columns, "seconds of training"), tuple(rows), note)


SUBJECT = PairsLearning()
