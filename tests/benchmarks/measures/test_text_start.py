"""What fresh processes measure, and how the first pass is told."""

from __future__ import annotations

import pytest

from benchmarks.harness.fresh_process import measure_in_fresh_process
from benchmarks.subjects.text import _start


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match=r"-m benchmarks\.measures\.text_start none failed: (.|\n)*KeyError"):
        measure_in_fresh_process("benchmarks.measures.text_start", "none")


def test_the_standing_start_counts_opening_and_the_pass():
    times = {"pairgen": (0.1, 0.4), "nltk": (4.0, 1.0), "nlpaug": (4.0, 6.0)}
    records = [
        {"library": name, "opened": opened, "pass": met, "tokens": 1000}
        for name, (opened, met) in times.items()
        for _ in range(3)
    ]
    table = _start({"start": records})
    assert [row[0] for row in table.rows] == list(times)
    assert [row[-2:] for row in table.rows] == [("2,000", "1.0"), ("200", "10.0"), ("100", "20.0")]
