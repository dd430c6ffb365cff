"""One process with another seed of string hashes, started once and kept, in which views are made a second time."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from pairgen.testing.compare import to_parts
from pairgen.testing.examples import CheckFailure

__all__ = ["make_views", "raise_if_worker"]

_POOL: list[ProcessPoolExecutor] = []


def make_views(work: bytes) -> list[object]:
    """Return the parts of the views of pickled (augmentation, [(item, stream), ...]), made in the other process."""
    try:
        return _get_pool().submit(_make_views, work).result()
    except BrokenProcessPool as error:
        _close()
        raise CheckFailure(
            'the fresh process died; a script that starts processes begins its work under if __name__ == "__main__":'
        ) from error
    except Exception as error:
        raise CheckFailure(f"the fresh process raised {type(error).__name__}: {error}") from error


def raise_if_worker() -> None:
    """Raise RuntimeError where a script that checks is being imported by a process that it started itself."""
    if getattr(multiprocessing.process.current_process(), "_inheriting", False):
        raise RuntimeError(
            "a worker process is importing this script, and would check again; put the check under if __name__ == "
            '"__main__":'
        )


def _make_views(work: bytes) -> list[object]:
    augmentation, calls = pickle.loads(work)
    return [to_parts(augmentation(item, stream)) for item, stream in calls]


def _get_pool() -> ProcessPoolExecutor:
    if not _POOL:
        _POOL.append(_start())
        atexit.register(_close)
    return _POOL[0]


def _close() -> None:
    while _POOL:
        _POOL.pop().shutdown(wait=False, cancel_futures=True)


def _start() -> ProcessPoolExecutor:
    """Start a pool of one process that inherits another PYTHONHASHSEED, which is read only at the start."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "2" if before == "1" else "1"
    try:
        pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        pool.submit(int).result()  # starts the process now, while the variable is set
        return pool
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before
