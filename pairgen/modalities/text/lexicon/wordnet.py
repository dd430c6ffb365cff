"""WordNet on this machine: where it is found, and its files (wndb(5WN), senseidx(5WN)) as words with their senses."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pairgen.modalities.text.lexicon.inflection import Exceptions
from pairgen.modalities.text.lexicon.types import Word

__all__ = [
    "FILES",
    "OPTIONAL_FILES",
    "LexiconNotFoundError",
    "WordNetSource",
    "cache_folder",
    "download_folder",
    "find_wordnet",
    "read_exceptions",
    "read_license",
    "read_words",
]

_FILE_NAMES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}

FILES = tuple(f"{prefix}.{pos}" for pos in _FILE_NAMES.values() for prefix in ("index", "data"))
"""Files that a WordNet folder must have."""

OPTIONAL_FILES = ("noun.exc", "verb.exc", "adj.exc", "adv.exc", "cntlist.rev", "index.sense")
"""Files that a WordNet folder may have."""

_VARIABLE = "PAIRGEN_WORDNET"
_REMEDY = "delete it and run: pairgen lexicon"
_POS_OF_DIGIT = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
_MARKER = re.compile(r"\((?:a|p|ip)\)$")
_RUDE_GLOSS = re.compile(
    r"\((?:[^()]* )?(?:ethnic slur|offensive|disparaging|derogatory|pejorative)\b|obscene (?:word|term)"
)
_RUDE_USAGES = frozenset(("ethnic_slur", "disparagement", "obscenity"))
_VULGAR = """
fuck fucking fucker motherfucker screw_up eff bonk shit shitty bullshit horseshit dogshit shithead crap arse
arsehole asshole ass-kisser bastard cunt twat prick cock cocksucker dickhead dick tit boob piss piss_off wank wanker
jerk_off whore slut hooker bitch bugger sodomize goddam goddamn son_of_a_bitch buttfuck shag blowjob cocksucking
turd fart nookie screwing
"""

_OBSCENE = frozenset(_VULGAR.split())
"""Words by which a synset is told to be vulgar, where WordNet does not mark it: all of its words are left out."""


class LexiconNotFoundError(ValueError):
    """There is no WordNet on this machine, or it is incomplete; the message says what to do."""


def cache_folder() -> Path:
    """Return `$PAIRGEN_CACHE`, or the system's folder for caches; it may not exist yet."""
    if explicit := os.environ.get("PAIRGEN_CACHE"):
        return Path(explicit)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "pairgen"


def download_folder() -> Path:
    """Return the folder in which `pairgen lexicon` stores a WordNet downloaded from Debian."""
    return cache_folder() / "wordnet"


