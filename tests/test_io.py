"""Atomic writes: a file is the old one or the new one, also when the process is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pairgen._io import replace_atomically, write_bytes, write_text

KILLED_WRITER = """
import os, signal, sys
from pairgen._io import replace_atomically
with replace_atomically(sys.argv[1]) as temporary:
    with open(temporary, "wb") as file:
        file.write(b"half of the new content")
        file.flush()
        os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes_are_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folders" / "a.txt"
    write_text(path, "grün\r\n")
    assert path.read_bytes() == "grün\r\n".encode()
    write_bytes(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert names(path.parent) == ["a.txt"]


def test_an_error_in_the_block_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")

    def write_half() -> None:
        with replace_atomically(path) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


def test_a_process_killed_while_it_writes_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    write_bytes(path, b"old")
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    (leftover,) = (tmp_path / name for name in names(tmp_path) if name != "model.bin")
    assert leftover.read_bytes() == b"half of the new content"


def test_what_a_killed_process_left_is_removed_a_day_later_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path)], check=False)
    (leftover,) = tmp_path.iterdir()
    yesterday = leftover.stat().st_mtime - 90_000
    os.utime(leftover, (yesterday, yesterday))
    in_progress = tmp_path / ".model.bin.0123456789ab.tmp"
    in_progress.write_bytes(b"another process writes this now")
    for name in (".notes.tmp", "old.tmp"):
        (tmp_path / name).write_bytes(b"of the user")
        os.utime(tmp_path / name, (yesterday, yesterday))
    write_bytes(path, b"new")
    assert names(tmp_path) == [in_progress.name, ".notes.tmp", "model.bin", "old.tmp"]


def test_a_new_file_has_the_permissions_of_the_umask_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "new", b"")
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
        for mode in (0o600, 0o664, 0o444):
            (tmp_path / "new").chmod(mode)
            write_bytes(tmp_path / "new", b"again")
            assert (tmp_path / "new").stat().st_mode & 0o777 == mode
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("disk/real")
    (tmp_path / "dangling").symlink_to("disk/missing")
    write_bytes(tmp_path / "link", b"new")
    write_bytes(tmp_path / "dangling", b"made")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "disk" / "real").read_bytes() == b"new"
    assert (tmp_path / "disk" / "missing").read_bytes() == b"made"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_an_error_that_names_it(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"old")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match=tmp_path.name):
            write_bytes(tmp_path / "a", b"new")
        assert (tmp_path / "a").read_bytes() == b"old"
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_in_the_place_of_the_file_or_of_its_parent_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_bytes(tmp_path / "folder", b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        write_bytes(tmp_path / "file" / "a", b"")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("name", ["a" * 255, "\N{GRINNING FACE}" * 63])
def test_the_longest_names_that_a_file_may_have_are_written(tmp_path: Path, name: str) -> None:
    write_bytes(tmp_path / name, b"content")
    assert names(tmp_path) == [name]


def test_writers_at_the_same_time_leave_the_file_of_one_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a"
    contents = [bytes([i]) * 100_000 for i in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_bytes(path, content), contents))
    assert path.read_bytes() in contents
    assert names(tmp_path) == ["a"]
