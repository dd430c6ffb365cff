"""Run one check: Hypothesis looks for an example that fails it, and makes it small."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any
from unittest import SkipTest

from pairgen.testing.check import Check
from pairgen.testing.examples import example_of, examples_of
from pairgen.testing.formatting import clipped
from pairgen.testing.global_state import kept, seed_all
from pairgen.testing.report import Outcome
from pairgen.testing.subject import CheckFailure, NotServedError

__all__ = ["run_check"]

_PATIENCE = 30  # examples that may be refused before the first is served


def run_check(check: Check, subject: Any, examples: int, seed: int) -> Outcome:
    """What a check finds of a subject."""
    reason = check.why_not(subject)
    if reason:
        return Outcome(check.name, check.promise, "skipped", reason)
    started = time.perf_counter()
    with kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = _once if check.over == "class" else _search
        tries, failure = search(check, subject, examples, seed)
    seconds = time.perf_counter() - started
    if failure is None and not tries:
        return Outcome(check.name, check.promise, "skipped", "it serves none of the examples", seconds)
    if failure is None:
        return Outcome(check.name, check.promise, "passed", "", seconds, tries)
    example, shown, error = failure
    text = str(error) if isinstance(error, CheckFailure) else f"raised {type(error).__name__}: {error}"
    return Outcome(check.name, check.promise, "failed", text, seconds, tries, example, shown)


@dataclass
class _Found:
    """What came to light so far: how many examples were judged, and the last failing one, which is the smallest.

    settled: one example has shown what needs to hold of one only. refused: how many were not served.
    """

    tries: int = 0
    failure: tuple[Any, str, Exception] | None = None
    settled: bool = False
    refused: int = 0


def _once(check: Check, subject: Any, examples: int, seed: int) -> tuple[int, Any]:
    try:
        check.run(subject)
    except Exception as error:
        augmentation = example_of(subject.augmentations)
        return 1, (augmentation, clipped(augmentation), error)
    return 1, None


def _search(check: Check, subject: Any, examples: int, seed: int) -> tuple[int, Any]:
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity

    found = _Found()

    def judge(example: Any) -> None:
        if found.settled:
            return
        if not found.tries and found.refused > _PATIENCE:
            raise SkipTest("none of the examples is served")  # which Hypothesis lets through at once
        shown = str(example)  # the check may change it
        seed_all(0)  # what is random from elsewhere is the same when Hypothesis looks again
        try:
            check.run(example)
            found.tries += 1
            found.settled = check.somewhere
        except NotServedError:
            found.refused += 1
            hypothesis.reject()
        except Exception as error:
            found.tries += 1
            found.failure = example, shown, error
            if not check.somewhere:
                raise

    chosen: Any = hypothesis.settings(
        max_examples=max(2, round(examples * check.share)),
        database=None,
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, *((Phase.shrink,) if check.shrinks else ())),
        suppress_health_check=list(HealthCheck),
    )
    seeded: Any = hypothesis.seed(seed)
    given: Any = hypothesis.given(examples_of(check.over, subject))
    run = seeded(chosen(given(judge)))
    try:
        run()
    except (SkipTest, hypothesis.errors.Unsatisfiable):
        return 0, None
    except Exception:
        if found.failure is None:
            raise
    return found.tries, None if found.settled else found.failure
