"""The registry of checks: small functions over examples, named after the property that they check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pairgen.registry import Registry
from pairgen.testing.examples import Scope
from pairgen.testing.targets import Target

__all__ = ["AUGMENTATION_SCOPES", "CHECKS", "Check", "check", "no_batches", "not_preserved", "select_checks"]

AUGMENTATION_SCOPES: tuple[Scope, ...] = ("item", "batch", "group", "class")


@dataclass(frozen=True)
class Check:
    """A property that is checked.

    Args:
        name: The property, as a predicate of the augmentation.
        run: Raises `CheckFailure` where it does not hold.
        scope: What it judges at a time.
        ratio: How many examples it tries, as a ratio of those asked for.
        skip_reason: Says why it does not apply to a target, or None; None if it always applies.
        any_example: Whether it is enough that the property holds for one of the examples.
    """

    name: str
    run: Callable[[Any], None]
    scope: Scope
    ratio: float
    skip_reason: Callable[[Any], str | None] | None = None
    any_example: bool = False

    @property
    def shrinks(self) -> bool:
        """Whether a failing example is shrunk; expensive checks report the first one, and the simplest come first."""
        return self.ratio >= 0.1 and not self.any_example

    @property
    def description(self) -> str:
        """The property in one sentence."""
        return (self.run.__doc__ or self.name).strip().splitlines()[0]


CHECKS: Registry[Check] = Registry("check")
"""All checks of augmentations and samplers."""


def check(
    scope: Scope = "item",
    ratio: float = 1.0,
    skip_reason: Callable[[Any], str | None] | None = None,
    any_example: bool = False,
) -> Callable[[Callable[[Any], None]], Check]:
    """Register a function as a check under its own name; the arguments are those of `Check`."""

    def register(run: Callable[[Any], None]) -> Check:
        return CHECKS.register(run.__name__, Check(run.__name__, run, scope, ratio, skip_reason, any_example))

    return register


def not_preserved(aspect: str) -> Callable[[Target], str | None]:
    """Skip where the tags do not say that views preserve this of an item."""
    return lambda target: None if aspect in target.tags.preserves else f"its tags do not preserve the {aspect}"


def no_batches(target: Target) -> str | None:
    """Skip where the tags say that it takes no batches, or no batches are known."""
    if not target.tags.batched:
        return "its tags say that it takes no batches"
    if target.check_spec.batches is None and target.modality is None:
        return "no batches are known without a modality; give batches="
    return None


def select_checks(names: Iterable[str] | str | None, scopes: tuple[Scope, ...]) -> list[Check]:
    """Return the checks of these names, in order; None takes all of these scopes.

    Raises:
        UnknownNameError: There is no check of that name.
        ValueError: A check is of another scope.
    """
    if names is None:
        return [check for check in map(CHECKS.get, CHECKS.names()) if check.scope in scopes]
    selected = [CHECKS.get(name) for name in ([names] if isinstance(names, str) else names)]
    for check in selected:
        if check.scope not in scopes:
            function = "check_sampler" if check.scope == "sampler" else "check_augmentation"
            raise ValueError(f"the check {check.name!r} is not one of these; it belongs to {function}")
    return selected
