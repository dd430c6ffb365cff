"""Fetching WordNet, when the user asks for it: by NLTK's downloader, or, where that is unreachable, from Debian."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pairgen.modalities.text.lexicon.sources import LexiconNotFoundError, fetched_folder

__all__ = ["fetch_wordnet"]

_PACKAGE = "wordnet-base"


def fetch_wordnet(say: Callable[[str], None] = lambda text: None) -> None:
    """Put WordNet where `find_wordnet` looks. say: is told what happens.

    Raises LexiconNotFoundError where neither way works, with what each of them said.
    """
    troubles = []
    for name, way in (("NLTK's downloader", _from_nltk), (f"Debian's package {_PACKAGE}", _from_debian)):
        say(f"fetching WordNet with {name} ...")
        trouble = way()
        if trouble is None:
            return
        say(f"  that did not work: {trouble}")
        troubles.append(f"{name}: {trouble}")
    raise LexiconNotFoundError(
        f"WordNet could not be fetched ({'; '.join(troubles)}). On a machine with a network, download NLTK's "
        "corpora/wordnet.zip, bring it here, and set PAIRGEN_WORDNET to its path"
    )


def _from_nltk() -> str | None:
    """None if it worked, else why not."""
    try:
        import nltk.downloader
    except ImportError:
        return "nltk is not installed"
    try:
        download: Any = nltk.downloader.download
        fetched = download("wordnet", quiet=True)
    except Exception as error:  # the downloader lets through whatever XML parsers and sockets raise
        return f"{type(error).__name__}: {error}"
    return None if fetched else "its server cannot be reached"


def _from_debian() -> str | None:
    """Unpack the package into the cache; root is not needed. None if it worked, else why not."""
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
        fetched_folder().parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(unpacked, fetched_folder(), dirs_exist_ok=True)
    return None
