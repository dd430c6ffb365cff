"""`check_augmentation` and `check_sampler`: run the checks and return a report, without pytest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pairgen.modality import Modality
from pairgen.pairs import PairSampler
from pairgen.testing.checks._registry import AUGMENTATION_SCOPES, Check, select_checks
from pairgen.testing.fresh_process import raise_if_worker
from pairgen.testing.report import Outcome, Report
from pairgen.testing.runner import run_check
from pairgen.testing.spec import Tags
from pairgen.testing.targets import SamplerTarget, Target, make_sampler_target, make_target

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from pairgen.testing.targets import Checkable

__all__ = ["check_augmentation", "check_sampler", "format_call"]


def check_augmentation(
    augmentation: Checkable,
    modality: str | Modality | None = None,
    *,
    items: SearchStrategy[Any] | None = None,
    batches: SearchStrategy[Any] | None = None,
    tags: Tags | None = None,
    checks: Iterable[str] | str | None = None,
    expected_failures: Mapping[str, str] | None = None,
    examples: int = 50,
    seed: int = 0,
    raises: bool = True,
) -> Report:
    """Check what an augmentation guarantees, and report the smallest example of each guarantee that it breaks.

    The search is deterministic: the same call finds the same example.

    Args:
        augmentation: An `Augmentation`; a class of them, of which the parameters are then drawn too; or a transform of
            another library, see `pairgen.testing.adapters`.
        modality: Name of the modality whose items it takes, or the modality. None finds it for augmentations that a
            modality lists, and for transforms of known libraries.
        items: Hypothesis strategy of items; None takes the modality's.
        batches: Hypothesis strategy of batches; None takes the modality's.
        tags: What it guarantees; None takes its attribute `tags`, then what the modality says of its class.
        checks: Names of the checks to run; None runs all that apply.
        expected_failures: The reason of each known failure, by the name of the check. An expected failure that passes
            is an error.
        examples: How many examples each check tries, at least 2; expensive checks try fewer.
        seed: Seed of the search.
        raises: Whether to raise if a check failed; False only returns the report.

    Returns:
        The outcome of each check.

    Raises:
        CheckFailedError: A check failed, and `raises` is True.
        UnknownNameError: There is no check, or no modality, of that name.
        ValueError: There are no items for the augmentation, or an expected failure names no check that runs.

    Example:
        >>> from pairgen.modalities.image import HorizontalFlip
        >>> report = check_augmentation(HorizontalFlip(), "image", checks=["keeps_type", "keeps_dtype"], examples=5)
        >>> print(report)
        image: HorizontalFlip(p=0.5): 2 passed
    """
    raise_if_worker()
    target = make_target(augmentation, modality, items=items, batches=batches, tags=tags)
    selected = select_checks(checks, AUGMENTATION_SCOPES)
    outcomes = _run_checks(selected, target, examples, seed, expected_failures)
    title = target.name if target.modality is None else f"{target.modality.name}: {target.name}"
    return _finish(Report(title, outcomes, format_call(target, examples, seed)), raises)


def check_sampler(
    sampler: PairSampler,
    *,
    items: SearchStrategy[Any] | None = None,
    random: bool = True,
    checks: Iterable[str] | str | None = None,
    expected_failures: Mapping[str, str] | None = None,
    examples: int = 20,
    seed: int = 0,
    raises: bool = True,
) -> Report:
    """Check that a sampler makes the same pairs however its loader runs, and after any resume.

    Args:
        sampler: The sampler.
        items: Hypothesis strategy of items that collate into one batch; None takes the modality's.
        random: Whether its recipe is random; False for one such as "eval".
        checks: As in `check_augmentation`, of the checks of samplers.
        expected_failures: As in `check_augmentation`.
        examples: As in `check_augmentation`.
        seed: As in `check_augmentation`.
        raises: As in `check_augmentation`.

    Returns:
        The outcome of each check.

    Raises:
        CheckFailedError: A check failed, and `raises` is True.
        UnknownNameError: There is no check of that name.
        ValueError: An expected failure names no check that runs.

    Example:
        >>> import pairgen
        >>> sampler = pairgen.PairSampler("image", recipe="simclr-small", size=8)
        >>> check_sampler(sampler, checks="same_key_same_pair", examples=3).ok
        True
    """
    raise_if_worker()
    target = make_sampler_target(sampler, items, random)
    outcomes = _run_checks(select_checks(checks, ("sampler",)), target, examples, seed, expected_failures)
    call = f"check_sampler({sampler!r}, random={random}, checks={{checks}}, examples={examples}, seed={seed})"
    return _finish(Report(repr(sampler), outcomes, call), raises)


def format_call(target: Target, examples: int, seed: int) -> str:
    """Return the code that checks again; `{checks}` stands for the names of the checks."""
    modality = "" if target.modality is None else f", modality={target.modality.name!r}"
    return f"check_augmentation({target.name}{modality}, checks={{checks}}, examples={examples}, seed={seed})"


def _run_checks(
    checks: Sequence[Check],
    target: Target | SamplerTarget,
    examples: int,
    seed: int,
    expected_failures: Mapping[str, str] | None,
) -> tuple[Outcome, ...]:
    reasons = expected_failures or {}
    for name, reason in reasons.items():
        if name not in [check.name for check in checks]:
            raise ValueError(f"a failure of {name!r} is expected, which is not among the checks that run")
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"the expected failure of {name!r} needs a reason, got {reason!r}")
    outcomes = []
    for check in checks:
        outcome = run_check(check, target, examples, seed)
        outcomes.append(outcome.expect_failure(reasons[check.name]) if check.name in reasons else outcome)
    return tuple(outcomes)


def _finish(report: Report, raises: bool) -> Report:
    if raises:
        report.raise_if_failed()
    return report
