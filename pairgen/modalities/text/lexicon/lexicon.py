"""`open_lexicon`: whatever the user has as a compiled lexicon, compiled at most once."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path

from pairgen._io import write_bytes
from pairgen.modalities.text.lexicon.table_reader import FORMAT, Table
from pairgen.modalities.text.lexicon.table_writer import (
    Rows,
    compile_rows,
    english_inflection,
    no_inflection,
    pack_rows,
)
from pairgen.modalities.text.lexicon.types import POS, Reading, Synonyms
from pairgen.modalities.text.lexicon.user_lexicons import read_user_file, read_user_mapping
from pairgen.modalities.text.lexicon.wordnet import (
    FILES,
    OPTIONAL_FILES,
    WordNetSource,
    cache_folder,
    find_wordnet,
    read_exceptions,
    read_license,
    read_words,
)

__all__ = ["LANGUAGES", "Lexicon", "LexiconSource", "compile_wordnet", "open_lexicon"]

LANGUAGES = ("en",)
"""Languages whose WordNet, inflection and stop words are built in; for others pass a lexicon of your own."""

_COMPILING = threading.Lock()


class Lexicon:
    """Surface forms and their synonyms, in a file that is mapped into memory.

    Two lexicons of one file are equal; pickled, a lexicon is its path. Thread-safe.

    Args:
        path: The compiled file.

    Raises:
        ValueError: The file is no compiled lexicon, is incomplete, or has another format.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._table = Table(self.path)
        self._has_candidates = lru_cache(maxsize=8)(self._table.has_candidates)

    @property
    def language(self) -> str:
        """The language of its words: "en" for WordNet."""
        return str(self._table.header["language"])

    @property
    def license(self) -> str:
        """The notice that came with the words; it has to accompany every copy of them."""
        return str(self._table.header["licence"])

    def readings(
        self, surface: str, senses: int | None = None, pos: Collection[str] = POS, multiword: bool = True
    ) -> tuple[Reading, ...]:
        """Return the ways to read a surface form, the most frequent first; none for an unlisted one.

        Readings that are left without candidates stay.

        Args:
            surface: Surface form in lower case.
            senses: Only candidates in so many senses of the word, the most frequent ones; None for all.
            pos: Only candidates for these parts of speech.
            multiword: Also candidates of several words.

        Example:
            >>> open_lexicon({"a": {"big": ["large", "great"]}}).readings("bigger")[0].candidates[0].text
            'larger'
        """
        return self._table.readings(surface, 255 if senses is None else senses, pos, multiword)

    def spans(self, surface: str) -> tuple[tuple[int, int], ...]:
        """Return those of `SPANS` at which a listed phrase may lie around a surface form, in lower case."""
        return self._table.spans(surface)

    def has_candidates(self, senses: int | None, pos: tuple[str, ...], multiword: bool) -> bytes:
        """Return for each surface form, by its index, 1 if `readings` has a candidate under these options, else 0."""
        return self._has_candidates(255 if senses is None else senses, pos, multiword)

    def index_of(self, surface: str) -> int | None:
        """Return the index of a surface form, in lower case, among all of them; None for an unlisted one."""
        return self._table.index_of(surface)

    def __contains__(self, surface: object) -> bool:
        return isinstance(surface, str) and self._table.index_of(surface) is not None

    def __len__(self) -> int:
        return len(self._table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lexicon) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Lexicon({self.path.name!r}, {len(self):,} surface forms, language={self.language!r})"

    def __reduce__(self) -> tuple[Callable[[str], Lexicon], tuple[str]]:
        return _load_lexicon, (str(self.path),)


LexiconSource = Lexicon | Synonyms | str | os.PathLike[str]
"""What `open_lexicon` takes, beside None for WordNet."""


