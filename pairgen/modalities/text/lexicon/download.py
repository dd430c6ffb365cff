"""Download of WordNet when the user asks for it: by NLTK's downloader, or from Debian where that is unreachable."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pairgen.modalities.text.lexicon.lexicon import Lexicon, compile_wordnet, open_lexicon
from pairgen.modalities.text.lexicon.types import Synonyms
from pairgen.modalities.text.lexicon.wordnet import LexiconNotFoundError, download_folder, find_wordnet

__all__ = ["download_wordnet", "prepare_lexicon"]

_PACKAGE = "wordnet-base"


def prepare_lexicon(
    source: Lexicon | Synonyms | str | os.PathLike[str] | None = None,
    language: str = "en",
    *,
    again: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Lexicon:
    """Return the lexicon of a source; WordNet is downloaded where there is none.

    Args:
        source: As `open_lexicon` takes it; None for WordNet.
        language: As `open_lexicon` takes it.
        again: Compile WordNet anew.
        say: Called with each step, as text.

    Raises:
        LexiconNotFoundError: WordNet cannot be downloaded.
        ValueError: As `open_lexicon` raises it.
        FileNotFoundError: There is no file at `source`.
    """
    if source is None and language == "en":
        try:
            wordnet = find_wordnet()
        except LexiconNotFoundError:
            download_wordnet(say)
            wordnet = find_wordnet()
        say(f"WordNet is in {wordnet.path}")
        compile_wordnet(wordnet, again)
    return open_lexicon(source, language)


def download_wordnet(say: Callable[[str], None] = lambda text: None) -> None:
    """Download WordNet to where `find_wordnet` looks.

    Args:
        say: Called with each step, as text.

    Raises:
        LexiconNotFoundError: Neither way works; the message has the error of each.
    """
    errors = []
    for name, download in (("NLTK's downloader", _from_nltk), (f"Debian's package {_PACKAGE}", _from_debian)):
        say(f"downloading WordNet with {name} ...")
        error = download()
        if error is None:
            return
        say(f"  that did not work: {error}")
        errors.append(f"{name}: {error}")
    raise LexiconNotFoundError(
        f"WordNet could not be downloaded ({'; '.join(errors)}). On a machine with a network, download NLTK's "
        "corpora/wordnet.zip, copy it to this one, and set PAIRGEN_WORDNET to its path"
    )


def _from_nltk() -> str | None:
    """None if it worked, else why not."""
    try:
        downloader = import_module("nltk.downloader")
    except ImportError:
        return "nltk is not installed"
    try:
        downloaded = downloader.download("wordnet", quiet=True)
    except Exception as error:  # the downloader lets through whatever XML parsers and sockets raise
        return f"{type(error).__name__}: {error}"
    return None if downloaded else "its server cannot be reached"


def _from_debian() -> str | None:
    """Unpack the package into the cache, without root. None if it worked, else why not."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return "this is not Debian: apt-get and dpkg-deb are missing"
    with tempfile.TemporaryDirectory() as folder:
        commands = (["apt-get", "download", _PACKAGE], ["dpkg-deb", "-x", "PACKAGE", "unpacked"])
        for command in commands:
            packages = [path.name for path in Path(folder).glob("*.deb")]
            words = [packages[0] if word == "PACKAGE" and packages else word for word in command]
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                return f"{' '.join(words)}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}"
        unpacked = Path(folder, "unpacked", "usr", "share", "wordnet")
        if not unpacked.is_dir():
            return "the package holds no usr/share/wordnet"
        download_folder().parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(unpacked, download_folder(), dirs_exist_ok=True)
    return None
