from __future__ import annotations

import json
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgen.modalities.text.lexicon import LANGUAGES, Candidate, Lexicon, LexiconNotFoundError, Reading, open_lexicon
from pairgen.modalities.text.lexicon.lexicon import compile_wordnet
from pairgen.modalities.text.lexicon.table_reader import FORMAT, Table
from pairgen.modalities.text.lexicon.table_writer import pack_rows
from pairgen.modalities.text.lexicon.wordnet import WordNetSource
from tests.helpers.tiny_wordnet import write_wordnet, zip_wordnet


def candidates(lexicon, word, pos):
    return [c.text for r in lexicon.readings(word) if r.pos == pos for c in r.candidates]


def test_a_surface_form_has_candidates_in_its_own_form_the_most_frequent_sense_first(tiny):
    assert candidates(tiny, "dogs", "n") == ["domestic dogs", "hounds", "cads", "bounders"]
    assert candidates(tiny, "children", "n") == ["kids", "youngsters"]
    assert candidates(tiny, "cities", "n") == ["metropolises", "urban centers"]
    assert candidates(tiny, "stopped", "v")[:1] == ["halted"]
    assert candidates(tiny, "bigger", "a") == ["larger"]
    assert candidates(tiny, "quickly", "r") == ["rapidly", "speedily"]
    senses = [c.sense for c in tiny.readings("dogs")[0].candidates]
    assert senses == [1, 1, 2, 2]


def test_past_and_participle_are_told_apart(tiny):
    (past,) = tiny.readings("went")
    (participle,) = tiny.readings("gone")
    assert (past.form, participle.form) == ("past", "participle")
    assert [c.text for c in past.candidates] == ["traveled", "moved"] or past.candidates[1].text == "moved"


def test_readings_are_ranked_by_how_often_the_word_is_used_so(tiny):
    assert [r.pos for r in tiny.readings("walk")] == ["v", "n"]


def test_names_slurs_vulgar_and_unlisted_words_have_no_readings(tiny):
    for word in ("paris", "city of light", "oaf", "lout", "crap", "xyzzy", ""):
        assert tiny.readings(word) == ()
        assert word not in tiny
    assert candidates(tiny, "halt", "v") == ["stop"]  # not what a synset of vulgar words has


def test_the_license_stays_with_the_words(tiny):
    assert tiny.license.startswith("This software and database is being provided to you")
    assert tiny.language == "en"
    assert "surface forms" in repr(tiny)


def test_compiling_happens_once_and_reading_nothing_tells_that_the_source_is_the_same(cache, tmp_path, monkeypatch):
    folder = write_wordnet(tmp_path / "wordnet")
    first = compile_wordnet(WordNetSource(folder))
    monkeypatch.setattr(WordNetSource, "read", lambda self, name: pytest.fail("the source was read again"))
    assert compile_wordnet(WordNetSource(folder)) == first


def test_the_name_holds_a_hash_of_the_content(cache, tmp_path):
    here, there = write_wordnet(tmp_path / "here"), write_wordnet(tmp_path / "there")
    assert compile_wordnet(WordNetSource(here)) == compile_wordnet(WordNetSource(there))
    with (there / "noun.exc").open("a") as file:
        file.write("metropoleis metropolis\n")
    assert compile_wordnet(WordNetSource(here)) != compile_wordnet(WordNetSource(there))
    assert candidates(open_lexicon(there), "cities", "n")[0] == "metropoleis"


def test_an_archive_gives_the_same_as_its_folder(cache, tmp_path):
    folder = write_wordnet(tmp_path / "wordnet")
    archive = zip_wordnet(folder, tmp_path / "wordnet.zip")
    assert open_lexicon(archive) == open_lexicon(folder)


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "older"])
def test_a_damaged_table_is_made_again(cache, tmp_path, damage):
    source = WordNetSource(write_wordnet(tmp_path / "wordnet"))
    table = compile_wordnet(source)
    whole = table.read_bytes()
    older = whole.replace(f'"format": {FORMAT}'.encode(), f'"format": {FORMAT - 1}'.encode())
    table.write_bytes({"cut": whole[:-100], "empty": b"", "other": b"x" * len(whole), "older": older}[damage])
    with pytest.raises(ValueError, match="delete it"):
        Table(table)
    assert compile_wordnet(source).read_bytes() == whole


