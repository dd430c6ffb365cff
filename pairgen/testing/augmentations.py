"""`check_augmentation`: all checks of one augmentation, without pytest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pairgen.modality import Modality
from pairgen.testing.check import Check, Over
from pairgen.testing.choice import named
from pairgen.testing.fresh_process import refuse_in_worker
from pairgen.testing.report import Outcome, Report
from pairgen.testing.runner import run_check
from pairgen.testing.spec import Tags
from pairgen.testing.subject import Subject
from pairgen.testing.subjects import subject_of

__all__ = ["OVER", "call_of", "check_augmentation", "judged", "known_failures"]

OVER: tuple[Over, ...] = ("item", "batch", "group", "class")


def check_augmentation(
    augmentation: Any,
    modality: str | Modality | None = None,
    *,
    items: Any = None,
    batches: Any = None,
    tags: Tags | None = None,
    checks: Iterable[str] | str | None = None,
    expected_failures: Mapping[str, str] | None = None,
    examples: int = 50,
    seed: int = 0,
    raises: bool = True,
) -> Report:
    """Check what an augmentation promises, and report the smallest example of every promise that it breaks.

        check_augmentation(Rotation(30), modality="image")

    augmentation: an `Augmentation`; a class of them, then its parameters are drawn too; or a transform of another
        library, see `pairgen.testing.adapters`.
    modality: whose items it takes. items, batches: Hypothesis strategies, instead of the modality's or without one.
    tags: what it promises, see `pairgen.testing.spec.Tags`. checks: names of checks, all that apply by default.
    expected_failures: the reason by the name of the check; an expected failure that passes is an error.
    examples: how many each check tries; those that start processes or threads try fewer. seed: of the search.
    raises: raise CheckFailedError at the end if anything failed; else return the report in any case.

    The search is deterministic: the same call finds the same example.
    """
    refuse_in_worker()
    subject = subject_of(augmentation, modality, items=items, batches=batches, tags=tags)
    chosen = named(checks, OVER)
    known = known_failures(expected_failures, chosen)
    outcomes = tuple(judged(check, subject, examples, seed, known.get(check.name)) for check in chosen)
    report = Report(_title(subject), outcomes, call_of(subject, examples, seed))
    if raises:
        report.raise_if_failed()
    return report


def judged(check: Check, subject: Any, examples: int, seed: int, reason: str | None = None) -> Outcome:
    """What a check finds, held against what is expected of it."""
    outcome = run_check(check, subject, examples, seed)
    return outcome if reason is None else outcome.expected(reason)


def known_failures(expected: Mapping[str, str] | None, chosen: list[Check]) -> Mapping[str, str]:
    """The expected failures, each a check that is run, with a reason; else ValueError."""
    known = expected or {}
    for name, reason in known.items():
        if name not in [check.name for check in chosen]:
            raise ValueError(f"a failure of {name!r} is expected, which is not among the checks that are run")
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"the expected failure of {name!r} needs a reason, got {reason!r}")
    return known


def _title(subject: Subject) -> str:
    home = "" if subject.modality is None else f"{subject.modality.name}: "
    return f"{home}{subject.name}"


def call_of(subject: Subject, examples: int, seed: int) -> str:
    """The code that checks again; `{checks}` stands for the names of the checks."""
    home = "" if subject.modality is None else f", modality={subject.modality.name!r}"
    return f"check_augmentation({subject.name}{home}, checks={{checks}}, examples={examples}, seed={seed})"
