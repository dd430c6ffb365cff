"""Synonyms of the user: a mapping, a CSV or JSON file, or a WordNet of another language in its tab format."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pairgen.modalities.text.lexicon.types import POS, Word

__all__ = ["read_user_file", "read_user_mapping"]

_SHAPE = 'write {"big": ["large", "huge"]}, or by part of speech {"a": {"big": ["large"]}, "n": {...}}'


def read_user_file(path: Path) -> list[Word]:
    """Read the words of a `.csv`, `.json` or `.tab` file, in UTF-8.

    CSV: a line is a word and its synonyms, the best first; where the second cell is one of n, v, a, r, it is the part
    of speech. JSON: as `read_user_mapping`. Tab: the Open Multilingual WordNet's lines
    `synset TAB lang:lemma TAB word`.

    Raises:
        FileNotFoundError: There is no file at the path.
        ValueError: Another suffix, text that is not UTF-8, or a line of another form.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no lexicon at {path}; pass a .csv, .json or .tab file, or a WordNet folder")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 ({error}); save it as UTF-8") from error
    match path.suffix.lower():
        case ".csv":
            return _read_rows(csv.reader(text.splitlines()), path)
        case ".json":
            try:
                return read_user_mapping(json.loads(text))
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error
        case ".tab":
            return _read_tab(text, path)
    raise ValueError(f"a lexicon is a .csv, .json or .tab file, or a WordNet folder; got {path}")


def read_user_mapping(synonyms: object) -> list[Word]:
    """Return the words of {word: [synonyms]}, all taken as nouns, or of {part of speech: {word: [synonyms]}}.

    Raises:
        ValueError: The mapping is empty or has another form, or a part of speech is unknown.
    """
    if not isinstance(synonyms, Mapping) or not synonyms:
        raise ValueError(f"synonyms are a non-empty mapping, got {type(synonyms).__name__}; {_SHAPE}")
    by_pos = synonyms if all(isinstance(part, Mapping) for part in synonyms.values()) else {"n": synonyms}
    if unknown := [pos for pos in by_pos if pos not in POS]:
        raise ValueError(f"{unknown[0]!r} is no part of speech; they are {', '.join(POS)}. {_SHAPE}")
    words = []
    for pos, entries in by_pos.items():
        for word, others in entries.items():
            listed = isinstance(others, Sequence) and not isinstance(others, str)
            if not listed or not all(isinstance(other, str) for other in others):
                raise ValueError(f"the synonyms of {word!r} are {others!r}, not a list of words; {_SHAPE}")
            words.append(Word(_normalize(word), pos, [[_normalize(other) for other in others]]))
    return words


def _read_rows(rows: Iterable[list[str]], path: Path) -> list[Word]:
    words = []
    for number, cells in enumerate(rows, start=1):
        filled = [cell.strip() for cell in cells if cell.strip()]
        if not filled:
            continue
        pos, others = (filled[1], filled[2:]) if len(filled) > 2 and filled[1] in POS else ("n", filled[1:])
        if not others:
            raise ValueError(f"{path}, line {number}: {filled[0]!r} has no synonyms; write word,synonym,synonym")
        words.append(Word(_normalize(filled[0]), pos, [[_normalize(other) for other in others]]))
    if not words:
        raise ValueError(f"{path} holds no synonyms; write a line word,synonym,synonym for each word")
    return words


def _read_tab(text: str, path: Path) -> list[Word]:
    synsets: defaultdict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        fields = line.split("\t")
        if line.startswith("#") or len(fields) < 3 or not fields[1].endswith("lemma"):
            continue
        synsets[fields[0]].append(_normalize(fields[2]))
    words: dict[tuple[str, str], Word] = {}
    for synset, lemmas in synsets.items():
        pos = {"s": "a"}.get(synset[-1], synset[-1])
        if pos not in POS:
            raise ValueError(f"{path}: {synset!r} is no synset; they look like 00001740-n")
        for lemma in lemmas:
            word = words.setdefault((lemma, pos), Word(lemma, pos))
            word.senses.append([other for other in lemmas if other != lemma])
    if not words:
        raise ValueError(
            f"{path} holds no lines `synset TAB lang:lemma TAB word`, as an Open Multilingual WordNet does"
        )
    return list(words.values())


def _normalize(word: str) -> str:
    return " ".join(word.replace("_", " ").split()).lower()
