"""`parametrize_with_checks`: one pytest test a check and augmentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pairgen.modality import Modality
from pairgen.testing._optional import require
from pairgen.testing.augmentations import OVER, call_of
from pairgen.testing.check import Check
from pairgen.testing.choice import named
from pairgen.testing.report import CheckFailedError, Report
from pairgen.testing.runner import run_check
from pairgen.testing.subject import Subject
from pairgen.testing.subjects import subject_of

__all__ = ["BoundCheck", "parametrize_with_checks"]


@dataclass(frozen=True, eq=False)
class BoundCheck:
    """A check with its subject: call it in the test. Raises CheckFailedError; skips where no example is served."""

    check: Check
    subject: Subject
    examples: int
    seed: int

    def __call__(self) -> None:
        """Run the check."""
        import pytest

        outcome = run_check(self.check, self.subject, self.examples, self.seed)
        call = call_of(self.subject, self.examples, self.seed)
        Report(self.subject.name, (outcome,), call).raise_if_failed()
        if outcome.state == "skipped":
            pytest.skip(outcome.found)


def parametrize_with_checks(
    augmentations: Iterable[Any],
    modality: str | Modality | None = None,
    *,
    checks: Iterable[str] | str | None = None,
    expected_failures: Mapping[str, Mapping[str, str]] | None = None,
    examples: int = 50,
    seed: int = 0,
    **options: Any,
) -> Any:
    """A pytest mark that calls the test once a check and augmentation, with ids such as `Rotation-same_seed_same_view`.

        @parametrize_with_checks([Turn(), Jitter(sigma=0.1)], modality="points")
        def test_my_augmentations(check):
            check()

    augmentations: as `check_augmentation` takes them, or pairs (modality, augmentation), as `registered()` lists them.
    expected_failures: by the id of the augmentation, the reason by the name of the check; they are strict. Checks that
    do not apply make no test. options: `items`, `batches`, `tags`, as in `check_augmentation`.
    """
    require("pytest")
    import pytest

    parameters = []
    chosen = named(checks, OVER)
    expected = dict(expected_failures or {})
    for one in augmentations:
        home, augmentation = one if isinstance(one, tuple) else (modality, one)
        subject = subject_of(augmentation, home, **options)
        name = subject.name if modality is not None or home is None else f"{_name(home)}.{subject.name}"
        known = expected.pop(name, {})
        for check in chosen:
            if check.why_not(subject) is None:
                marks = [_known_failure(known[check.name])] if check.name in known else []
                bound = BoundCheck(check, subject, examples, seed)
                parameters.append(pytest.param(bound, id=f"{name}-{check.name}", marks=marks))
    if expected:
        raise ValueError(f"failures are expected of {', '.join(expected)}, which is not among the augmentations")
    return pytest.mark.parametrize("check", parameters)


def _name(home: str | Modality) -> str:
    return home if isinstance(home, str) else home.name


def _known_failure(reason: str) -> Any:
    import pytest

    if not reason.strip():
        raise ValueError("an expected failure needs a reason")
    return pytest.mark.xfail(reason=reason, strict=True, raises=CheckFailedError)
