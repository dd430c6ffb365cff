"""The property-testing kit over everything built in, and over the peers' transforms."""

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
    """How long the kit takes over pairgen, and what it finds in others."""

    name = "kit"
    title = "The property-testing kit over pairgen and its peers"
    distributions = ("pairgen", "hypothesis", *LIBRARIES)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which part to run."""
        parser.add_argument("--examples", type=int, default=30, help="examples a check over pairgen tries (default 30)")
        parser.add_argument("--peer-examples", type=int, default=20, help="the same over the peers (default 20)")
        there = [name for name, modules in LIBRARIES.items() if installed(*modules)]
        parser.add_argument("--libraries", nargs="*", default=there, help="peers (default: all that are installed)")
        parser.add_argument("--modalities", nargs="*", default=None, help="modalities of pairgen (default all)")

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """Every augmentation of every modality, then the peers."""
        import pairgen

        names = pairgen.list_modalities() if options.modalities is None else options.modalities
        examples, peer_examples = (2, 2) if options.quick else (options.examples, options.peer_examples)
        figures: Result = {"examples": examples, "peer_examples": peer_examples, "own": [], "peer_transforms": []}
        for name in names:
            figures["own"].append(_own(name, examples, options.quick))
            journal.save(figures)
        for number, peer in enumerate(peer_transforms(tuple(options.libraries))):
            if options.quick and number % 12:
                continue
            figures["peer_transforms"].append(_peer(peer, peer_examples))
            journal.save(figures)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """pairgen, the peers' transforms one by one, and an example of each failure a library."""
        return [_own_table(result), _transforms_table(result), _failures_table(result)]


def _own(name: str, examples: int, quick: bool) -> dict[str, Any]:
    import pairgen
    from pairgen.testing import check_augmentation

    kinds = list(pairgen.get_modality(name).augmentations.values())
    started = time.perf_counter()
    reports = [
        check_augmentation(kind, name, examples=examples, raises=False) for kind in kinds[: 1 if quick else None]
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


def _peer(peer: PeerTransform, examples: int) -> dict[str, Any]:
    from pairgen.testing import check_augmentation

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = check_augmentation(peer.transform, tags=peer.tags, examples=examples, raises=False, **peer.options)
    ran = [outcome for outcome in report.outcomes if outcome.state != "skipped"]
    return {
        "library": peer.library,
        "transform": peer.label,
        "ran": [outcome.check for outcome in ran],
        "failed": {o.check: {"found": o.found, "example": o.shown} for o in ran if not o.ok},
        "seconds": round(report.seconds, 1),
    }


def _own_table(result: Result) -> Table:
    rows = [
        (
            part["modality"],
            str(part["augmentations"]),
            str(part["checks"]),
            f"{part['judged']:,}",
            f"{part['seconds']:.0f} s",
            str(len(part["failed"])),
        )
        for part in result["own"]
    ]
    total = sum(part["seconds"] for part in result["own"])
    return Table(
        "Everything built in",
        ("modality", "augmentations", "checks", "examples judged", "time", "failed"),
        tuple(rows),
        f"{total:.0f} s altogether, up to {result['examples']} examples a check.",
    )


def _transforms_table(result: Result) -> Table:
    rows = []
    for part in result["peer_transforms"]:
        held = len(part["ran"]) - len(part["failed"])
        failed = ", ".join(f"`{name}`" for name in part["failed"]) or "none"
        rows.append((part["library"], part["transform"], f"{held} of {len(part['ran'])}", failed))
    return Table(
        "The peers' transforms as they are",
        ("library", "transform", "checks that hold", "that fail"),
        tuple(rows),
        f"Up to {result['peer_examples']} examples a check. Each transform is seeded by its key in the way its library "
        f"documents; {', '.join(f'`{name}`' for name in _NO_SEED)} run it without.",
    )


def _failures_table(result: Result) -> Table:
    """One row a library and check: how many transforms fail it, and the shortest of their shrunk examples."""
    found: dict[tuple[str, str], list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for part in result["peer_transforms"]:
        for check, failure in part["failed"].items():
            found[part["library"], check].append((part["transform"], failure))
    rows = []
    for (library, check), failures in sorted(found.items()):
        _, failure = min(failures, key=lambda one: len(one[1]["example"]))
        shown = f"{_cell(failure['found'])}; `{_cell(failure['example'])}`"
        rows.append((library, f"`{check}`", str(len(failures)), shown))
    return Table(
        "What fails, with the smallest example found", ("library", "check", "transforms", "example"), tuple(rows)
    )


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return line if len(line) <= _EXAMPLE else f"{line[: _EXAMPLE - 3]}..."


SUBJECT = Kit()
