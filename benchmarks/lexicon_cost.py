"""What WordNet's lexicon costs, in processes of its own: `python -m benchmarks.lexicon_cost compile|load`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

from benchmarks.peak_memory import in_use

__all__ = ["lexicon_cost"]


def lexicon_cost(loads: int) -> dict[str, float]:
    """Seconds to compile, into a cache of its own; MB of the table; then, of the fastest of some fresh processes, ms to
    open it, and MiB that the process grows by when it is opened and the words of TREC's questions are looked up."""
    with tempfile.TemporaryDirectory() as cache:
        cost = _run("compile", cache)
        opened = [_run("load", cache) for _ in range(loads)]
    fastest = min(opened, key=lambda one: one["milliseconds"])
    return cost | fastest


def _run(what: str, cache: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.lexicon_cost", what]
    environment = {**os.environ, "PAIRGEN_CACHE": cache}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed: {done.stderr.strip()[-400:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _compile() -> dict[str, float]:
    from pairgen.modalities.text.lexicon import find_wordnet
    from pairgen.modalities.text.lexicon.opening import compile_wordnet

    start = time.perf_counter()
    table = compile_wordnet(find_wordnet(), again=True)
    return {"seconds": time.perf_counter() - start, "megabytes": table.stat().st_size / 1e6}


def _load() -> dict[str, float]:
    from benchmarks.trec import load_trec
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
