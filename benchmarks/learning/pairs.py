"""Two towers trained on pairs that exist: what `pairs_learning` compares."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

import pairgen
from benchmarks.data.fashion_mnist import MEAN, STD, FashionMNIST
from benchmarks.data.spoken_digits import RATE, SpokenDigits
from benchmarks.data.trec import Trec
from benchmarks.learning import image, text
from pairgen.augmentation import Compose, RandomApply
from pairgen.data import PairedDataset
from pairgen.evaluation import embed, knn_probe, linear_probe, retrieval, zero_shot
from pairgen.methods import CLIP
from pairgen.modalities.audio import GaussianNoise, RandomCrop, TimeShift
from pairgen.modality import Recipe
from pairgen.pairs import NoDuplicates, mine_negatives

CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
TEMPLATES = ("a photo of a {}", "an image of one {}", "the {} in gray", "a small picture of a {}")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NEIGHBORS = 20

Rows = npt.NDArray[np.int64]
Figures = dict[str, Any]


@dataclass(frozen=True)
class PairSetting:
    """Sizes and epochs; AdamW with the trainer's cosine schedule.

    images, probe_images: training images that the towers see, and that the linear probe sees.
    small_batch_epochs: epochs with batches of 10, which have 25 times the steps.
    """

    images: int = 10_000
    probe_images: int = 10_000
    image_epochs: int = 3
    small_batch_epochs: int = 1
    audio_epochs: int = 8
    text_epochs: int = 6
    batch_size: int = 256
    learning_rate: float = 2e-3
    projection_dim: int = 64
    relative_margin: float = 0.05


QUICK = PairSetting(images=256, probe_images=128, image_epochs=1, audio_epochs=1, text_epochs=1, batch_size=32)


def train(
    method: CLIP, sampler: pairgen.PairSampler, pairs: Any, epochs: int, setting: PairSetting, **options: Any
) -> float:
    """Train on the CPU; return the seconds that it took."""
    start = time.perf_counter()
    loader = sampler.loader(pairs, **{"batch_size": setting.batch_size, "shuffle": True, "batched": True, **options})
    trainer = pairgen.Trainer(
        method, epochs=epochs, learning_rate=setting.learning_rate, device="cpu", seed=sampler.seed, progress=False
    )
    trainer.fit(loader)
    return round(time.perf_counter() - start, 1)


def _text_tower(texts: list[str], width: int = 64) -> nn.Module:
    options = pairgen.get_modality("text").encoder_options("bag", pairgen.get_modality("text").read(texts), ["a text"])
    return pairgen.create_encoder("text", "bag", width=width, **options)


# -- Fashion-MNIST with captions ---------------------------------------------------------------------------------------

CAPTIONED = ("as they come", "as they come, batches of 10", "NoDuplicates, batches of 10", "equal labels masked")


def captioned_images(case: str, data: FashionMNIST, setting: PairSetting, seed: int) -> Figures:
    """Zero-shot accuracy on the test images, and that of a linear probe of the image tower's features."""
    captions = [[template.format(name) for template in TEMPLATES] for name in CLOTHES]
    pairs = PairedDataset(
        {"image": list(data.train_images), "text": [captions[label] for label in data.train_labels]},
        data.train_labels,
        CLOTHES,
    )
    torch.manual_seed(seed)
    method = CLIP(
        pairgen.create_encoder("image", "small-cnn", cells=4),
        _text_tower([caption for each in captions for caption in each]),
        setting.projection_dim,
        mask_duplicates="label" if case == CAPTIONED[3] else None,
    )
    sampler = pairgen.PairSampler(("image", "text"), recipe=(image.small_gray(), "eval"), seed=seed)
    small = "batches of 10" in case
    options: dict[str, Any] = {"batch_size": 10} if small else {}
    epochs = setting.small_batch_epochs if small else setting.image_epochs
    if case.startswith("NoDuplicates"):
        options |= {"batches": NoDuplicates("label")}
    seconds = train(method, sampler, pairs, epochs, setting, drop_last=True, **options)
    pixels = torch.from_numpy(data.test_images).unsqueeze(1).float().div(255).sub(MEAN).div(STD)
    predicted = zero_shot(method, pixels, CLOTHES, TEMPLATES, samplers=(None, pairgen.PairSampler("text", "eval")))
    trained: Any = method.towers[0]
    probe = linear_probe(
        image.features(trained.encoder, data.train_images[: setting.probe_images]),
        data.train_labels[: setting.probe_images],
        image.features(trained.encoder, data.test_images),
        data.test_labels,
    )
    return {
        "zero_shot": float(np.mean(predicted.predictions == data.test_labels)),
        "linear": probe.accuracy,
        "seconds": seconds,
    }


# -- spoken digits with their words ------------------------------------------------------------------------------------

SPOKEN = ("official split", "held-out speaker")


def spoken_recipe() -> Recipe:
    """A recording cut, shifted in time, with noise at times."""
    view = Compose([RandomCrop(0.6), TimeShift(0.1, fill="zeros"), RandomApply(GaussianNoise((10.0, 40.0)), p=0.5)])
    return replace(pairgen.get_modality("audio").recipes.get("eval")(sample_rate=RATE), first=view, second=view)


