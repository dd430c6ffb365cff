"""Synonym swaps by NLTK and nlpaug for the subject `text`, on the same WordNet as pairgen's."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from pairgen.modalities.text.lexicon import find_wordnet
from pairgen.modalities.text.lexicon.wordnet import FILES, OPTIONAL_FILES

_LEXNAMES = (
    "adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition "
    "noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object noun.person "
    "noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape noun.state "
    "noun.substance noun.time verb.body verb.change verb.cognition verb.communication verb.competition "
    "verb.consumption verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social "
    "verb.stative verb.weather adj.ppl"
)

Swap = Callable[[str], str]


@lru_cache(maxsize=1)
def wordnet_folder() -> Path:
    """A folder of the files that pairgen's lexicon was compiled from, as NLTK wants them; it goes with the process.

    NLTK refuses links out of it, and asks for a list of lexicographer files that Debian leaves out.
    """
    source = find_wordnet()
    data_root = Path(tempfile.mkdtemp(prefix="wordnet-"))
    atexit.register(shutil.rmtree, data_root, ignore_errors=True)
    folder = data_root / "corpora" / "wordnet"
    folder.mkdir(parents=True)
    for name in (*FILES, *OPTIONAL_FILES):
        (folder / name).write_bytes(source.read(name))
    lines = [f"{i:02d}\t{name}\t1" for i, name in enumerate(_LEXNAMES.split())]
    (folder / "lexnames").write_text("\n".join(lines) + "\n")
    return folder


@lru_cache(maxsize=1)
def nltk_wordnet() -> Any:
    """NLTK's WordNet."""
    folder = wordnet_folder()
    data_root = str(folder.parent.parent)
    os.environ["NLTK_DATA"] = data_root
    import nltk
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    library: Any = nltk
    library.data.path.insert(0, data_root)
    reader: Any = WordNetCorpusReader
    return reader(library.data.FileSystemPathPointer(str(folder)), None)


def forget() -> None:
    """Drop the synsets that NLTK's WordNet has read so far."""
    nltk_wordnet()._synset_offset_cache.clear()


def nltk_swap() -> Swap:
    """Synonyms of all senses by NLTK, as tutorials do it."""
    wordnet = nltk_wordnet()

    def synonym_replacement(sentence: str, p: float = 0.1) -> str:
        words = sentence.split()
        replaced = []
        for word in words:
            if random.random() < p:
                synonyms = {lemma.name() for synset in wordnet.synsets(word) for lemma in synset.lemmas()}
                if synonyms:
                    word = random.choice(list(synonyms))
            replaced.append(word)
        return " ".join(replaced)

    return synonym_replacement


def nlpaug() -> Swap:
    """Nlpaug's SynonymAug. Its part-of-speech tagger is replaced by one that costs nothing, which is in its favor."""
    wordnet = nltk_wordnet()
    import nlpaug.augmenter.word as words
    import nlpaug.model.word_dict.wordnet as dictionary
    import nltk

    library: Any = nltk
    library.pos_tag = lambda tokens: [(token, "NN") for token in tokens]
    wordnet_module: Any = dictionary
    wordnet_module.wordnet = wordnet
    peer: Any = words
    augmenter = peer.SynonymAug(aug_src="wordnet", aug_p=0.1, aug_min=0)

    def swap(text: str) -> str:
        return str(augmenter.augment(text)[0])

    return swap
