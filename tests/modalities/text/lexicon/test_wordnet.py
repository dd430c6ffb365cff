from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pairgen.modalities.text.lexicon import LexiconNotFoundError, wordnet
from pairgen.modalities.text.lexicon.download import download_wordnet
from pairgen.modalities.text.lexicon.wordnet import download_folder, find_wordnet
from tests.helpers.tiny_wordnet import write_wordnet, zip_wordnet


@pytest.fixture
def machine(tmp_path, monkeypatch, cache):
    """A machine whose folders are below tmp_path; returns a function that puts WordNet into one of its places."""
    places = {"nltk": tmp_path / "nltk_data" / "corpora" / "wordnet", "debian": tmp_path / "usr" / "wordnet"}
    monkeypatch.delenv("PAIRGEN_WORDNET", raising=False)
    monkeypatch.setattr(wordnet, "_usual_folders", lambda: iter([*places.values(), download_folder()]))
    return lambda name: write_wordnet(places[name])


def test_the_order_is_path_variable_nltk_debian(machine, tmp_path, monkeypatch):
    debian = machine("debian")
    assert find_wordnet().path == debian
    nltk = machine("nltk")
    assert find_wordnet().path == nltk
    variable, explicit = write_wordnet(tmp_path / "variable"), write_wordnet(tmp_path / "explicit")
    monkeypatch.setenv("PAIRGEN_WORDNET", str(variable))
    assert find_wordnet().path == variable
    assert find_wordnet(explicit).path == explicit


def test_the_archive_that_nltk_leaves_is_found(machine, tmp_path):
    folder = machine("nltk")
    archive = zip_wordnet(folder, folder.with_name("wordnet.zip"))
    shutil.rmtree(folder)
    found = find_wordnet()
    assert (found.path, found.inside) == (archive, "wordnet")
    assert found.read("noun.exc") == b"children child\n"
    assert found.read("index.sense") == b""


def test_nltks_data_folders_are_looked_into(monkeypatch, tmp_path):
    monkeypatch.setenv("NLTK_DATA", str(tmp_path))
    listed = list(wordnet._usual_folders())
    assert listed[0] == tmp_path / "corpora" / "wordnet"
    assert Path.home() / "nltk_data" / "corpora" / "wordnet" in listed
    assert Path("/usr/share/wordnet") in listed


def test_links_to_folders_are_followed(machine, tmp_path):
    target = write_wordnet(tmp_path / "elsewhere")
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr" / "wordnet").symlink_to(target)
    assert find_wordnet().has("data.noun")


class Nltk:
    """NLTK's downloader, replaced: it puts WordNet into a folder, reports failure, or raises."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, outcome: object) -> None:
        module, package = ModuleType("nltk.downloader"), ModuleType("nltk")
        module.download, package.downloader = self.download, module
        monkeypatch.setitem(sys.modules, "nltk", package)
        monkeypatch.setitem(sys.modules, "nltk.downloader", module)
        self.outcome = outcome

    def download(self, name: str, quiet: bool) -> bool:
        assert name == "wordnet"
        if callable(self.outcome):
            self.outcome()
            return True
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return False


def test_wordnet_is_downloaded_with_nltks_downloader(machine, monkeypatch):
    Nltk(monkeypatch, lambda: machine("nltk"))
    said = []
    download_wordnet(said.append)
    assert find_wordnet().path.parent.name == "corpora"
    assert len(said) == 1


def debian(monkeypatch, works=True):
    """apt-get and dpkg-deb, replaced; returns the commands that were run."""
    commands = []

    def run(command, cwd, **options):
        commands.append(command)
        if not works:
            return subprocess.CompletedProcess(command, 100, "", "E: Unable to locate package wordnet-base\n")
        if command[0] == "apt-get":
            Path(cwd, "wordnet-base_3.0.deb").write_bytes(b"")
        else:
            write_wordnet(Path(cwd, command[3], "usr", "share", "wordnet"))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    return commands


@pytest.mark.parametrize("outcome", [None, OSError("no network")])
def test_debians_package_is_the_second_way(machine, monkeypatch, outcome):
    Nltk(monkeypatch, outcome)
    commands = debian(monkeypatch)
    download_wordnet()
    assert find_wordnet().path == download_folder()
    assert [command[0] for command in commands] == ["apt-get", "dpkg-deb"]
    assert commands[1][2] == "wordnet-base_3.0.deb"


def test_where_nothing_works_the_error_says_why_and_what_to_do(machine, monkeypatch):
    Nltk(monkeypatch, OSError("no network"))
    debian(monkeypatch, works=False)
    with pytest.raises(LexiconNotFoundError, match=r"no network.*Unable to locate.*PAIRGEN_WORDNET"):
        download_wordnet()
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(LexiconNotFoundError, match="this is not Debian"):
        download_wordnet()
