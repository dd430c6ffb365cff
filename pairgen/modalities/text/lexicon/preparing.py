"""Getting the lexicon ready, which may mean fetching WordNet: only when the user asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable

from pairgen.modalities.text.lexicon.fetching import fetch_wordnet
from pairgen.modalities.text.lexicon.opening import Lexicon, compile_wordnet, open_lexicon
from pairgen.modalities.text.lexicon.sources import LexiconNotFoundError, find_wordnet

__all__ = ["prepare_lexicon"]


def prepare_lexicon(
    source: str | os.PathLike[str] | None = None,
    language: str = "en",
    *,
    again: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Lexicon:
    """The lexicon of a source as `open_lexicon` takes it; by default WordNet's, fetched where there is none.

    again: compile WordNet anew. say: is told what happens. Raises what `open_lexicon` raises, and LexiconNotFoundError
    where WordNet cannot be fetched.
    """
    if source is None and language == "en":
        try:
            found = find_wordnet()
        except LexiconNotFoundError:
            fetch_wordnet(say)
            found = find_wordnet()
        say(f"WordNet is in {found.path}")
        compile_wordnet(found, again)
    return open_lexicon(source, language)
