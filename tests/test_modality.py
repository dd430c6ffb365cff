"""Modalities: what the base class answers, and a modality whose parts are found by the names of modules."""

from __future__ import annotations

import copy
import importlib
import pickle
import sys
from pathlib import Path

import pytest
import torch

import pairgen
from pairgen.modality import LazyModality, Modality
from pairgen.registry import UnknownNameError
from tests.helpers.toy import Series

MODULES = {
    "__init__": "",
    "modality": "from pairgen.modality import LazyModality\n\n{modality}",
    "augmentations": "__all__ = ['Flip', 'WordAugmentation']\n"
    "class WordAugmentation: ...\nclass Flip(WordAugmentation): ...",
    "batch": "def collate(views): return list(views)\ndef check_batch(batch): return batch",
    "io/__init__": "",
    "io/codec": "class Codec:\n  def decode(self, item): return item.lower()\n"
    "  def restore(self, view, item): return view.upper()\nCODEC = Codec()",
    "recipes": "from pairgen.modality import Recipe\ndef plain(size=1): return Recipe(size, size)",
    "networks": "import torch\ndef linear(width=2): return torch.nn.Linear(width, width)\n"
    "def other(name, **options): return torch.nn.Identity()",
    "broken": "import a_library_that_nobody_has",
}
MODALITY = """MODALITY = LazyModality(
    "words", "wordy", recipes={"plain": "recipes:plain"}, encoders={"linear": "networks:linear"},
    encoder_families={"zoo": "networks:other"}, default_recipe="plain", default_encoder="linear",
    source_help="text", check_spec="wordy.no_check:check_spec")"""


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LazyModality:
    for name, text in MODULES.items():
        path = tmp_path / "wordy" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{modality}", MODALITY))
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == "wordy"]:
        monkeypatch.delitem(sys.modules, name)
    return importlib.import_module("wordy.modality").MODALITY


def test_a_part_is_imported_when_it_is_first_used(words: LazyModality) -> None:
    def loaded() -> set[str]:
        return {name.removeprefix("wordy.") for name in sys.modules if name.startswith("wordy.")}

    assert words.recipes.names() == ["plain"]
    assert words.encoders.names() == ["linear"]
    assert list(words.augmentations) == ["Flip"]
    assert loaded() == {"modality", "augmentations"}
    assert words.decode("ABC") == "abc"
    assert loaded() == {"modality", "augmentations", "io", "io.codec"}


def test_every_part_does_the_work_of_its_module(words: LazyModality) -> None:
    assert words.restore("abc", "ABC") == "ABC"
    assert words.collate(("a", "b")) == ["a", "b"]
    assert words.check_batch(["a"]) == ["a"]
    assert words.recipes.get("plain")(size=3).first == 3
    assert words.augmentations["Flip"].__name__ == "Flip"
    assert len(words.augmentations) == 1
    assert isinstance(words.encoders.get("zoo/any")(), torch.nn.Identity)
    with pytest.raises(KeyError, match="WordAugmentation"):
        words.augmentations["WordAugmentation"]


def test_pickles_and_copies_are_the_modality_itself(words: LazyModality) -> None:
    words.decode("a")
    assert pickle.loads(pickle.dumps(words)) is words
    assert copy.deepcopy(words) is words


def test_a_missing_module_is_an_error_that_names_it(words: LazyModality) -> None:
    for use in (lambda: words.read("folder"), lambda: words.plot_pairs([])):
        with pytest.raises(ValueError, match=r"the modality 'words' has no module wordy\.(reader\.read|plotting)"):
            use()


def test_a_missing_library_within_a_module_is_its_own_error(words: LazyModality) -> None:
    with pytest.raises(ModuleNotFoundError, match="a_library_that_nobody_has"):
        words._part("broken", "anything")


def test_an_encoder_keeps_what_rebuilds_it(words: LazyModality) -> None:
    encoder = pairgen.create_encoder(words, "linear", width=3)
    assert encoder.in_features == 3
    assert encoder.spec == {"modality": "words", "name": "linear", "options": {"width": 3}}
    with pytest.raises(UnknownNameError, match=r"no words encoder is called 'liner'.*Did you mean 'linear'"):
        pairgen.create_encoder(words, "liner")


def test_a_modality_without_reader_or_plots_says_so() -> None:
    with pytest.raises(ValueError, match="'series' has no reader"):
        Series().read("folder")
    with pytest.raises(ValueError, match="'series' cannot plot its pairs"):
        Series().plot_pairs([])
    with pytest.raises(ValueError, match="'series' describes no items"):
        Series().check_spec  # noqa: B018
    assert Series().encoder_options("linear", [], None) == {}


def test_all_modalities_have_the_same_parts() -> None:
    assert pairgen.list_modalities() == ["audio", "graph", "image", "text", "timeseries"]
    for name in pairgen.list_modalities():
        modality = pairgen.get_modality(name)
        assert isinstance(modality, Modality)
        assert modality.name == name
        assert modality.default_recipe in modality.recipes
        assert modality.default_encoder in modality.encoders
        assert modality.evaluation_recipe in modality.recipes
        assert pickle.loads(pickle.dumps(modality)) is modality
