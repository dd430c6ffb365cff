"""Text of users and of file systems, made fit for a terminal, a figure or a table."""

from __future__ import annotations

import os
import re

__all__ = ["printable", "shorten"]

# Control characters, line separators, the marks that reorder a line, and half characters (bytes that are not UTF-8).
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(value: object) -> str:
    r"""Return a value as text of one line in which every character can be shown; what cannot is written as an escape.

    Args:
        value: A path, such as one whose bytes are not UTF-8, or anything else that `str` takes.

    Example:
        >>> print(printable("a\x1b[31mb\n\udcff"))
        a\x1b[31mb\n\xff
    """
    text = os.fsdecode(value) if isinstance(value, os.PathLike) else str(value)
    return _HIDDEN.sub(_escape, text)


def shorten(text: str, length: int) -> str:
    """Return text of at most `length` characters: what is longer keeps its beginning and its end around "…".

    Example:
        >>> shorten("abcdefghij", 5)
        'ab…ij'
    """
    if len(text) <= length:
        return text
    end = (length - 1) // 2
    return f"{text[: length - 1 - end]}…{text[len(text) - end :]}"


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if "\udc80" <= character <= "\udcff":  # how Python keeps a byte of a file name that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
