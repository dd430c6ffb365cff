"""A WordNet of a dozen synsets, in WordNet's own file format, for tests that must not depend on the real one."""

from __future__ import annotations

import zipfile
from pathlib import Path

SYNSETS = {
    "noun": [
        (["dog", "domestic_dog", "hound"], "a member of the genus Canis"),
        (["cad", "dog", "bounder"], "someone who is morally reprehensible"),
        (["city", "metropolis", "urban_center"], "a large and densely populated urban area"),
        (["child", "kid", "youngster"], "a young person"),
        (["Paris", "City_of_Light"], "the capital of France"),
        (["walk", "stroll"], "the act of walking"),
        (["oaf", "lout", "clod"], "(ethnic slur) not to be used"),
    ],
    "verb": [
        (["walk", "stroll"], "use one's feet to advance"),
        (["go", "travel", "move"], "change location"),
        (["stop", "halt"], "come to a halt"),
        (["halt", "crap"], "a synset that one of its words makes vulgar"),
    ],
    "adj": [
        (["big", "large(p)"], "above average in size"),
        (["big", "bad"], "very intense"),
        (["ancient", "old"], "of long standing"),
    ],
    "adv": [(["quickly", "rapidly", "speedily"], "with rapid movements")],
}
EXCEPTIONS = {
    "noun": ["children child"],
    "verb": ["gone go", "went go", "stopped stop", "stopping stop"],
    "adj": ["bigger big", "biggest big", "worse bad", "worst bad"],
    "adv": [],
}
COUNTS = [
    "dog%1:05:00:: 1 40",
    "dog%1:18:01:: 2 2",
    "walk%2:38:00:: 1 100",
    "walk%1:04:00:: 1 10",
    "big%3:00:01:: 1 70",
]
LICENSE = "  1 This software and database is being provided to you, the LICENSEE, by\n  2 Nobody at all.\n"
_LETTER = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}


def write_wordnet(folder: Path) -> Path:
    """Write the files and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for pos, synsets in SYNSETS.items():
        letter, data, index = _LETTER[pos], LICENSE, {}
        for lemmas, gloss in synsets:
            offset = f"{len(data):08d}"
            words = " ".join(f"{lemma} 0" for lemma in lemmas)
            data += f"{offset} 00 {letter} {len(lemmas):02x} {words} 000 | {gloss}  \n"
            for lemma in lemmas:
                index.setdefault(lemma.split("(")[0].lower(), []).append(offset)
        lines = [f"{lemma} {letter} {len(o)} 0 {len(o)} 0 {' '.join(o)}  \n" for lemma, o in sorted(index.items())]
        (folder / f"data.{pos}").write_text(data)
        (folder / f"index.{pos}").write_text(LICENSE + "".join(lines))
        (folder / f"{pos}.exc").write_text("".join(f"{line}\n" for line in EXCEPTIONS[pos]))
    (folder / "cntlist.rev").write_text("\n".join(COUNTS) + "\n")
    return folder


def zip_wordnet(folder: Path, archive: Path) -> Path:
    """Write them as NLTK's downloader does: an archive that holds a folder `wordnet`."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.iterdir()):
            file.write(path, f"wordnet/{path.name}")
    return archive
