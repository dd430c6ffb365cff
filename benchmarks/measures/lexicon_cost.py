"""What WordNet's lexicon costs, in processes of its own: `python -m benchmarks.measures.lexicon_cost compile|load`."""

from __future__ import annotations

import json
import sys
import tempfile
import time

from benchmarks.harness.fresh_process import measure_in_fresh_process
from benchmarks.measures.peak_memory import in_use

__all__ = ["lexicon_cost"]


def lexicon_cost(loads: int) -> dict[str, float]:
    """Measure the lexicon in fresh processes, with a cache of their own.

    Args:
        loads: Processes that open it; the fastest counts.

    Returns:
        seconds: Time to compile it. megabytes: Size of the table on disk. milliseconds: Time to open it and look up one
        word. mebibytes: Growth of the process when it is opened and the words of TREC's questions are looked up.
    """
    with tempfile.TemporaryDirectory() as cache:
        cost: dict[str, float] = measure_in_fresh_process(__name__, "compile", PAIRGEN_CACHE=cache)
        opened: list[dict[str, float]] = [
            measure_in_fresh_process(__name__, "load", PAIRGEN_CACHE=cache) for _ in range(loads)
        ]
    return cost | min(opened, key=lambda one: one["milliseconds"])


def _compile() -> dict[str, float]:
    from pairgen.modalities.text.lexicon import find_wordnet
    from pairgen.modalities.text.lexicon.lexicon import compile_wordnet

    start = time.perf_counter()
    table = compile_wordnet(find_wordnet(), again=True)
    return {"seconds": time.perf_counter() - start, "megabytes": table.stat().st_size / 1e6}


def _load() -> dict[str, float]:
    from benchmarks.data.trec import load_trec
    from pairgen.modalities.text.lexicon import open_lexicon

    words = {word.lower() for text in load_trec().train for word in text.split()}
    before, start = in_use("VmRSS"), time.perf_counter()
    lexicon = open_lexicon()
    lexicon.readings("dogs")
    milliseconds = 1e3 * (time.perf_counter() - start)
    for word in words:
        lexicon.readings(word)
    return {"milliseconds": milliseconds, "mebibytes": in_use("VmRSS") - before}


if __name__ == "__main__":
    print(json.dumps({"compile": _compile, "load": _load}[sys.argv[1]]()))
