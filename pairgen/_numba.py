"""Compile loops with numba, once for the user's machine."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

__all__ = ["jit"]

Function = TypeVar("Function", bound=Callable[..., object])


def jit(function: Function, *, fastmath: bool = False) -> Function:
    """Compile a function at its first call, without the GIL, and cache the result on disk for later processes.

    The cache lies beside the file of the function, or in the user's cache folder (`NUMBA_CACHE_DIR`) where that is not
    writable.

    Args:
        function: Loops over NumPy arrays and numbers.
        fastmath: Let the compiler reorder sums, which vectorizes them and changes their rounding; and divide as NumPy
            does, for the check for zeros of Python's division keeps a loop from being vectorized.
    """
    numba: Any = import_module("numba")  # its type annotations differ from version to version
    division = "numpy" if fastmath else "python"
    compiled: Function = numba.njit(cache=True, nogil=True, fastmath=fastmath, error_model=division)(function)
    return compiled
