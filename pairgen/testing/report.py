"""What the checks found: which ran, which failed, the smallest failing example, and how to see it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Literal

__all__ = ["CheckFailedError", "Outcome", "Report", "State"]

State = Literal["passed", "failed", "skipped", "known", "unexpected"]
"""`known`: failed as expected. `unexpected`: an expected failure that passed, which is an error too."""


@dataclass(frozen=True)
class Outcome:
    """What one check found.

    check: its name; promise: its property in a sentence. found: the violation, or why it was skipped. examples: how
    many it judged, those of the shrinking included. example: the smallest that fails, None where none does; shown: as
    it was before the check, which may have changed it. reason: why a failure was expected.
    """

    check: str
    promise: str
    state: State
    found: str = ""
    seconds: float = 0.0
    examples: int = 0
    example: Any = field(default=None, repr=False)
    shown: str = ""
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is as it should be."""
        return self.state not in ("failed", "unexpected")

    def expected(self, reason: str) -> Outcome:
        """This outcome where a failure was expected: a failure is known, a pass is an error."""
        if self.state == "skipped":
            return self
        state: State = "known" if self.state == "failed" else "unexpected"
        found = self.found if state == "known" else f"expected to fail ({reason}), and passed; remove the expectation"
        return replace(self, state=state, found=found, reason=reason)

    def __str__(self) -> str:
        lines = [f"{self.check}: {self.found or self.state}"]
        if self.example is not None:
            lines.append(f"  smallest example: {self.shown}")
        if self.reason and self.state == "known":
            lines.append(f"  known: {self.reason}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """What all checks found of one subject. call: the code that runs them again; `{checks}` stands for their names."""

    subject: str
    outcomes: tuple[Outcome, ...]
    call: str

    @property
    def ok(self) -> bool:
        """Whether all is as it should be."""
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes that are errors."""
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)

    @property
    def counts(self) -> dict[str, int]:
        """How many checks ended in each state."""
        return dict(Counter(outcome.state for outcome in self.outcomes))

    @property
    def seconds(self) -> float:
        """How long all took."""
        return sum(outcome.seconds for outcome in self.outcomes)

    def __getitem__(self, check: str) -> Outcome:
        for outcome in self.outcomes:
            if outcome.check == check:
                return outcome
        raise KeyError(f"no check {check!r} ran; there are: {', '.join(one.check for one in self.outcomes)}")

    def reproduce(self, outcome: Outcome) -> str:
        """Code that runs one check again and finds the same example: the search is deterministic."""
        return self.call.replace("{checks}", repr([outcome.check]))

    def raise_if_failed(self) -> None:
        """CheckFailedError if not all is as it should be."""
        if not self.ok:
            raise CheckFailedError(self)

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, fit for JSON."""
        return {"subject": self.subject, "ok": self.ok, "checks": [_plain(self, one) for one in self.outcomes]}

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {state}" for state, number in self.counts.items())
        lines = [f"{self.subject}: {counts}"]
        for outcome in self.failed:
            lines += [str(outcome), f"  again: {self.reproduce(outcome)}"]
        return "\n".join(lines)


def _plain(report: Report, outcome: Outcome) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "check": outcome.check,
        "state": outcome.state,
        "found": outcome.found,
        "seconds": round(outcome.seconds, 4),
        "examples": outcome.examples,
    }
    if outcome.example is not None:
        plain |= {"example": outcome.shown, "reproduce": report.reproduce(outcome)}
    return plain | ({"reason": outcome.reason} if outcome.reason else {})


class CheckFailedError(AssertionError):
    """Some checks failed; `report` holds them all."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report