def test_many_threads_may_open_and_read_at_once(cache, tmp_path):
    folder = write_wordnet(tmp_path / "wordnet")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: candidates(open_lexicon(folder), "dogs", "n"), range(32)))
    assert all(words == found[0] for words in found)
    assert not list(cache.rglob(".*"))  # no partial file is left


def test_a_lexicon_pickles_as_its_path(tiny):
    again = pickle.loads(pickle.dumps(tiny))
    assert again == tiny
    assert len(pickle.dumps(tiny)) < 500
    assert again.readings("dogs") == tiny.readings("dogs")


def test_without_wordnet_there_is_one_error_that_says_what_to_do(monkeypatch):
    monkeypatch.delenv("PAIRGEN_WORDNET", raising=False)
    monkeypatch.setattr("pairgen.modalities.text.lexicon.wordnet._usual_folders", lambda: iter(()))
    with pytest.raises(LexiconNotFoundError, match="pairgen lexicon"):
        open_lexicon()
    assert issubclass(LexiconNotFoundError, ValueError)


def test_a_folder_without_all_files_is_refused_by_their_names(cache, tmp_path):
    folder = write_wordnet(tmp_path / "wordnet")
    (folder / "data.verb").unlink()
    (folder / "index.adv").unlink()
    with pytest.raises(LexiconNotFoundError, match=r"lacks data.verb, index.adv"):
        open_lexicon(folder)
    with pytest.raises(LexiconNotFoundError, match="lacks index"):
        open_lexicon(tmp_path)


def test_a_cut_file_is_refused_by_its_name(cache, tmp_path):
    folder = write_wordnet(tmp_path / "wordnet")
    (folder / "data.noun").write_text((folder / "data.noun").read_text()[:300])
    with pytest.raises(LexiconNotFoundError, match=r"index.noun .* not a complete WordNet file"):
        open_lexicon(folder)
    (folder / "data.noun").write_bytes(b"\x00\xff nothing of the kind")
    with pytest.raises(LexiconNotFoundError, match="not a complete WordNet file"):
        open_lexicon(folder)


def test_a_damaged_archive_is_refused(cache, tmp_path):
    bad = tmp_path / "wordnet.zip"
    bad.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(LexiconNotFoundError, match="pairgen lexicon"):
        open_lexicon(bad)
    with pytest.raises(LexiconNotFoundError, match="there is no WordNet at"):
        open_lexicon(tmp_path / "nowhere.zip")


def test_frequencies_and_exceptions_may_be_missing(cache, tmp_path):
    folder = write_wordnet(tmp_path / "wordnet")
    for name in ("cntlist.rev", "noun.exc", "verb.exc", "adj.exc", "adv.exc"):
        (folder / name).unlink()
    assert "hounds" in candidates(open_lexicon(folder), "dogs", "n")


def test_own_synonyms_come_as_a_mapping_csv_json_or_tab(cache, tmp_path):
    (tmp_path / "own.csv").write_text("big,a,large,huge\nsofa,couch\n", encoding="utf-8")
    (tmp_path / "own.json").write_text(json.dumps({"a": {"big": ["large", "huge"]}, "n": {"sofa": ["couch"]}}))
    (tmp_path / "wn-data-fra.tab").write_text(
        "# fra\n1-a\tfra:lemma\tgrand\n1-a\tfra:lemma\tgros\n2-n\tfra:lemma\tchat\n"
    )
    for name in ("own.csv", "own.json"):
        lexicon = open_lexicon(tmp_path / name)
        assert candidates(lexicon, "bigger", "a") == ["larger", "huger"]
        assert candidates(lexicon, "sofas", "n") == ["couches"]
    french = open_lexicon(str(tmp_path / "wn-data-fra.tab"), language="fr")
    assert candidates(french, "grand", "a") == ["gros"]
    assert french.language == "fr"
    assert candidates(open_lexicon({"sofa": ["couch"]}), "sofa", "n") == ["couch"]


