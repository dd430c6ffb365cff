"""`parametrize_with_checks`: one pytest test for each check and augmentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pairgen.modality import Modality
from pairgen.testing._optional import require
from pairgen.testing.api import format_call
from pairgen.testing.checks._registry import AUGMENTATION_SCOPES, Check, select_checks
from pairgen.testing.report import CheckFailedError, Report
from pairgen.testing.runner import run_check
from pairgen.testing.spec import Tags
from pairgen.testing.targets import Target, make_target

if TYPE_CHECKING:
    import pytest
    from hypothesis.strategies import SearchStrategy

    from pairgen.testing.targets import Checkable

__all__ = ["BoundCheck", "parametrize_with_checks"]


@dataclass(frozen=True, eq=False)
class BoundCheck:
    """A check with its target, which the test calls.

    Args:
        check: The check.
        target: What it checks.
        examples: How many examples it tries.
        seed: Seed of the search.
    """

    check: Check
    target: Target
    examples: int
    seed: int

    def __call__(self) -> None:
        """Run the check.

        Raises:
            CheckFailedError: The check failed.
            pytest.skip.Exception: No example is accepted.
        """
        import pytest

        outcome = run_check(self.check, self.target, self.examples, self.seed)
        Report(self.target.name, (outcome,), format_call(self.target, self.examples, self.seed)).raise_if_failed()
        if outcome.state == "skipped":
            pytest.skip(outcome.message)


def parametrize_with_checks(
    augmentations: Iterable[Checkable | tuple[str, Checkable]],
    modality: str | Modality | None = None,
    *,
    items: SearchStrategy[Any] | None = None,
    batches: SearchStrategy[Any] | None = None,
    tags: Tags | None = None,
    checks: Iterable[str] | str | None = None,
    expected_failures: Mapping[str, Mapping[str, str]] | None = None,
    examples: int = 50,
    seed: int = 0,
) -> pytest.MarkDecorator:
    """Return a pytest mark that calls the test once for each check and augmentation.

        @parametrize_with_checks([Turn(), Jitter(sigma=0.1)], modality="points")
        def test_my_augmentations(check):
            check()

    The ids of the tests are such as `Rotation-same_seed_same_view`. Checks that do not apply make no test.

    Args:
        augmentations: As `check_augmentation` takes them, or pairs (modality, augmentation) as `registered()`
            returns them.
        modality: As in `check_augmentation`, for all that are not pairs.
        items: As in `check_augmentation`, for all.
        batches: As in `check_augmentation`, for all.
        tags: As in `check_augmentation`, for all.
        checks: As in `check_augmentation`.
        expected_failures: By the id of the augmentation, the reason of each known failure by the name of the check.
            They are strict: one that passes fails the test.
        examples: As in `check_augmentation`.
        seed: As in `check_augmentation`.

    Raises:
        ImportError: pytest is not installed.
        ValueError: A failure is expected of something else, or without a reason.
    """
    require("pytest")
    import pytest

    parameters = []
    selected = select_checks(checks, AUGMENTATION_SCOPES)
    expected = dict(expected_failures or {})
    for entry in augmentations:
        owner, augmentation = entry if isinstance(entry, tuple) else (modality, entry)
        target = make_target(augmentation, owner, items=items, batches=batches, tags=tags)
        name = target.name if modality is not None or owner is None else f"{_name(owner)}.{target.name}"
        reasons = expected.pop(name, {})
        for check in selected:
            if check.skip_reason is None or check.skip_reason(target) is None:
                marks = [_expect_failure(reasons[check.name])] if check.name in reasons else []
                bound = BoundCheck(check, target, examples, seed)
                parameters.append(pytest.param(bound, id=f"{name}-{check.name}", marks=marks))
    if expected:
        raise ValueError(f"failures are expected of {', '.join(expected)}, which is not among the augmentations")
    return pytest.mark.parametrize("check", parameters)


def _name(modality: str | Modality) -> str:
    return modality if isinstance(modality, str) else modality.name


def _expect_failure(reason: str) -> pytest.MarkDecorator:
    import pytest

    if not reason.strip():
        raise ValueError("an expected failure needs a reason")
    return pytest.mark.xfail(reason=reason, strict=True, raises=CheckFailedError)
