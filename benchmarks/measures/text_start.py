"""What a first pass over TREC's questions takes a fresh process: `python -m benchmarks.measures.text_start LIBRARY`.

A script, and each worker of a loader that spawns its workers, starts so.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data.trec import load_trec
from benchmarks.harness.fresh_process import measure_in_fresh_process

__all__ = ["STARTERS", "measure_starts"]

BATCH = 256
Open = Callable[[], Callable[[list[str]], object]]
"""Opens WordNet and makes the swap: texts -> two views of each."""


def measure_starts(rounds: int) -> list[dict[str, Any]]:
    """One record a (round, library): the seconds until WordNet is open, and those of the first pass over `tokens`."""
    return [measure_in_fresh_process(__name__, name) for _ in range(rounds) for name in STARTERS]


def _pairgen() -> Callable[[list[str]], object]:
    from pairgen.pairs import PairSampler

    own = PairSampler("text", recipe="synonyms", seed=0)
    own("open the lexicon", 0)

    def views(texts: list[str]) -> object:
        starts = range(0, len(texts), BATCH)
        return [own.augment(texts[s : s + BATCH], np.arange(s, min(s + BATCH, len(texts)))) for s in starts]

    return views


def _nltk() -> Callable[[list[str]], object]:
    from benchmarks.peers import text as peers

    swap = peers.nltk_swap()
    return lambda texts: [(swap(text), swap(text)) for text in texts]


def _nlpaug() -> Callable[[list[str]], object]:
    from benchmarks.peers import text as peers

    swap = peers.nlpaug()
    return lambda texts: [(swap(text), swap(text)) for text in texts]


STARTERS: dict[str, tuple[tuple[str, ...], Open]] = {
    "pairgen": (
        (
            "pairgen.pairs",
            "pairgen.modalities.text.modality",
            "pairgen.modalities.text.batch",
            "pairgen.modalities.text.recipes",
        ),
        _pairgen,
    ),
    "nltk": (("nltk.corpus.reader.wordnet",), _nltk),
    "nlpaug": (("nlpaug.augmenter.word",), _nlpaug),
}
"""Library -> the modules that are imported before the clock starts, and how it opens WordNet."""


def _measure_case(name: str) -> dict[str, Any]:
    """Imports are not counted, nor is laying WordNet's files out as NLTK wants them."""
    modules, start_up = STARTERS[name]
    for module in modules:
        import_module(module)
    from benchmarks.peers import text as peers

    texts = load_trec().train
    peers.wordnet_folder()
    start = time.perf_counter()
    views = start_up()
    opened = time.perf_counter()
    views(texts)
    seconds = time.perf_counter() - opened
    tokens = 2 * sum(len(text.split()) for text in texts)
    return {"library": name, "opened": opened - start, "pass": seconds, "tokens": tokens}


if __name__ == "__main__":
    print(json.dumps(_measure_case(sys.argv[1])))
