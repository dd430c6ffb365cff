"""A budget of memory for what one file states or unpacks to: a small file must not fill the machine."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

__all__ = ["BudgetError", "check_budget", "check_unpacked", "limit_of", "memory_limit"]

_VARIABLE = "PAIRGEN_MAX_FILE_BYTES"
_DEFAULT = 8 * 2**30
_MOST_PACKED = 1040  # bytes that one byte of deflate can unpack to, and a little more


class BudgetError(ValueError):
    """A file needs more memory than the budget; readers pass it on as it is."""


def limit_of(variable: str, default: int, unit: str) -> int:
    """Return the number in an environment variable, or the default where it is not set.

    Args:
        variable: Its name.
        default: The limit without it.
        unit: What it counts, for the message, such as "bytes".

    Raises:
        ValueError: It is set to something else than a number above 0.
    """
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not text.isdecimal() or not int(text):
        raise ValueError(f"{variable} is a number of {unit} above 0, got {text!r}; correct it, or unset it")
    return int(text)


def memory_limit() -> int:
    """Return the budget in bytes: 8 GiB, or what PAIRGEN_MAX_FILE_BYTES says."""
    return limit_of(_VARIABLE, _DEFAULT, "bytes")


def check_budget(name: object, what: str, needed: int) -> None:
    """Refuse a file that needs more memory than the budget: 8 GiB, or the bytes in PAIRGEN_MAX_FILE_BYTES.

    Args:
        name: The file, or what else the message begins with.
        what: What it states, such as "a graph of 1,000,000,000 nodes".
        needed: About how many bytes that takes.

    Raises:
        BudgetError: It is above the budget; names the file, the need and the remedy.
    """
    limit = memory_limit()
    if needed > limit:
        raise BudgetError(
            f"{name} states {what}, which needs about {needed / 2**30:,.1f} GiB of memory; the limit is "
            f"{limit / 2**30:,.1f} GiB. If the file is right, set the environment variable {_VARIABLE} to more bytes"
        )


def check_unpacked(path: Path, times: int = 1) -> None:
    """Refuse a gzip file that unpacks to more than the budget, without keeping what it unpacks to.

    Args:
        path: The file.
        times: Bytes of memory that a byte of the content takes when it is read.

    Raises:
        ValueError: As `check_budget`.
    """
    limit = memory_limit() // times
    if path.suffix.lower() != ".gz" or path.stat().st_size * _MOST_PACKED <= limit:
        return
    size = 0
    with gzip.open(path, "rb") as file:
        while chunk := file.read(2**20):
            size += len(chunk)
            if size > limit:
                check_budget(path, f"more than {limit:,} bytes when unpacked", size * times)
