"""Errors of readers: ValueError that names the file, whatever the library below raises."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

__all__ = ["name_file", "shorten"]

Source = TypeVar("Source")
Options = ParamSpec("Options")
Content = TypeVar("Content")

_LONGEST = 300  # characters of an error of another library


def name_file(
    read: Callable[Concatenate[Source, Options], Content],
) -> Callable[Concatenate[Source, Options], Content]:
    """Decorate a function that reads the file or folder that is its first argument.

    Where that is a path, any error becomes a ValueError that names it. What stays as it is: errors that name the file
    already, errors of the file system (a path that is not there, or must not be read), of imports, and warnings that
    are raised. A TypeError of pairgen stays one.

    Args:
        read: The function; its source may be a path or anything else.
    """

    @wraps(read)
    def read_and_name(source: Source, /, *args: Options.args, **options: Options.kwargs) -> Content:
        if not isinstance(source, (str, os.PathLike)):
            return read(source, *args, **options)
        try:
            return read(source, *args, **options)
        except (ImportError, FileNotFoundError, PermissionError, Warning):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.filename is not None:
                raise
            raise _named(error, Path(source)) from error

    return read_and_name


def shorten(error: Exception | str) -> str:
    """Return what an error says, or its type if nothing; what another library says is cut to 300 characters."""
    text = str(error) or type(error).__name__
    if isinstance(error, Exception) and _is_raised_by_pairgen(error.__traceback__):
        return text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _named(error: Exception, path: Path) -> Exception:
    text = str(error)
    is_own = isinstance(error, (ValueError, TypeError)) and _is_raised_by_pairgen(error.__traceback__)
    if is_own:
        if path.name in text or str(path) in text:
            return error
        base = TypeError if isinstance(error, TypeError) else ValueError
        return base(f"{path}: {text}")
    if isinstance(error, MemoryError):
        return ValueError(f"{path} does not fit in memory {text}; split it, or leave it out".replace("  ", " "))
    return ValueError(
        f"{path} cannot be read ({type(error).__name__}: {shorten(error)}); check that it is whole and of the "
        "format that its name says, write it again, or leave it out"
    )


def _is_raised_by_pairgen(traceback: TracebackType | None) -> bool:
    """Whether the innermost frame is one of pairgen, which words its errors for users."""
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    name = str(traceback.tb_frame.f_globals.get("__name__", ""))
    return name.startswith("pairgen.")
