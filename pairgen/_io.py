"""Write files whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

__all__ = ["replace_atomically", "write_bytes", "write_text"]

_LEFTOVER = re.compile(r"\..{1,32}\.[0-9a-f]{12}\.tmp")
_LEFTOVER_AGE = 86_400.0  # seconds after which a temporary file belongs to a process that was killed
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM}  # Windows, and some network file systems


@contextmanager
def replace_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary file beside `path` that takes its place when the block succeeds.

    The content reaches the disk before the name does (fsync of file and folder), so that a kill or a power cut leaves
    the old file or the new one, never a part. Missing parent folders are made. A link stays a link, and the file that
    it points to is replaced. The permissions of an existing file are kept; a new file has those that `open` would give
    it. If the block raises, the temporary file is removed and `path` stays as it was. What a killed process left
    behind is removed when another process writes to the folder at least a day later.

    Args:
        path: The file to write.

    Yields:
        Path of the temporary file, which exists and is empty.

    Raises:
        OSError: The folder cannot be written to, or the disk is full.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _create_temporary(target)
    try:
        yield temporary
        _sync(temporary)
        with suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    _remove_leftovers(target.parent)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` whole or not at all; see `replace_atomically`."""
    with replace_atomically(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 to `path` whole or not at all, newlines as they are; see `replace_atomically`."""
    write_bytes(path, text.encode())


def _create_temporary(target: Path) -> Path:
    short = target.name[:32]  # a file name has at most 255 bytes, of which a character takes up to four
    while True:
        temporary = target.parent / f".{short}.{os.urandom(6).hex()}.tmp"
        with suppress(FileExistsError):
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # the system applies the umask
            return temporary


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _sync_folder(folder: Path) -> None:
    try:
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise


@lru_cache(maxsize=1024)
def _remove_leftovers(folder: Path) -> None:
    """Remove old temporary files, once a process and folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _LEFTOVER.fullmatch(entry.name) and time.time() - entry.stat().st_mtime > _LEFTOVER_AGE:
                os.unlink(entry.path)
