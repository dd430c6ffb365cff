"""The user's cache folder, and files in it that are written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

__all__ = ["cache_folder", "write_whole"]


def cache_folder() -> Path:
    """`$PAIRGEN_CACHE`, else the system's place for caches; it may not exist yet."""
    if explicit := os.environ.get("PAIRGEN_CACHE"):
        return Path(explicit)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "pairgen"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name and rename it: readers, and writers at the same time, see it whole.

    OSError, with the remedy, where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(
            f"cannot write to the cache {path.parent} ({error.strerror}); set PAIRGEN_CACHE to a folder of your own"
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