def open_lexicon(source: LexiconSource | None = None, language: str = "en") -> Lexicon:
    """Return a compiled lexicon.

    Compiling WordNet takes a few seconds, once; the result lies in the user's cache under a hash of its source. Nothing
    is downloaded.

    Args:
        source: None for the WordNet of this machine (see `find_wordnet`); the path of a WordNet folder or archive, of a
            .csv, .json or .tab file (see `read_user_file`), or of a compiled lexicon; a mapping {word: [synonyms]} or
            {part of speech: {word: [synonyms]}}; or a Lexicon.
        language: "en" inflects by the rules of English; with any other code words are taken as they are written, and a
            source is required.

    Raises:
        LexiconNotFoundError: There is no WordNet on this machine. It is a ValueError.
        ValueError: The language is unknown, or the source cannot be read.
        FileNotFoundError: There is no file at the path.
        OSError: The cache cannot be written to.

    Example:
        >>> lexicon = open_lexicon({"n": {"dog": ["hound"]}})
        >>> "dogs" in lexicon, len(lexicon)
        (True, 2)
    """
    if isinstance(source, Lexicon):
        return source
    if language not in LANGUAGES and source is None:
        raise ValueError(
            f"there is no lexicon for the language {language!r}; known are {', '.join(LANGUAGES)}. For another, pass "
            'lexicon="wn-data-fra.tab" (Open Multilingual WordNet), or a CSV or JSON file of synonyms'
        )
    if isinstance(source, Mapping):
        content = json.dumps(source, sort_keys=True).encode()
        return _load_lexicon(str(_compile_user_lexicon(content, source, language)))
    path = None if source is None else Path(source).expanduser()
    if path is not None and path.suffix == ".lexicon":
        return _load_lexicon(str(path))
    if path is None or path.is_dir() or path.suffix == ".zip":
        return _load_lexicon(str(compile_wordnet(find_wordnet(path))))
    content = path.read_bytes() if path.is_file() else b""
    return _load_lexicon(str(_compile_user_lexicon(content, path, language)))


@lru_cache(maxsize=64)
def _load_lexicon(path: str) -> Lexicon:
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no compiled lexicon at {path}; compile it again with open_lexicon(...)")
    return Lexicon(path)


def compile_wordnet(source: WordNetSource, again: bool = False) -> Path:
    """Return the compiled lexicon of a WordNet, compiled if the cache does not hold it.

    Which source has which hash is remembered by the sizes and times of its files: reading them would take longer than
    opening the lexicon.

    Args:
        source: Files of WordNet.
        again: Compile even if the cache holds it.
    """
    stamp = hashlib.blake2b(f"{FORMAT} {source.stamp()}".encode(), digest_size=8).hexdigest()
    known = _lexicon_folder() / f"{stamp}.source"
    with _COMPILING:
        if not again and known.is_file():
            table = _lexicon_folder() / known.read_text(encoding="utf-8")
            if _is_complete(table):
                return table
        digest = _digest(*(source.read(name) for name in (*FILES, *OPTIONAL_FILES)))
        table = _lexicon_folder() / f"wordnet-{digest}.lexicon"
        if again or not _is_complete(table):
            rows = compile_rows(read_words(source), english_inflection(read_exceptions(source)))
            _write_table(table, rows, "en", read_license(source))
        _write_to_cache(known, table.name.encode())
    return table


def _compile_user_lexicon(content: bytes, source: Synonyms | Path, language: str) -> Path:
    table = _lexicon_folder() / f"own-{_digest(content, language.encode())}.lexicon"
    if not _is_complete(table):
        words = read_user_file(source) if isinstance(source, Path) else read_user_mapping(source)
        inflect_word = english_inflection({}) if language == "en" else no_inflection
        _write_table(table, compile_rows(words, inflect_word), language, "the user's own")
    return table


def _write_table(path: Path, rows: Rows, language: str, license: str) -> None:
    if not rows:
        raise ValueError(
            "the lexicon holds no word with a synonym; its words must consist of letters, two at least, and have a "
            "synonym that is not the word itself"
        )
    _write_to_cache(path, pack_rows(rows, {"language": language, "licence": license}))


def _write_to_cache(path: Path, content: bytes) -> None:
    try:
        write_bytes(path, content)
    except OSError as error:
        raise OSError(
            f"cannot write to the cache {path.parent} ({error.strerror}); set PAIRGEN_CACHE to a folder that you can "
            "write to"
        ) from error


def _is_complete(table: Path) -> bool:
    try:
        Table(table)
    except (OSError, ValueError):
        return False
    return True


def _lexicon_folder() -> Path:
    return cache_folder() / "lexicon"


def _digest(*contents: bytes) -> str:
    digest = hashlib.blake2b(str(FORMAT).encode(), digest_size=8)
    for content in contents:
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()
