"""Text encoders trained without labels on TREC questions, by pairgen alone: what `text_learning` compares."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

import pairgen
from benchmarks.data.trec import Trec
from pairgen.augmentation import Augmentation, Compose
from pairgen.methods import SimCLR
from pairgen.modalities.text import SynonymSwap, Tokenize, WordDropout, train_tokenizer
from pairgen.modality import Recipe
from pairgen.training._memory import retain_freed_memory

VOCABULARY, LENGTH = 4096, 24


@dataclass(frozen=True)
class Way:
    """A way to train. view: the augmentation of both views; None for SimCSE's, the text twice.

    epochs, batch_size, learning_rate: AdamW, a cosine after a tenth of linear warm-up. projection_dim: of SimCLR; None
    compares the features themselves.
    """

    encoder: str
    options: dict[str, Any]
    view: Augmentation | None
    temperature: float
    epochs: int
    batch_size: int
    learning_rate: float
    projection_dim: int | None = 128
    weight_decay: float = 0.0


TRANSFORMER = {"width": 128, "depth": 1, "heads": 4}
BAG = {"width": 128}


@lru_cache(maxsize=1)
def ways() -> dict[str, Way]:
    """The cases, with settings chosen on the last 1,000 training questions, never on the test set."""
    words = Compose([SynonymSwap(0.3, senses=None), WordDropout(0.3)])
    return {
        "Transformer, SimCLR": Way("transformer", TRANSFORMER | {"dropout": 0.1}, words, 0.1, 20, 256, 2e-3),
        "Transformer, SimCSE": Way("transformer", TRANSFORMER | {"dropout": 0.3}, None, 0.1, 20, 256, 2e-3),
        "bag, SimCLR": Way("bag", BAG | {"dropout": 0.0}, words, 0.1, 30, 256, 5e-3, None),
    }


def create_encoder(way: Way, data: Trec, seed: int) -> nn.Module:
    """The encoder as it is before training."""
    torch.manual_seed(seed)
    return pairgen.create_encoder("text", way.encoder, tokenizer=tokenizer(data), max_length=LENGTH, **way.options)


def train_encoder(way: Way, data: Trec, seed: int, epochs: int | None = None) -> tuple[nn.Module, float, float]:
    """(encoder, last loss, seconds) after training on the questions of the training set, without their labels."""
    start = time.perf_counter()
    encoder = create_encoder(way, data, seed)
    method = SimCLR(encoder, projection_dim=way.projection_dim, temperature=way.temperature)
    sampler = pairgen.PairSampler("text", recipe=_recipe(way, data), seed=seed)
    dataset = pairgen.get_modality("text").read(data.train)
    loader = sampler.loader(
        dataset, way.batch_size, shuffle=True, drop_last=len(data.train) > way.batch_size, batched=True
    )
    optimizer = torch.optim.AdamW(method.parameters(), way.learning_rate, weight_decay=way.weight_decay, fused=True)
    steps = (epochs or way.epochs) * len(loader)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _factor(step, steps))
    loss = torch.zeros(())
    with retain_freed_memory(True):  # as the Trainer does on a CPU
        for _ in range(epochs or way.epochs):
            for batch in loader:
                optimizer.zero_grad()
                loss = method.loss(batch)
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()
    return encoder, float(loss.detach()), time.perf_counter() - start


def features(encoder: nn.Module, texts: list[str]) -> npt.NDArray[Any]:
    """Features (N, D), float32, in evaluation mode."""
    encoder.eval()
    with torch.inference_mode():
        rows = [encoder(texts[i : i + 512]) for i in range(0, len(texts), 512)]
    encoder.train()
    result: npt.NDArray[np.float32] = torch.cat(rows).numpy()
    return result


@lru_cache(maxsize=4)
def _train_tokenizer(texts: tuple[str, ...]) -> str:
    return train_tokenizer(texts, VOCABULARY, lowercase=True)


def tokenizer(data: Trec) -> str:
    """A BPE of the training questions."""
    return _train_tokenizer(tuple(data.train))


def _recipe(way: Way, data: Trec) -> Recipe:
    if way.view is None:
        return pairgen.get_modality("text").recipes.get("simcse")(tokenizer=tokenizer(data), max_length=LENGTH)
    return Recipe(way.view, way.view, Tokenize(tokenizer(data), LENGTH))


def _factor(step: int, steps: int) -> float:
    warmup = max(1, steps // 10)
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def tfidf(data: Trec) -> float:
    """Accuracy of logistic regression on TF-IDF of words and pairs of words."""
    known, unknown = _vectors(data)
    return _accuracy(known, unknown, data)


def lsa(data: Trec, width: int = 128) -> float:
    """Accuracy of logistic regression on the first `width` components of TF-IDF (Deerwester et al. 1990)."""
    import sklearn.decomposition

    sk: Any = sklearn
    known, unknown = _vectors(data)
    svd = sk.decomposition.TruncatedSVD(min(width, known.shape[1] - 1), random_state=0).fit(known)
    return _accuracy(svd.transform(known), svd.transform(unknown), data)


def _vectors(data: Trec) -> tuple[Any, Any]:
    import sklearn.feature_extraction.text

    sk: Any = sklearn
    counter = sk.feature_extraction.text.TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True)
    return counter.fit_transform(data.train), counter.transform(data.test)


def _accuracy(known: Any, unknown: Any, data: Trec) -> float:
    import sklearn.linear_model

    sk: Any = sklearn
    model = sk.linear_model.LogisticRegression(C=10.0, max_iter=1000).fit(known, data.train_labels)
    return float(model.score(unknown, data.test_labels))
