"""Loops in Python, jit by numba."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar, cast

__all__ = ["jit"]

Function = TypeVar("Function", bound=Callable[..., Any])


def jit(function: Function, *, fastmath: bool = False) -> Function:
    """`function`, jit at its first call and kept on disk for the next process; other threads run meanwhile.

    It is kept beside its file, or in the user's cache folder (`NUMBA_CACHE_DIR`) where that is not writable.
    fastmath: let the compiler reorder sums, which vectorises them.
    """
    numba: Any = import_module("numba")  # what it says of its types differs from version to version
    return cast(Function, numba.njit(cache=True, nogil=True, fastmath=fastmath)(function))
