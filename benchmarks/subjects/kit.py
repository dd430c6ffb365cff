"""Run the property-based checks over every built-in augmentation, and over transforms of other libraries."""

from __future__ import annotations

import argparse
import time
import warnings
from collections import defaultdict
from typing import Any

from benchmarks.harness.optional import installed
from benchmarks.harness.subject import Journal, Result, Subject, Table
from benchmarks.peers.kit import LIBRARIES, PeerTransform, peer_transforms

_NO_SEED = ("ignores_the_global_rng", "leaves_the_global_rng_alone", "same_in_loader_workers")
_EXAMPLE = 110


class Kit(Subject):
    """How long the checks of pairgen take, and what they find in other libraries."""

    name = "kit"
    title = "Property-based checks of pairgen and of other libraries"
    distributions = ("pairgen", "hypothesis", *LIBRARIES)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options that say what to check."""
        parser.add_argument(
            "--examples", type=int, default=30, help="examples that each check of pairgen tries (default 30)"
        )
        parser.add_argument("--peer-examples", type=int, default=20, help="the same for other libraries (default 20)")
        available = [name for name, modules in LIBRARIES.items() if installed(*modules)]
        parser.add_argument(
            "--libraries", nargs="*", default=available, help="libraries (default: all that are installed)"
        )
        parser.add_argument("--modalities", nargs="*", default=None, help="modalities of pairgen (default all)")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Check every augmentation of every modality, then the other libraries."""
        import pairgen

        names = pairgen.list_modalities() if options.modalities is None else options.modalities
        examples, peer_examples = (2, 2) if options.quick else (options.examples, options.peer_examples)
        figures: Result = {"examples": examples, "peer_examples": peer_examples, "built_in": [], "peer_transforms": []}
        for name in names:
            figures["built_in"].append(_run_built_in(name, examples, options.quick))
            journal.save(figures)
        for number, peer in enumerate(peer_transforms(tuple(options.libraries))):
            if options.quick and number % 12:
                continue
            figures["peer_transforms"].append(_run_peer(peer, peer_examples))
            journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """Return a table of pairgen, one of each transform of other libraries, and one of what fails."""
        return [_built_in_table(result), _transforms_table(result), _failures_table(result)]


def _run_built_in(name: str, examples: int, quick: bool) -> dict[str, Any]:
    import pairgen
    from pairgen.testing import check_augmentation

    classes = list(pairgen.get_modality(name).augmentations.values())
    started = time.perf_counter()
    reports = [
        check_augmentation(cls, name, examples=examples, raises=False) for cls in classes[: 1 if quick else None]
    ]
    outcomes = [outcome for report in reports for outcome in report.outcomes if outcome.state != "skipped"]
    return {
        "modality": name,
        "augmentations": len(reports),
        "checks": len(outcomes),
        "judged": sum(outcome.examples for outcome in outcomes),
        "seconds": round(time.perf_counter() - started, 1),
        "failed": [f"{report.subject}: {outcome}" for report in reports for outcome in report.failed],
    }


def _run_peer(peer: PeerTransform, examples: int) -> dict[str, Any]:
    from pairgen.testing import check_augmentation

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = check_augmentation(peer.transform, tags=peer.tags, examples=examples, raises=False, **peer.options)
    ran = [outcome for outcome in report.outcomes if outcome.state != "skipped"]
    return {
        "library": peer.library,
        "transform": peer.label,
        "ran": [outcome.check for outcome in ran],
        "failed": {o.check: {"message": o.message, "example": o.example_text} for o in ran if not o.ok},
        "seconds": round(report.seconds, 1),
    }


def _built_in_table(result: Result) -> Table:
    rows = [
        (
            part["modality"],
            str(part["augmentations"]),
            str(part["checks"]),
            f"{part['judged']:,}",
            f"{part['seconds']:.0f} s",
            str(len(part["failed"])),
        )
        for part in result["built_in"]
    ]
    total = sum(part["seconds"] for part in result["built_in"])
    return Table(
        "Built-in augmentations",
        ("modality", "augmentations", "checks", "examples judged", "time", "failed"),
        tuple(rows),
        f"{total:.0f} s in total, up to {result['examples']} examples for each check.",
    )


def _transforms_table(result: Result) -> Table:
    rows = []
    for part in result["peer_transforms"]:
        passed = len(part["ran"]) - len(part["failed"])
        failed = ", ".join(f"`{name}`" for name in part["failed"]) or "none"
        rows.append((part["library"], part["transform"], f"{passed} of {len(part['ran'])}", failed))
    return Table(
        "Transforms of other libraries, unchanged",
        ("library", "transform", "passed checks", "failed checks"),
        tuple(rows),
        f"Up to {result['peer_examples']} examples for each check. Transforms are seeded by their key in the way that "
        f"their library documents; {', '.join(f'`{name}`' for name in _NO_SEED)} run them unseeded.",
    )


def _failures_table(result: Result) -> Table:
    """One row for each library and check: how many transforms fail it, and the shortest of their shrunk examples."""
    by_check: dict[tuple[str, str], list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for part in result["peer_transforms"]:
        for check, failure in part["failed"].items():
            by_check[part["library"], check].append((part["transform"], failure))
    rows = []
    for (library, check), failures in sorted(by_check.items()):
        _, failure = min(failures, key=lambda one: len(one[1]["example"]))
        example = f"{_cell(failure['message'])}; `{_cell(failure['example'])}`"
        rows.append((library, f"`{check}`", str(len(failures)), example))
    return Table("Failures, with the smallest example", ("library", "check", "transforms", "example"), tuple(rows))


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return line if len(line) <= _EXAMPLE else f"{line[: _EXAMPLE - 3]}..."


SUBJECT = Kit()
