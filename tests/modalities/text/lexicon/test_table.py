"""The compiled table against the rows it was packed from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pairgen.modalities.text.lexicon.forms import FORMS_OF, POS, Candidate, Reading
from pairgen.modalities.text.lexicon.table import Table, packed

WORDS = st.text("abcdef é", min_size=1, max_size=24)
READINGS = st.builds(
    lambda pos, candidates: Reading(pos, FORMS_OF[pos][0], 1.0, tuple(sorted(candidates, key=lambda c: c.sense))),
    st.sampled_from(POS),
    st.lists(st.builds(Candidate, WORDS, st.integers(1, 9)), max_size=4),
)
ROWS = st.dictionaries(WORDS, st.lists(READINGS, min_size=1, max_size=3), min_size=1, max_size=12)


def table_of(rows, folder):
    path = folder / "a.lexicon"
    path.write_bytes(packed(rows, {"language": "en", "licence": ""}))
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


@settings(max_examples=50)
@given(
    rows=ROWS,
    senses=st.integers(1, 254),
    pos=st.lists(st.sampled_from(POS), unique=True),
    multiword=st.booleans(),
)
def test_what_is_offered_is_what_the_readings_hold(rows, senses, pos, multiword, folder):
    table = table_of(rows, folder)
    for word, readings in rows.items():
        held = [
            candidate
            for reading in readings
            for candidate in reading.candidates
            if reading.pos in pos and candidate.sense <= senses and (multiword or " " not in candidate.text)
        ]
        assert table.offers(word, senses, pos, multiword) == bool(held)
    assert not table.offers("not listed", 254, POS, True)


def test_many_surface_forms_are_all_found(folder):
    rng = np.random.default_rng(0)
    words = {"".join(rng.choice(list("abcdefghij"), rng.integers(2, 20))) for _ in range(20_000)}
    listed, others = sorted(words)[::2], sorted(words)[1::2]
    reading = Reading("n", "singular", 1.0, (Candidate("thing", 1),))
    table = table_of({word: [reading] for word in listed}, folder)
    assert sorted(table.place(word) for word in listed) == list(range(len(listed)))
    assert {table.place(word) for word in others} == {None}
