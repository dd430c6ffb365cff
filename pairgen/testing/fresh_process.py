"""One process, started afresh and kept, with another seed of string hashes: where views are made a second time."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from pairgen.testing.compare import parts_of
from pairgen.testing.subject import CheckFailure

__all__ = ["refuse_in_worker", "view_there"]

_POOL: list[ProcessPoolExecutor] = []


def view_there(work: bytes) -> list[Any]:
    """The parts of the views of pickled (augmentation, [(item, stream), ...]), made in the other process."""
    try:
        made: list[Any] = _pool().submit(_views, work).result()
        return made
    except BrokenProcessPool as error:
        close()
        raise CheckFailure(
            'the fresh process died; a script that starts processes begins its work under if __name__ == "__main__":'
        ) from error
    except Exception as error:
        raise CheckFailure(f"the fresh process raised {type(error).__name__}: {error}") from error


def refuse_in_worker() -> None:
    """RuntimeError where a script that checks is being imported by a process that it started itself."""
    if getattr(multiprocessing.process.current_process(), "_inheriting", False):
        raise RuntimeError(
            "a worker process is importing this script, and would check again; put the check under if __name__ == "
            '"__main__":'
        )


def close() -> None:
    """End the process, if it runs."""
    while _POOL:
        _POOL.pop().shutdown(wait=False, cancel_futures=True)


def _views(work: bytes) -> list[Any]:
    augmentation, calls = pickle.loads(work)
    return [parts_of(augmentation(item, stream)) for item, stream in calls]


def _pool() -> ProcessPoolExecutor:
    if not _POOL:
        _POOL.append(_started())
        atexit.register(close)
    return _POOL[0]


def _started() -> ProcessPoolExecutor:
    """A pool of one process that inherits another PYTHONHASHSEED, which only a start reads."""
    ours = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "2" if ours == "1" else "1"
    try:
        pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        pool.submit(int).result()  # starts the process now, while the variable is set
        return pool
    finally:
        if ours is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = ours
