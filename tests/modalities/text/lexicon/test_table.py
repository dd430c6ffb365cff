"""The compiled table against the rows it was packed from."""

from __future__ import annotations

import pickle
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pairgen.modalities.text.lexicon.table_reader import Table
from pairgen.modalities.text.lexicon.table_writer import pack_rows
from pairgen.modalities.text.lexicon.types import FORMS_OF, POS, SPANS, Candidate, Reading

WORDS = st.text("abcdef é", min_size=1, max_size=24)
READINGS = st.builds(
    lambda pos, candidates: Reading(pos, FORMS_OF[pos][0], 1.0, tuple(sorted(candidates, key=lambda c: c.sense))),
    st.sampled_from(POS),
    st.lists(st.builds(Candidate, WORDS, st.integers(1, 9)), max_size=4),
)
ROWS = st.dictionaries(WORDS, st.lists(READINGS, min_size=1, max_size=3), min_size=1, max_size=12)


def table_of(rows, folder):
    path = folder / "a.lexicon"
    path.write_bytes(pack_rows(rows, {"language": "en", "licence": ""}))
    return Table(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@settings(max_examples=50)
@given(rows=ROWS, others=st.lists(WORDS, max_size=8), senses=st.integers(1, 10))
def test_it_gives_back_what_was_packed_and_nothing_else(rows, others, senses, folder):
    table = table_of(rows, folder)
    assert len(table) == len(rows)
    for word in (*rows, *others):
        wanted = [
            r._replace(candidates=tuple(c for c in r.candidates if c.sense <= senses)) for r in rows.get(word, ())
        ]
        assert table.readings(word, senses) == tuple(wanted)


def left(reading, senses, pos, multiword):
    """The slow oracle of what the options leave of a reading."""
    return tuple(
        c for c in reading.candidates if reading.pos in pos and c.sense <= senses and (multiword or " " not in c.text)
    )


@settings(max_examples=50)
@given(
    rows=ROWS,
    senses=st.integers(1, 254),
    pos=st.lists(st.sampled_from(POS), unique=True),
    multiword=st.booleans(),
)
def test_what_is_offered_is_what_the_readings_hold(rows, senses, pos, multiword, folder):
    table = table_of(rows, folder)
    offered = table.has_candidates(senses, tuple(pos), multiword)
    assert len(offered) == len(rows)
    for word, readings in rows.items():
        held = [r._replace(candidates=left(r, senses, pos, multiword)) for r in readings]
        assert table.readings(word, senses, pos, multiword) == tuple(held)
        assert offered[table.index_of(word)] == any(r.candidates for r in held)


@settings(max_examples=50)
@given(rows=ROWS)
def test_candidates_are_the_tuple_of_them_however_they_are_read(rows, folder):
    table = table_of(rows, folder)
    for word, readings in rows.items():
        for reading, wanted in zip(table.readings(word), (r.candidates for r in readings), strict=True):
            found = reading.candidates
            assert [found[i] for i in range(-len(wanted), len(wanted))] == [*wanted, *wanted]
            assert (len(found), bool(found), repr(found), hash(found)) == (
                len(wanted),
                bool(wanted),
                repr(wanted),
                hash(wanted),
            )
            assert found[1:] == wanted[1:]
            assert found == wanted == tuple(found)
            assert found != (*wanted, Candidate("another", 1))
            assert pickle.loads(pickle.dumps(reading)) == reading
            with pytest.raises(IndexError):
                found[len(wanted)]


def test_only_the_candidate_that_is_asked_for_is_read(folder, monkeypatch):
    table = table_of({"dog": [Reading("n", "singular", 1.0, (Candidate("hound", 1), Candidate("cad", 2)))]}, folder)
    read, within = [], table._candidate
    monkeypatch.setattr(table, "_candidate", lambda c: read.append(c) or within(c))
    (reading,) = table.readings("dog")
    assert (len(reading.candidates), read) == (2, [])
    assert (reading.candidates[1].text, reading.candidates[1].sense, len(read)) == ("cad", 2, 1)


@given(phrases=st.sets(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(" ".join), min_size=1))
def test_phrases_lie_around_a_word_where_the_spans_say_so(phrases, folder):
    reading = Reading("n", "singular", 1.0, (Candidate("thing", 1),))
    table = table_of({phrase: [reading] for phrase in phrases}, folder)
    for word in phrases:
        around = {
            (begin, end)
            for begin, end in SPANS
            for words in product("abcd", repeat=end - begin)
            if words[-begin] == word and " ".join(words) in phrases
        }
        assert set(table.spans(word)) == around
    assert table.spans("not listed") == ()


def test_many_surface_forms_are_all_found(folder):
    rng = np.random.default_rng(0)
    words = {"".join(rng.choice(list("abcdefghij"), rng.integers(2, 20))) for _ in range(20_000)}
    listed, others = sorted(words)[::2], sorted(words)[1::2]
    reading = Reading("n", "singular", 1.0, (Candidate("thing", 1),))
    table = table_of({word: [reading] for word in listed}, folder)
    assert sorted(table.index_of(word) for word in listed) == list(range(len(listed)))
    assert {table.index_of(word) for word in others} == {None}