@pytest.mark.parametrize(
    ("name", "content", "trouble"),
    [
        ("own.csv", "", "holds no synonyms"),
        ("own.csv", "big\n", "line 1: 'big' has no synonyms"),
        ("own.json", "{", "own.json"),
        ("own.json", "[1]", "a non-empty mapping"),
        ("own.json", '{"big": "large"}', "not a list"),
        ("own.json", '{"adj": {"big": ["large"]}}', "'adj' is no part of speech"),
        ("own.tab", "nothing\n", "holds no lines"),
        ("own.xml", "<x/>", "a .csv, .json or .tab file"),
        ("own.csv", "x1,y2\n", "no word with a synonym"),
    ],
)
def test_a_file_that_is_no_lexicon_is_refused_with_the_remedy(cache, tmp_path, name, content, trouble):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=trouble):
        open_lexicon(tmp_path / name)


def test_files_that_are_missing_or_not_utf8_are_refused(cache, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no lexicon at"):
        open_lexicon(tmp_path / "own.csv")
    (tmp_path / "own.csv").write_bytes(b"caf\xe9,bar\n")
    with pytest.raises(ValueError, match="not UTF-8"):
        open_lexicon(tmp_path / "own.csv")
    with pytest.raises(FileNotFoundError, match="compiled lexicon"):
        open_lexicon(tmp_path / "gone.lexicon")


def test_an_unknown_language_lists_those_there_are():
    with pytest.raises(ValueError, match="language 'xx'; known are en"):
        open_lexicon(language="xx")


def test_a_cache_that_cannot_be_written_says_how_to_move_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PAIRGEN_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match="set PAIRGEN_CACHE"):
        open_lexicon({"sofa": ["couch", "settee"]})


def test_a_compiled_table_may_be_opened_by_its_path(tiny, tmp_path):
    shutil.copy(tiny.path, tmp_path / "copy.lexicon")
    assert len(open_lexicon(tmp_path / "copy.lexicon")) == len(tiny)


words = st.text("abcdefghij", min_size=2, max_size=6)
readings = st.builds(
    Reading,
    st.just("n"),
    st.sampled_from(["singular", "plural"]),
    st.sampled_from([0.5, 1.0, 8.0]),
    st.lists(st.builds(Candidate, words, st.integers(1, 9)), min_size=1, max_size=3).map(
        lambda c: tuple(sorted(c, key=lambda one: one.sense))
    ),
)


@given(rows=st.dictionaries(words, st.lists(readings, min_size=1, max_size=3), min_size=1, max_size=20))
def test_what_is_packed_is_read_back(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "a.lexicon"
    path.write_bytes(pack_rows(rows, {"language": "en", "licence": ""}))
    table = Table(path)
    assert len(table) == len(rows)
    for word in [*rows, "zzz"]:
        assert table.readings(word) == tuple(rows.get(word, ()))
        for senses in (1, 4, 254):
            index = table.index_of(word)
            expected = any(c.sense <= senses for r in rows.get(word, ()) for c in r.candidates)
            for multiword in (True, False):
                assert (index is not None and table.has_candidates(senses, ("n",), multiword)[index] == 1) == expected
            assert not any(table.has_candidates(senses, ("v",), True))


def test_whole_wordnet_is_compiled_small(english):
    assert len(english) > 100_000
    assert english.path.stat().st_size < 20e6
    assert isinstance(english, Lexicon)
    assert LANGUAGES == ("en",)
    assert "automobile" in candidates(english, "car", "n")
    assert "automobiles" in candidates(english, "cars", "n")
