"""`open_lexicon`: from whatever the user has to a compiled lexicon, compiled at most once."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pairgen.modalities.text.lexicon.cache import cache_folder, write_whole
from pairgen.modalities.text.lexicon.compilation import Rows, english, rows_of, uninflected
from pairgen.modalities.text.lexicon.forms import POS, Reading
from pairgen.modalities.text.lexicon.own import words_in_file, words_in_mapping
from pairgen.modalities.text.lexicon.packing import packed
from pairgen.modalities.text.lexicon.sources import FILES, OPTIONAL, Source, find_wordnet
from pairgen.modalities.text.lexicon.table import FORMAT, Table
from pairgen.modalities.text.lexicon.wordnet import read_exceptions, words_of

__all__ = ["LANGUAGES", "Lexicon", "compile_wordnet", "open_lexicon"]

LANGUAGES = ("en",)
"""Languages whose WordNet, inflection and stop words are built in; for others give a lexicon of your own."""

_COMPILING = threading.Lock()


class Lexicon:
    """Surface forms and what may stand for them, in a memory-mapped file.

    path: of the compiled table. Two lexicons of one file are equal; pickled, a lexicon is its path. Thread-safe.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._table = Table(self.path)
        self._offered = lru_cache(maxsize=8)(self._table.offered)

    @property
    def language(self) -> str:
        """The language its words are in: "en" for WordNet."""
        return str(self._table.about["language"])

    @property
    def licence(self) -> str:
        """The notice that came with the words; it goes wherever they go."""
        return str(self._table.about["licence"])

    def readings(
        self, surface: str, senses: int | None = None, pos: Collection[str] = POS, multiword: bool = True
    ) -> tuple[Reading, ...]:
        """The ways to read a surface form, in lower case, the most frequent first; none for an unlisted one.

        senses: only candidates in so many senses of the word, the most frequent ones; None for all. pos: only
        candidates for these parts of speech. multiword: also candidates of several words. Readings that are left
        without candidates stay.

        >>> open_lexicon({"a": {"big": ["large", "great"]}}).readings("bigger")[0].candidates[0].text
        'larger'
        """
        return self._table.readings(surface, 255 if senses is None else senses, pos, multiword)

    def spans(self, surface: str) -> tuple[tuple[int, int], ...]:
        """Those of `SPANS` at which a listed phrase may lie around a surface form, in lower case."""
        return self._table.spans(surface)

    def offered(self, senses: int | None, pos: tuple[str, ...], multiword: bool) -> bytes:
        """For each surface form, by its place, 1 if `readings` has a candidate for it under these options, else 0."""
        return self._offered(255 if senses is None else senses, pos, multiword)

    def place(self, surface: str) -> int | None:
        """Where a surface form, in lower case, stands among all of them; None for an unlisted one."""
        return self._table.place(surface)

    def __contains__(self, surface: object) -> bool:
        return isinstance(surface, str) and self._table.place(surface) is not None

    def __len__(self) -> int:
        return len(self._table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lexicon) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Lexicon({self.path.name!r}, {len(self):,} surface forms, language={self.language!r})"

    def __reduce__(self) -> tuple[Callable[[str], Lexicon], tuple[str]]:
        return _opened, (str(self.path),)


def open_lexicon(
    source: Lexicon | Mapping[str, Any] | str | os.PathLike[str] | None = None, language: str = "en"
) -> Lexicon:
    """A compiled lexicon.

    source: None for the WordNet of this machine (see `find_wordnet`); the path of a WordNet folder or archive, of a
        .csv, .json or .tab file (see `words_in_file`), or of a compiled table; a mapping {word: [synonyms]} or
        {part of speech: {word: [synonyms]}}; or a Lexicon.
    language: "en" inflects by the rules of English; with any other code words are taken as they are written, and a
        source has to be given.

    Compiling WordNet takes a few seconds, once; the result lies in the user's cache under a hash of its source. Nothing
    is fetched. Raises LexiconNotFoundError (a ValueError) without WordNet, ValueError for an unknown language or a
    source that cannot be read, FileNotFoundError.
    """
    if isinstance(source, Lexicon):
        return source
    if language not in LANGUAGES and source is None:
        raise ValueError(
            f"there is no lexicon for the language {language!r}; known are {', '.join(LANGUAGES)}. For another, give "
            'lexicon="wn-data-fra.tab" (Open Multilingual WordNet), or a CSV or JSON file of synonyms'
        )
    if isinstance(source, Mapping):
        return _opened(str(_compiled_own(json.dumps(source, sort_keys=True).encode(), source, language)))
    path = None if source is None else Path(source).expanduser()
    if path is not None and path.suffix == ".lexicon":
        return _opened(str(path))
    if path is None or path.is_dir() or path.suffix == ".zip":
        return _opened(str(compile_wordnet(find_wordnet(path))))
    content = path.read_bytes() if path.is_file() else b""
    return _opened(str(_compiled_own(content, path, language)))


@lru_cache(maxsize=64)
def _opened(path: str) -> Lexicon:
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no compiled lexicon at {path}; open the words again with open_lexicon(...)")
    return Lexicon(path)


def compile_wordnet(source: Source, again: bool = False) -> Path:
    """The compiled table of a WordNet, made if the cache does not hold it. again: make it anew in any case.

    Which source has which hash is remembered by the sizes and times of its files: reading them would take longer than
    opening the table.
    """
    stamp = hashlib.blake2b(f"{FORMAT} {source.stamp()}".encode(), digest_size=8).hexdigest()
    known = _folder() / f"{stamp}.source"
    with _COMPILING:
        if not again and known.is_file():
            table = _folder() / known.read_text(encoding="utf-8")
            if _whole(table):
                return table
        digest = _digest(*(source.read(name) for name in (*FILES, *OPTIONAL)))
        table = _folder() / f"wordnet-{digest}.lexicon"
        if again or not _whole(table):
            rows = rows_of(words_of(source), english(read_exceptions(source)))
            _write(table, rows, "en", _licence(source))
        write_whole(known, table.name.encode())
    return table


def _compiled_own(content: bytes, source: Any, language: str) -> Path:
    table = _folder() / f"own-{_digest(content, language.encode())}.lexicon"
    if not _whole(table):
        words = words_in_mapping(source) if isinstance(source, Mapping) else words_in_file(source)
        inflected = english({}) if language == "en" else uninflected
        _write(table, rows_of(words, inflected), language, "the user's own")
    return table


def _write(path: Path, rows: Rows, language: str, licence: str) -> None:
    if not rows:
        raise ValueError(
            "the lexicon holds no word with a synonym; its words must be made of letters, two at least, and have a "
            "synonym that is not the word itself"
        )
    write_whole(path, packed(rows, {"language": language, "licence": licence}))


def _whole(table: Path) -> bool:
    try:
        Table(table)
    except (OSError, ValueError):
        return False
    return True


def _folder() -> Path:
    return cache_folder() / "lexicon"


def _digest(*contents: bytes) -> str:
    digest = hashlib.blake2b(str(FORMAT).encode(), digest_size=8)
    for content in contents:
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()


def _licence(source: Source) -> str:
    """The notice at the head of WordNet's files, without its line numbers."""
    head = source.read("data.noun")[:8192].decode("utf-8", errors="replace").splitlines()
    lines = [line.split(maxsplit=1)[1:] for line in head if line.startswith("  ")]
    return "\n".join(part[0].strip() if part else "" for part in lines)
