"""The harness itself, without the peers: measuring, recording, rendering."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.harness.machine import describe_machine, today, versions_of
from benchmarks.harness.optional import MissingPeerError, require
from benchmarks.harness.page import PAGE, RESULTS, read_results, render_page, render_table
from benchmarks.harness.rates import Case, RateSubject, measure
from benchmarks.harness.subject import Journal, Table, load_subject, subject_names


def test_every_round_calls_every_case_and_the_order_turns():
    calls = []
    cases = [Case(name, name, lambda name=name: lambda: calls.append(name), units=2) for name in "abc"]
    rates = measure(cases, rounds=2, seconds=0.0)
    assert calls == [*"abc", *"abc", *"bca"]  # a call each to warm up, then two rounds
    assert [len(rates[name]) for name in "abc"] == [2, 2, 2]


def test_two_cases_of_one_name_are_refused():
    case = Case("a", "x", lambda: lambda: None, units=1)
    with pytest.raises(ValueError, match="same name"):
        measure([case, case], rounds=1, seconds=0.0)


class Rates(RateSubject):
    name = title = "toy"

    def groups(self, quick):
        raise NotImplementedError


def result_of(rates, shares=False):
    rows = [{"case": n, "library": n, "limit": n == "limit", "rates": r} for n, r in rates.items()]
    return {"rounds": 3, "groups": [{"title": "t", "unit": "pairs", "note": "", "shares": shares, "rows": rows}]}


def test_tables_show_median_spread_and_ratio():
    (table,) = Rates().tables(result_of({"pairgen": [100, 300, 200], "peer": [40, 50, 60], "limit": [400, 400, 400]}))
    assert table.rows[0][2:] == ("200.0 (100.0 to 300.0)", "5.000", "1.00")
    assert table.rows[1][2:] == ("50.0 (40.0 to 60.0)", "20.000", "4.00")
    assert table.rows[2] == ("*limit*", "*limit*", "400.0 (400.0 to 400.0)", "2.500", "0.50")


def test_shares_are_of_the_first_case():
    (table,) = Rates().tables(result_of({"whole": [100], "part": [1000]}, shares=True))
    assert [row[-1] for row in table.rows] == ["100.0%", "10.0%"]


def test_a_missing_peer_says_how_to_install_it():
    require(["json"])
    with pytest.raises(MissingPeerError, match=r"no_such_peer.*pip install 'pairgen\[benchmarks\]'"):
        require(["json", "no_such_peer"])


def test_a_journal_writes_whole_results_and_nothing_without_a_path(tmp_path):
    journal = Journal(tmp_path / "deep" / "toy.json", {"subject": "toy"})
    assert journal.previous() is None
    assert journal.save({"figures": [1]}) == {"subject": "toy", "figures": [1]}
    assert journal.previous() == {"subject": "toy", "figures": [1]}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["toy.json"]
    assert Journal(None, {"subject": "toy"}).save({"a": 1}) == {"subject": "toy", "a": 1}


def test_machine_versions_and_date_are_recorded():
    machine = describe_machine()
    assert machine["cores"] >= 1
    assert machine["cpu"]
    assert list(versions_of(["numpy", "no-such-library"])) == ["pairgen", "no-such-library", "numpy"]
    assert versions_of(["no-such-library"])["no-such-library"] == "not installed"
    assert len(today()) == 10
    json.dumps(machine)


def test_an_unknown_subject_lists_those_there_are():
    assert {"image", "learning", "loader"} <= set(subject_names())
    with pytest.raises(ValueError, match="image, kit, learning, loader"):
        load_subject("imagine")


def test_a_table_is_markdown():
    text = render_table(Table("Title", ("a", "b", "c"), (("1", "2", "3"),), "A note."))
    assert text.splitlines() == ["### Title", "", "| a | b | c |", "|---|---|---:|", "| 1 | 2 | 3 |", "", "A note."]


@pytest.mark.skipif(not PAGE.exists(), reason="no results are recorded yet")
def test_the_page_is_what_its_results_render_to():
    pytest.importorskip("lightly")  # subjects import their peers
    assert Path(PAGE).read_text(encoding="utf-8") == render_page(read_results(RESULTS))
