"""The figures that the README quotes are those that are recorded."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from benchmarks.harness.page import RESULTS

README = Path(__file__).parents[3] / "README.md"
FRESH = "the same, once, by a fresh process"
RECORDED = {
    "500 px JPEGs to two `simclr` views": ("image", 0),
    "28 px images, batches of 256": ("image", 1),
    "4 s of sound, two `time-pitch` views": ("audio", 0),
    "sounds in batches of 32": ("audio", 1),
    "questions, synonyms for one word in ten": ("text", 0),
    "batches of 256 graphs": ("graph", 0),
    "1,000 time series, warped": ("timeseries", 1),
}
"""Work -> subject, position of the group in it."""


def quoted():
    section = README.read_text(encoding="utf-8").split("## Speed")[1]
    work = ""
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith("| work"):
            named, peer, times = (cell.strip() for cell in line.strip("|").split("|"))
            work = named or work
            yield work, peer, times


def recorded(subject, position, peer):
    """How many times as fast as the peer's fastest case."""
    group = json.loads((RESULTS / f"{subject}.json").read_text(encoding="utf-8"))["groups"][position]
    rates = {library: [] for library in ("pairgen", peer)}
    for row in group["rows"]:
        if row["library"] in rates and not row["limit"]:
            rates[row["library"]].append(statistics.median(row["rates"]))
    return rates["pairgen"][0] / max(rates[peer])


def from_a_standing_start(peer):
    runs = json.loads((RESULTS / "text.json").read_text(encoding="utf-8"))["start"]
    seconds = {
        library: sum(statistics.median(r[part] for r in runs if r["library"] == library) for part in ("opened", "pass"))
        for library in ("pairgen", peer)
    }
    return seconds[peer] / seconds["pairgen"]


def test_the_readme_quotes_what_was_recorded():
    rows = list(quoted())
    assert {work for work, _, _ in rows} == {*RECORDED, FRESH}
    for work, peer, times in rows:
        found = from_a_standing_start(peer) if work == FRESH else recorded(*RECORDED[work], peer)
        assert times == f"{found:.1f}", (work, peer)


def test_the_readme_says_what_encoders_learned():
    text = " ".join(README.read_text(encoding="utf-8").split())
    records = json.loads((RESULTS / "learning.json").read_text(encoding="utf-8"))["records"]
    runs = {case: [r for r in records if r["case"] == case] for case in ("lightly", "pairgen", "pairgen, own recipe")}
    assert all(sorted(r["seed"] for r in mine) == [0, 1, 2] for mine in runs.values())
    linear = {case: f"{100 * statistics.mean(r['linear'] for r in mine):.1f}" for case, mine in runs.items()}
    seconds = {case: sum(sum(r["seconds"]) for r in mine) for case, mine in runs.items()}
    times = {case: f"{seconds[case] / seconds['lightly']:.2f}" for case in runs}
    assert (
        f"Linear-probe accuracy on Fashion-MNIST (SimCLR on 20,000 images): {linear['lightly']} % with lightly; "
        f"{linear['pairgen']} % with pairgen's same setting in {times['pairgen']} of lightly's time; "
        f"{linear['pairgen, own recipe']} % with [pairgen's own recipe](docs/images.md#small-gray-images) in "
        f"{times['pairgen, own recipe']} of it."
    ) in text


def test_the_readme_says_what_encoders_of_series_learned():
    text = " ".join(README.read_text(encoding="utf-8").split())
    records = json.loads((RESULTS / "timeseries_learning.json").read_text(encoding="utf-8"))["records"]
    runs = {case: [r for r in records if r["case"] == case] for case in ("TS2Vec's code", "pairgen, own settings")}
    assert all(sorted(r["seed"] for r in mine) == [0, 0, 0, 1, 1, 1, 2, 2, 2] for mine in runs.values())
    theirs, own = (f"{100 * statistics.mean(r['accuracy'] for r in mine):.1f}" for mine in runs.values())
    times = [sum(r["seconds"] for r in mine) for mine in runs.values()]
    ratio = f"{times[1] / times[0]:.2f}"
    assert f"{theirs} % with TS2Vec's own code, {own} % with [pairgen]" in text
    assert f"in {ratio} of its time" in text