@dataclass(frozen=True)
class WordNetSource:
    """Files of one WordNet: a folder, or a zip archive as NLTK's downloader leaves it.

    Args:
        path: The folder or archive.
        inside: Folder within the archive; "" for a folder.
    """

    path: Path
    inside: str = ""

    def has(self, name: str) -> bool:
        """Return whether the file `name` exists."""
        if not self.inside:
            return (self.path / name).is_file()
        with zipfile.ZipFile(self.path) as archive:
            return f"{self.inside}/{name}" in archive.NameToInfo

    def read(self, name: str) -> bytes:
        """Return the content of a file; b"" for a missing optional one.

        Raises:
            LexiconNotFoundError: The archive is damaged.
        """
        if name in OPTIONAL_FILES and not self.has(name):
            return b""
        if not self.inside:
            return (self.path / name).read_bytes()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(f"{self.inside}/{name}")
        except (zipfile.BadZipFile, EOFError) as error:
            raise LexiconNotFoundError(f"{self.path} is damaged ({error}); {_REMEDY}") from error

    def read_lines(self, name: str) -> list[str]:
        """Return the lines of a file without the license, whose lines begin with a space."""
        text = self.read(name).decode("utf-8", errors="replace")
        return [line for line in text.splitlines() if line and line[0] != " "]

    def stamp(self) -> str:
        """Return sizes and times of the files: it changes when they do, and no file is read."""
        files = [self.path] if self.inside else [self.path / name for name in (*FILES, *OPTIONAL_FILES)]
        stats = ((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files if f.is_file())
        return f"{self.path.resolve()} {self.inside} {list(stats)}"


def find_wordnet(path: str | os.PathLike[str] | None = None) -> WordNetSource:
    """Find WordNet: `path`, else the variable PAIRGEN_WORDNET, NLTK's data, /usr/share/wordnet, pairgen's cache.

    Args:
        path: A folder with `index.noun`, `data.noun` and so on, or a zip archive that holds one; None to search.

    Raises:
        LexiconNotFoundError: There is no WordNet, or files are missing. It is a ValueError.
    """
    explicit = path or os.environ.get(_VARIABLE)
    if explicit:
        return _check_source(Path(explicit).expanduser())
    for candidate in _usual_folders():
        if candidate.is_dir() and (candidate / "index.noun").is_file():
            return _check_source(candidate)
        archive = candidate.with_name(candidate.name + ".zip")
        if archive.is_file():
            return _check_source(archive)
    raise LexiconNotFoundError(
        "no WordNet on this machine (looked in NLTK's data folders, /usr/share/wordnet and the cache); download it "
        f"once with: pairgen lexicon   or install Debian's package wordnet-base, set {_VARIABLE} to its folder, or "
        "pass a lexicon of your own"
    )


def _usual_folders() -> Iterator[Path]:
    listed = filter(None, os.environ.get("NLTK_DATA", "").split(os.pathsep))
    prefix = (Path(sys.prefix) / part / "nltk_data" for part in ("", "share", "lib"))
    system = (Path(root) / "nltk_data" for root in ("/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib"))
    for folder in (*map(Path, listed), Path.home() / "nltk_data", *prefix, *system):
        yield folder / "corpora" / "wordnet"
    yield Path("/usr/share/wordnet")
    yield download_folder()


def _check_source(path: Path) -> WordNetSource:
    source = WordNetSource(path) if path.is_dir() else _find_in_archive(path)
    missing = [name for name in FILES if not source.has(name)]
    if missing:
        raise LexiconNotFoundError(
            f"the WordNet in {path} is incomplete: it lacks {', '.join(missing)}; restore them, or pass the path of "
            "another folder"
        )
    return source


def _find_in_archive(path: Path) -> WordNetSource:
    if not path.is_file():
        raise LexiconNotFoundError(f"there is no WordNet at {path}; pass the folder that holds index.noun")
    try:
        with zipfile.ZipFile(path) as archive:
            indices = [name for name in archive.namelist() if name.endswith("/index.noun")]
    except (zipfile.BadZipFile, EOFError) as error:
        raise LexiconNotFoundError(
            f"{path} is neither a WordNet folder nor a complete zip archive of one ({error}); {_REMEDY}"
        ) from error
    if not indices:
        raise LexiconNotFoundError(f"the archive {path} holds no WordNet: it has no file index.noun")
    return WordNetSource(path, indices[0].removesuffix("/index.noun"))


def read_words(source: WordNetSource) -> list[Word]:
    """Read every lemma that is no name, with its senses.

    Senses in which a lemma is a name, slurs, and synsets of which one word is vulgar are left out.

    Raises:
        LexiconNotFoundError: The files are not WordNet's.
    """
    counts = _read_counts(source)
    rude = _rude_usages(source)
    return [word for pos in _FILE_NAMES for word in _read_words_of(source, pos, counts, rude)]


def _read_words_of(
    source: WordNetSource, pos: str, counts: dict[tuple[str, str], int], rude: set[str]
) -> Iterator[Word]:
    synsets = _read_synsets(source, pos, rude)
    name = f"index.{_FILE_NAMES[pos]}"
    for fields in map(str.split, source.read_lines(name)):
        try:
            offsets = fields[-int(fields[2]) :]
            senses = [synsets[offset] for offset in offsets]
        except (ValueError, KeyError, IndexError) as error:
            raise _damaged_file(source, name, fields[0]) from error
        lemma = fields[0].replace("_", " ")
        used = [[other for other in sense if other != lemma] for sense in senses if lemma in sense]
        if used:
            yield Word(lemma, pos, used, counts.get((lemma, pos), 0))


def _read_synsets(source: WordNetSource, pos: str, rude: set[str]) -> dict[str, list[str]]:
    """Offset -> the lower-case lemmas of the synset; no names, and none if it is marked as rude."""
    name = f"data.{_FILE_NAMES[pos]}"
    synsets: dict[str, list[str]] = {}
    for line in source.read_lines(name):
        data, _, gloss = line.partition("|")
        fields = data.split()
        try:
            lemmas = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
        except (ValueError, IndexError) as error:
            raise _damaged_file(source, name, line[:40]) from error
        marked = _RUDE_GLOSS.search(gloss) or (";u" in fields and rude & set(fields)) or not _OBSCENE.isdisjoint(lemmas)
        plain = (_MARKER.sub("", lemma).replace("_", " ") for lemma in lemmas)
        synsets[fields[0]] = [] if marked else [lemma for lemma in plain if lemma == lemma.lower()]
    return synsets


def _rude_usages(source: WordNetSource) -> set[str]:
    """Offsets of the noun synsets that mark the usage of others as a slur or as obscene."""
    lines = source.read_lines("data.noun")
    return {line[:8] for line in lines if len(line) > 20 and _RUDE_USAGES & set(line[:120].split())}


def _read_counts(source: WordNetSource) -> dict[tuple[str, str], int]:
    """(lemma, part of speech) -> times tagged, from `cntlist.rev` or `index.sense`; empty where both are missing."""
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    name = "cntlist.rev" if source.has("cntlist.rev") else "index.sense"
    for fields in map(str.split, source.read_lines(name)):
        lemma, _, key = fields[0].partition("%")
        if key[:1] in _POS_OF_DIGIT and fields[-1].isdigit():
            counts[lemma.replace("_", " "), _POS_OF_DIGIT[key[0]]] += int(fields[-1])
    return counts


def read_exceptions(source: WordNetSource) -> Exceptions:
    """Read the irregular forms of nouns, verbs and adjectives, by lemma; a form equal to the lemma is left out."""
    exceptions: dict[str, dict[str, list[str]]] = {}
    for pos in ("n", "v", "a"):
        forms: defaultdict[str, list[str]] = defaultdict(list)
        for fields in map(str.split, source.read_lines(f"{_FILE_NAMES[pos]}.exc")):
            for lemma in fields[1:]:
                if lemma != fields[0]:
                    forms[lemma.replace("_", " ")].append(fields[0].replace("_", " "))
        exceptions[pos] = dict(forms)
    return exceptions


def read_license(source: WordNetSource) -> str:
    """Read the notice at the head of WordNet's files, without its line numbers."""
    head = source.read("data.noun")[:8192].decode("utf-8", errors="replace").splitlines()
    lines = [line.split(maxsplit=1)[1:] for line in head if line.startswith("  ")]
    return "\n".join(part[0].strip() if part else "" for part in lines)


def _damaged_file(source: WordNetSource, name: str, where: str) -> LexiconNotFoundError:
    return LexiconNotFoundError(
        f"{name} in {source.path} is not a complete WordNet file (near {where!r}): restore it, or download WordNet "
        "again with: pairgen lexicon"
    )
