"""Run one check: Hypothesis searches for an example that fails it, and shrinks it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest import SkipTest

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity

from pairgen.testing.checks._registry import Check
from pairgen.testing.examples import CheckFailure, NotAcceptedError, example_strategy
from pairgen.testing.formatting import format_short
from pairgen.testing.global_state import preserve_states, seed_all
from pairgen.testing.report import Outcome
from pairgen.testing.search import find_example
from pairgen.testing.targets import SamplerTarget, Target

__all__ = ["run_check"]

_MAX_REJECTED = 30  # examples that may be rejected before the first is accepted


class _Failure(NamedTuple):
    """A failing example, how it was formatted before the check, and the error."""

    example: object
    text: str
    error: Exception


def run_check(check: Check, target: Target | SamplerTarget, examples: int, seed: int) -> Outcome:
    """Return the outcome of a check of a target; it is skipped where it does not apply or accepts no example."""
    reason = None if check.skip_reason is None else check.skip_reason(target)
    if reason:
        return Outcome(check.name, check.description, "skipped", reason)
    started = time.perf_counter()
    with preserve_states(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tries, failure = _run_once(check, target) if check.scope == "class" else _search(check, target, examples, seed)
    seconds = time.perf_counter() - started
    if failure is None and not tries:
        return Outcome(check.name, check.description, "skipped", "it accepts none of the examples", seconds)
    if failure is None:
        return Outcome(check.name, check.description, "passed", "", seconds, tries)
    error = failure.error
    message = str(error) if isinstance(error, CheckFailure) else f"raised {type(error).__name__}: {error}"
    return Outcome(check.name, check.description, "failed", message, seconds, tries, failure.example, failure.text)


def _run_once(check: Check, target: Target | SamplerTarget) -> tuple[int, _Failure | None]:
    try:
        check.run(target)
    except Exception as error:
        example = target.sampler if isinstance(target, SamplerTarget) else find_example(target.augmentations)
        return 1, _Failure(example, format_short(example), error)
    return 1, None


@dataclass
class _Judge:
    """Runs a check on one example after the other, and keeps the last that failed: after shrinking, the smallest.

    `settled`: one example has shown a property that needs to hold for one only.
    """

    check: Check
    tries: int = 0
    rejected: int = 0
    settled: bool = False
    failure: _Failure | None = None

    def __call__(self, example: object) -> None:
        if self.settled:
            return
        if not self.tries and self.rejected > _MAX_REJECTED:
            raise SkipTest("none of the examples is accepted")  # Hypothesis lets it through at once
        text = str(example)  # before the check, which may change it
        seed_all(0)  # what does not come from the stream is the same when Hypothesis runs the example again
        try:
            self.check.run(example)
            self.tries += 1
            self.settled = self.check.any_example
        except NotAcceptedError:
            self.rejected += 1
            hypothesis.reject()
        except Exception as error:
            self.tries += 1
            self.failure = _Failure(example, text, error)
            if not self.check.any_example:
                raise


def _search(check: Check, target: Target | SamplerTarget, examples: int, seed: int) -> tuple[int, _Failure | None]:
    judge = _Judge(check)

    def run(example: object) -> None:
        judge(example)

    settings = hypothesis.settings(
        max_examples=max(2, round(examples * check.ratio)),
        database=None,
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, *((Phase.shrink,) if check.shrinks else ())),
        suppress_health_check=list(HealthCheck),
    )
    given: Callable[[Any], Callable[[], None]] = hypothesis.given(example_strategy(check.scope, target))
    search = hypothesis.seed(seed)(settings(given(run)))
    try:
        search()
    except (SkipTest, hypothesis.errors.Unsatisfiable):
        return 0, None
    except Exception:
        if judge.failure is None:
            raise
    return judge.tries, None if judge.settled else judge.failure
