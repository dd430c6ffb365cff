"""WordNet's own files (format: wndb(5WN), senseidx(5WN)) as words with their senses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pairgen.modalities.text.lexicon.inflection import Exceptions
from pairgen.modalities.text.lexicon.sources import LexiconNotFoundError, Source

__all__ = ["Word", "read_exceptions", "read_words", "words_of"]

_FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
_POS_OF_DIGIT = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
_MARKER = re.compile(r"\((?:a|p|ip)\)$")
_RUDE_GLOSS = re.compile(
    r"\((?:[^()]* )?(?:ethnic slur|offensive|disparaging|derogatory|pejorative)\b|obscene (?:word|term)"
)
_RUDE_USAGES = frozenset(("ethnic_slur", "disparagement", "obscenity"))


@dataclass
class Word:
    """A lemma in one part of speech.

    senses: for each sense, the most frequent first, its other lemmas; with spaces, not underscores.
    count: how often it is tagged in WordNet's corpora, all senses together.
    """

    lemma: str
    pos: str
    senses: list[list[str]] = field(default_factory=list)
    count: int = 0


def words_of(source: Source) -> list[Word]:
    """Every lemma that is no name, with its senses. LexiconNotFoundError for files that are not WordNet's."""
    counts = _counts(source)
    return [word for pos in _FILES for word in read_words(source, pos, counts)]


def read_words(source: Source, pos: str, counts: dict[tuple[str, str], int]) -> Iterator[Word]:
    """The lemmas of one part of speech. Senses in which a lemma is a name are left out, and so are slurs."""
    synsets = _synsets(source, pos)
    for fields in _records(source, f"index.{_FILES[pos]}"):
        try:
            offsets = fields[-int(fields[2]) :]
            senses = [synsets[offset] for offset in offsets]
        except (ValueError, KeyError, IndexError) as error:
            raise _damaged(source, f"index.{_FILES[pos]}", fields[0]) from error
        lemma = fields[0].replace("_", " ")
        used = [[other for other in sense if other != lemma] for sense in senses if lemma in sense]
        if used:
            yield Word(lemma, pos, used, counts.get((lemma, pos), 0))


def read_exceptions(source: Source) -> Exceptions:
    """The irregular forms of nouns, verbs and adjectives, by lemma; a form equal to the lemma is none."""
    found: dict[str, dict[str, list[str]]] = {}
    for pos in ("n", "v", "a"):
        forms: defaultdict[str, list[str]] = defaultdict(list)
        for fields in _records(source, f"{_FILES[pos]}.exc"):
            for lemma in fields[1:]:
                if lemma != fields[0]:
                    forms[lemma.replace("_", " ")].append(fields[0].replace("_", " "))
        found[pos] = dict(forms)
    return found


def _records(source: Source, name: str) -> Iterator[list[str]]:
    """The lines of a file as fields, without the licence, whose lines begin with a space."""
    text = source.read(name).decode("utf-8", errors="replace")
    return (line.split() for line in text.splitlines() if line and line[0] != " ")


def _synsets(source: Source, pos: str) -> dict[str, list[str]]:
    """Offset -> the lower-case lemmas of the synset; no names, and none if it is marked as rude."""
    name = f"data.{_FILES[pos]}"
    rude = _rude_usages(source)
    synsets: dict[str, list[str]] = {}
    for line in source.read(name).decode("utf-8", errors="replace").splitlines():
        if not line or line[0] == " ":
            continue
        data, _, gloss = line.partition("|")
        fields = data.split()
        try:
            lemmas = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
        except (ValueError, IndexError) as error:
            raise _damaged(source, name, line[:40]) from error
        marked = _RUDE_GLOSS.search(gloss) or (";u" in fields and rude & set(fields))
        plain = (_MARKER.sub("", lemma).replace("_", " ") for lemma in lemmas)
        synsets[fields[0]] = [] if marked else [lemma for lemma in plain if lemma == lemma.lower()]
    return synsets


def _rude_usages(source: Source) -> set[str]:
    """Offsets of the noun synsets that mark the usage of others as a slur or as obscene."""
    lines = source.read("data.noun").decode("utf-8", errors="replace").splitlines()
    return {line[:8] for line in lines if len(line) > 20 and line[0] != " " and _RUDE_USAGES & set(line[:120].split())}


def _counts(source: Source) -> dict[tuple[str, str], int]:
    """(lemma, part of speech) -> times tagged, from `cntlist.rev` or `index.sense`; empty where both are missing."""
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    name = "cntlist.rev" if source.has("cntlist.rev") else "index.sense"
    for fields in _records(source, name):
        lemma, _, kind = fields[0].partition("%")
        if kind[:1] in _POS_OF_DIGIT and fields[-1].isdigit():
            counts[lemma.replace("_", " "), _POS_OF_DIGIT[kind[0]]] += int(fields[-1])
    return counts


def _damaged(source: Source, name: str, where: str) -> LexiconNotFoundError:
    return LexiconNotFoundError(
        f"{name} in {source.path} is not a whole WordNet file (near {where!r}): restore it, or fetch WordNet again "
        "with: pairgen lexicon"
    )
