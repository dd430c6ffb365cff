"""Reports: which checks ran, which failed, the smallest failing example, and how to reproduce it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

__all__ = ["CheckFailedError", "Outcome", "Report", "State"]

State = Literal["passed", "failed", "skipped", "known", "unexpected"]
"""`known`: failed as expected. `unexpected`: an expected failure that passed, which is an error too."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one check.

    Args:
        check: Name of the check.
        description: The property that it checks, in one sentence.
        state: How it ended.
        message: Why it failed or was skipped; empty if it passed.
        seconds: How long it took.
        examples: How many examples it judged, those of the shrinking included.
        example: The smallest example that fails; None if none does.
        example_text: The example as it was before the check, which may have changed it.
        reason: Why a failure was expected.
    """

    check: str
    description: str
    state: State
    message: str = ""
    seconds: float = 0.0
    examples: int = 0
    example: object = field(default=None, repr=False)
    example_text: str = ""
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether the outcome is no error."""
        return self.state not in ("failed", "unexpected")

    def expect_failure(self, reason: str) -> Outcome:
        """Return this outcome where a failure was expected: a failure is known, a pass is an error."""
        if self.state == "skipped":
            return self
        if self.state == "failed":
            return replace(self, state="known", reason=reason)
        message = f"expected to fail ({reason}), and passed; remove the expectation"
        return replace(self, state="unexpected", message=message, reason=reason)

    def __str__(self) -> str:
        lines = [f"{self.check}: {self.message or self.state}"]
        if self.example is not None:
            lines.append(f"  smallest example: {self.example_text}")
        if self.reason and self.state == "known":
            lines.append(f"  known: {self.reason}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """The outcomes of all checks of one augmentation or sampler.

    Args:
        subject: What was checked.
        outcomes: The outcome of each check.
        call: The code that runs the checks again; `{checks}` stands for their names.
    """

    subject: str
    outcomes: tuple[Outcome, ...]
    call: str

    @property
    def ok(self) -> bool:
        """Whether no outcome is an error."""
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes that are errors: first those that explain others."""
        order = {name: rank for rank, name in enumerate(_ROOTS)}
        errors = [outcome for outcome in self.outcomes if not outcome.ok]
        names = [outcome.check for outcome in errors if outcome.state == "failed"]
        return tuple(
            sorted(errors, key=lambda one: (_find_root(one.check, names) is not None, order.get(one.check, 99)))
        )

    @property
    def explained(self) -> dict[str, list[str]]:
        """By the name of a failed check, the other failed ones that have the same cause as a rule."""
        names = [outcome.check for outcome in self.failed if outcome.state == "failed"]
        explained: dict[str, list[str]] = {}
        for name in names:
            root = _find_root(name, names)
            if root is not None:
                explained.setdefault(root, []).append(name)
        return explained

    @property
    def counts(self) -> dict[str, int]:
        """How many checks ended in each state."""
        return dict(Counter(outcome.state for outcome in self.outcomes))

    @property
    def seconds(self) -> float:
        """How long all checks took."""
        return sum(outcome.seconds for outcome in self.outcomes)

    def __getitem__(self, check: str) -> Outcome:
        for outcome in self.outcomes:
            if outcome.check == check:
                return outcome
        names = ", ".join(outcome.check for outcome in self.outcomes)
        raise KeyError(f"no check {check!r} ran; those that ran: {names}")

    def reproduce(self, outcome: Outcome) -> str:
        """Return the code that runs one check again and finds the same example."""
        return self.call.replace("{checks}", repr([outcome.check]))

    def raise_if_failed(self) -> None:
        """Raise CheckFailedError if an outcome is an error."""
        if not self.ok:
            raise CheckFailedError(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the report in plain values, ready for JSON."""
        return {"subject": self.subject, "ok": self.ok, "checks": [_to_dict(self, one) for one in self.outcomes]}

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {state}" for state, number in self.counts.items())
        lines = [f"{self.subject}: {counts}"]
        explained = self.explained
        consequences = {name for names in explained.values() for name in names}
        for outcome in self.failed:
            if outcome.check not in consequences:
                lines += [str(outcome), f"  reproduce: {self.reproduce(outcome)}"]
            elif outcome.check in explained:
                lines.append(str(outcome))
            if outcome.check in explained:
                lines.append(f"  probably from the same cause: {', '.join(explained[outcome.check])}")
        return "\n".join(lines)


def _to_dict(report: Report, outcome: Outcome) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "check": outcome.check,
        "state": outcome.state,
        "message": outcome.message,
        "seconds": round(outcome.seconds, 4),
        "examples": outcome.examples,
    }
    if outcome.example is not None:
        plain |= {"example": outcome.example_text, "reproduce": report.reproduce(outcome)}
    return plain | ({"reason": outcome.reason} if outcome.reason else {})


_ROOTS: Mapping[str, frozenset[str]] = {
    "accepts_every_item": frozenset({"accepts_every_batch", "rejects_invalid_items"}),
    "keeps_type": frozenset({"keeps_dtype", "keeps_values", "same_in_every_form", "accepts_an_empty_batch"}),
    "keeps_dtype": frozenset({"keeps_values", "accepts_an_empty_batch", "same_in_every_form", "keeps_layout"}),
    "leaves_the_item_alone": frozenset(
        {"leaves_the_batch_alone", "replays_from_params", "same_seed_same_view", "keeps_no_state", "pickles"}
        | {"batch_equals_items", "large_batch_equals_items", "accepts_a_batch_of_one", "params_select_rows"}
        | {"same_in_threads", "same_in_a_fresh_process", "same_in_loader_workers", "identity_at_zero_strength"}
    ),
    "same_seed_same_view": frozenset(
        {"replays_from_params", "keeps_no_state", "pickles", "ignores_the_global_rng", "leaves_the_global_rng_alone"}
        | {"batch_equals_items", "large_batch_equals_items", "accepts_a_batch_of_one", "params_select_rows"}
        | {"same_in_threads", "same_in_a_fresh_process", "same_in_loader_workers", "same_in_every_form"}
        | {"memory_stays_flat"}
    ),
    "ignores_the_global_rng": frozenset(
        {"leaves_the_global_rng_alone", "same_in_threads", "same_in_a_fresh_process", "same_in_loader_workers"}
    ),
    "keeps_no_state": frozenset({"memory_stays_flat", "same_in_threads", "same_in_loader_workers", "pickles"}),
    "pickles": frozenset({"same_in_a_fresh_process", "same_in_loader_workers"}),
    "other_seed_other_view": frozenset({"other_item_other_draw", "other_view_other_draw", "other_epoch_other_draw"}),
    "batch_equals_items": frozenset({"large_batch_equals_items", "accepts_a_batch_of_one", "params_select_rows"}),
}
"""Checks in the order in which their failures explain others, with those that fail from the same cause as a rule."""


def _find_root(check: str, failed: Collection[str]) -> str | None:
    """The failed check that explains the failure of another, or None."""
    return next((root for root, others in _ROOTS.items() if root in failed and check in others), None)


class CheckFailedError(AssertionError):
    """Some checks failed.

    Attributes:
        report: The report of all checks.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report
