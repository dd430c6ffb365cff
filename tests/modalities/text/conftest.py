"""Lexicons for the tests: a tiny one that is always there, and WordNet where this machine has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pairgen.modalities.text import Lexicon, LexiconNotFoundError, open_lexicon
from tests.helpers.tiny_wordnet import write_wordnet


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PAIRGEN_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    """The lexicon of the tiny WordNet."""
    before = os.environ.get("PAIRGEN_CACHE")
    os.environ["PAIRGEN_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    try:
        return open_lexicon(write_wordnet(tmp_path_factory.mktemp("wordnet")))
    finally:
        del os.environ["PAIRGEN_CACHE"]
        if before is not None:
            os.environ["PAIRGEN_CACHE"] = before


@pytest.fixture(scope="session")
def english() -> Lexicon:
    """WordNet's lexicon; the test is skipped where WordNet is not installed."""
    try:
        return open_lexicon()
    except LexiconNotFoundError as error:
        pytest.skip(str(error))
