"""Keep freed memory between the steps of a training on the CPU."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["retain_freed_memory"]

# From glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -2, -3, -4


@contextmanager
def retain_freed_memory(active: bool) -> Iterator[None]:
    """Let glibc keep the memory of freed tensors for the next ones while the context lasts.

    Every step allocates and frees the same large activations. glibc maps each anew, and the system clears it page by
    page: a tenth or more of a step of a small network. At the end the memory is given back, and the settings become
    those that glibc's adaptation arrives at. Without Linux and glibc, nothing happens.

    Args:
        active: False does nothing, as for a training on another device.
    """
    mallopt = _mallopt() if active else None
    if mallopt is None:
        yield
        return
    for option, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 2**26)):
        mallopt(option, value)
    try:
        yield
    finally:
        settings = ((_MMAP_MAX, 65536), (_MMAP_THRESHOLD, 2**25), (_TRIM_THRESHOLD, 2**26), (_TOP_PAD, 2**17))
        for option, value in settings:
            mallopt(option, value)
        ctypes.CDLL(None).malloc_trim(0)


def _mallopt() -> ctypes._NamedFuncPointer | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library.mallopt if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
