from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pairgen.cli import app
from pairgen.modalities.text.lexicon import wordnet
from tests.helpers.tiny_wordnet import write_wordnet


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PAIRGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("PAIRGEN_WORDNET", raising=False)


def run(*arguments):
    result = CliRunner().invoke(app, ["lexicon", *map(str, arguments)])
    return result.exit_code, " ".join(result.output.split())


def test_the_wordnet_of_the_machine_is_compiled_and_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("PAIRGEN_WORDNET", str(write_wordnet(tmp_path / "wordnet")))
    code, text = run("--word", "Dogs")
    assert code == 0
    assert "surface forms" in text
    assert "hounds" in text
    assert run("--again")[0] == 0


def test_wordnet_is_downloaded_where_there_is_none(tmp_path, monkeypatch):
    folder = tmp_path / "corpora" / "wordnet"
    monkeypatch.setattr(wordnet, "_usual_folders", lambda: iter((folder,)))
    monkeypatch.setattr("pairgen.modalities.text.lexicon.download._from_nltk", lambda: write_wordnet(folder) and None)
    code, text = run()
    assert code == 0
    assert "downloading WordNet with NLTK's downloader" in text


def test_own_files_are_compiled(tmp_path):
    (tmp_path / "own.csv").write_text("sofa,couch\n")
    code, text = run(tmp_path / "own.csv", "--word", "sofas")
    assert code == 0
    assert "couches" in text
    assert run(tmp_path / "own.csv", "--word", "sofas", "--quiet") == (0, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("NOWHERE.csv",), "there is no lexicon at"),
        (("EMPTY",), "incomplete"),
        (("own.csv", "--language", "xx"), "own.csv"),
    ],
)
def test_errors_are_one_line_with_the_remedy(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").mkdir()
    code, text = run(*arguments)
    assert code == 2
    assert words in text
    assert "Traceback" not in text


def test_where_nothing_can_be_downloaded_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(wordnet, "_usual_folders", lambda: iter(()))
    monkeypatch.setattr("pairgen.modalities.text.lexicon.download._from_nltk", lambda: "no network")
    monkeypatch.setattr("pairgen.modalities.text.lexicon.download._from_debian", lambda: "this is not Debian")
    code, text = run()
    assert code == 2
    assert "no network; Debian's package wordnet-base: this is not Debian" in text