def split_speakers(data: SpokenDigits, case: str, seed: int, validate: bool) -> tuple[SpokenDigits, SpokenDigits]:
    """(training, test) recordings: the official split, or all of one speaker, another one for each seed, as test."""
    if case == SPOKEN[0]:
        return data.split(validate)
    held = seed % (int(data.speakers.max()) + 1)
    return data.where(data.speakers != held), data.where(data.speakers == held)


def spoken_digits(case: str, data: SpokenDigits, setting: PairSetting, seed: int, validate: bool) -> Figures:
    """Recall at 1 of words by recordings and of recordings by words, on recordings that were not trained on."""
    known, unknown = split_speakers(data, case, seed, validate)
    pairs = PairedDataset({"audio": known.clips, "text": [WORDS[digit] for digit in known.digits]}, known.digits, WORDS)
    torch.manual_seed(seed)
    hearing = pairgen.create_encoder(
        "audio", "log-mel-cnn", sample_rate=RATE, n_mels=40, channels=(24, 48, 96), out_features=256
    )
    method = CLIP(hearing, _text_tower(list(WORDS)), setting.projection_dim, mask_duplicates="label")
    sampler = pairgen.PairSampler(("audio", "text"), recipe=(spoken_recipe(), "eval"), seed=seed)
    seconds = train(method, sampler, pairs, setting.audio_epochs, setting, drop_last=True)
    heard, read = method.towers
    recordings = embed(heard, unknown.clips, sampler=pairgen.PairSampler("audio", "eval"), device="cpu")
    words = embed(read, list(WORDS), sampler=pairgen.PairSampler("text", "eval"), device="cpu")
    scores = retrieval(recordings.features, words.features, (1,), relevant=(unknown.digits, np.arange(len(WORDS))))
    return {
        "to_words": scores.first_to_second.recall[1],
        "to_recordings": scores.second_to_first.recall[1],
        "precision": scores.second_to_first.map_at_r,
        "seconds": seconds,
    }


# -- questions of one class --------------------------------------------------------------------------------------------

QUESTIONS = ("in-batch negatives", "random negatives", "mined negatives", "mined, relative margin") + (
    "mined, other classes",
)


def question_pairs(data: Trec, seed: int) -> tuple[list[str], list[str], Rows]:
    """(anchors, positives, the class of each pair): each question with another one of its class."""
    rng = np.random.default_rng(seed)
    partner = np.arange(len(data.train))
    for label in np.unique(data.train_labels):
        members = rng.permutation(np.flatnonzero(data.train_labels == label))
        partner[members] = np.roll(members, 1)
    return data.train, [data.train[i] for i in partner], data.train_labels


def questions(case: str, data: Trec, setting: PairSetting, seed: int) -> Figures:
    """KNN accuracy on the test questions, and the ratio of the negatives that have the class of their anchor.

    All train for half of the epochs on the pairs alone, and for the other half with the negatives of the case.
    """
    anchors, positives, labels = question_pairs(data, seed)
    pairs = PairedDataset({"anchor": anchors, "positive": positives}, labels)
    sampler = pairgen.PairSampler(("text", "text"), recipe="eval", seed=seed)
    torch.manual_seed(seed)
    encoder = pairgen.create_encoder("text", "bag", tokenizer=text.tokenizer(data), max_length=text.LENGTH, width=128)
    method = CLIP(encoder, None, None, mask_duplicates="label")
    seconds = train(method, sampler, pairs, setting.text_epochs, setting)
    negatives, ratio = _negatives(case, encoder, anchors, positives, labels, setting, seed)
    more = PairedDataset({"anchor": anchors, "positive": positives}, labels, negatives=negatives)
    seconds += train(method, sampler, more, setting.text_epochs, setting)
    known, unknown = text.features(encoder, data.train), text.features(encoder, data.test)
    accuracy = knn_probe(known, data.train_labels, unknown, data.test_labels, k=NEIGHBORS).accuracy
    return {"knn": accuracy, "false_negatives": ratio, "seconds": round(seconds, 1)}


def _negatives(
    case: str,
    encoder: nn.Module,
    anchors: list[str],
    positives: list[str],
    labels: Rows,
    setting: PairSetting,
    seed: int,
) -> tuple[list[list[str]] | None, float | None]:
    """(the negatives of each row, the ratio of them that are of its class)."""
    if case == QUESTIONS[0]:
        return None, None
    if case == QUESTIONS[1]:
        rng = np.random.default_rng(seed)
        rows = rng.integers(0, len(positives), len(anchors))
        for row, pair in enumerate(zip(anchors, positives, strict=True)):
            while positives[rows[row]] in pair:
                rows[row] = rng.integers(0, len(positives))
        return [[positives[row]] for row in rows], float(np.mean(labels[rows] == labels))
    mined = mine_negatives(
        text.features(encoder, anchors),
        text.features(encoder, positives),
        k=1,
        items=(anchors, positives),
        labels=labels,
        relative_margin=setting.relative_margin if case == QUESTIONS[3] else None,
        exclude_same_label=case == QUESTIONS[4],
    )
    return [list(mined[row][2:]) for row in range(len(mined))], mined.report.false_negatives
