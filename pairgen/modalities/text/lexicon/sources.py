"""Where WordNet lies on this machine: an explicit path, NLTK's data, Debian's folder, or what `pairgen lexicon` got."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pairgen.modalities.text.lexicon.cache import cache_folder

__all__ = ["FILES", "LexiconNotFoundError", "Source", "fetched_folder", "find_wordnet"]

FILES = tuple(f"{kind}.{pos}" for pos in ("noun", "verb", "adj", "adv") for kind in ("index", "data"))
"""What a WordNet folder cannot do without."""

OPTIONAL = ("noun.exc", "verb.exc", "adj.exc", "adv.exc", "cntlist.rev", "index.sense")
VARIABLE = "PAIRGEN_WORDNET"
_AGAIN = "delete it and run: pairgen lexicon"


class LexiconNotFoundError(ValueError):
    """There is no WordNet on this machine, or it is not whole; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """The files of one WordNet: a folder, or a zip archive as NLTK's downloader leaves it.

    path: of the folder or archive. inside: the folder within an archive, "" for a folder.
    """

    path: Path
    inside: str = ""

    def has(self, name: str) -> bool:
        """Whether that file is there."""
        if not self.inside:
            return (self.path / name).is_file()
        with zipfile.ZipFile(self.path) as archive:
            return f"{self.inside}/{name}" in archive.NameToInfo

    def read(self, name: str) -> bytes:
        """The content of a file; nothing for an optional one that is not there. ValueError for a damaged archive."""
        if name in OPTIONAL and not self.has(name):
            return b""
        if not self.inside:
            return (self.path / name).read_bytes()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(f"{self.inside}/{name}")
        except (zipfile.BadZipFile, EOFError) as error:
            raise LexiconNotFoundError(f"{self.path} is damaged ({error}); {_AGAIN}") from error

    def stamp(self) -> str:
        """Sizes and times of the files: it changes when they do, and costs no reading."""
        files = [self.path] if self.inside else [self.path / name for name in (*FILES, *OPTIONAL)]
        stats = ((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files if f.is_file())
        return f"{self.path.resolve()} {self.inside} {list(stats)}"


def find_wordnet(path: str | os.PathLike[str] | None = None) -> Source:
    """The first WordNet found: `path`, the variable PAIRGEN_WORDNET, NLTK's data, /usr/share/wordnet, the own cache.

    path: a folder with `index.noun`, `data.noun` and so on, or a zip archive that holds one.
    Raises LexiconNotFoundError, a ValueError: nothing is there, or files are missing; with the remedy.
    """
    explicit = path or os.environ.get(VARIABLE)
    if explicit:
        return _checked(Path(explicit).expanduser())
    for candidate in _usual_places():
        if candidate.is_dir() and (candidate / "index.noun").is_file():
            return _checked(candidate)
        archive = candidate.with_name(candidate.name + ".zip")
        if archive.is_file():
            return _checked(archive)
    raise LexiconNotFoundError(
        "no WordNet on this machine (looked in NLTK's data folders, /usr/share/wordnet and the cache); fetch it once "
        f"with: pairgen lexicon   or install Debian's package wordnet-base, set {VARIABLE} to its folder, or give a "
        "lexicon of your own"
    )


def fetched_folder() -> Path:
    """Where `pairgen lexicon` puts WordNet if it has to fetch Debian's package."""
    return cache_folder() / "wordnet"


def _usual_places() -> Iterator[Path]:
    listed = filter(None, os.environ.get("NLTK_DATA", "").split(os.pathsep))
    here = (Path(sys.prefix) / part / "nltk_data" for part in ("", "share", "lib"))
    system = (Path(root) / "nltk_data" for root in ("/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib"))
    for folder in (*map(Path, listed), Path.home() / "nltk_data", *here, *system):
        yield folder / "corpora" / "wordnet"
    yield Path("/usr/share/wordnet")
    yield fetched_folder()


def _checked(path: Path) -> Source:
    source = Source(path) if path.is_dir() else _archive(path)
    missing = [name for name in FILES if not source.has(name)]
    if missing:
        raise LexiconNotFoundError(
            f"the WordNet in {path} is not whole: it lacks {', '.join(missing)}; restore them, or give the path of "
            "another folder"
        )
    return source


def _archive(path: Path) -> Source:
    if not path.is_file():
        raise LexiconNotFoundError(f"there is no WordNet at {path}; give the folder that holds index.noun")
    try:
        with zipfile.ZipFile(path) as archive:
            found = [name for name in archive.namelist() if name.endswith("/index.noun")]
    except (zipfile.BadZipFile, EOFError) as error:
        raise LexiconNotFoundError(
            f"{path} is neither a WordNet folder nor a whole zip archive of one ({error}); {_AGAIN}"
        ) from error
    if not found:
        raise LexiconNotFoundError(f"the archive {path} holds no WordNet: no index.noun is in it")
    return Source(path, found[0].removesuffix("/index.noun"))
