"""What a check is: a small function over examples, with a name that says what it finds to hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pairgen.registry import Registry
from pairgen.testing.subject import Subject

__all__ = ["CHECKS", "Check", "Over", "check", "unbatched", "untagged"]

Over = Literal["item", "batch", "group", "class", "sampler"]


@dataclass(frozen=True)
class Check:
    """A property that is checked.

    name: the property, as a predicate of the augmentation. run: raises `CheckFailure` where it does not hold. over: what
    examples it runs on. share: how many of them, as a share of those asked for. unfit: why it does not apply to a
    subject, or None. somewhere: it is enough that the property holds of one of the examples.
    """

    name: str
    run: Callable[[Any], None]
    over: Over
    share: float
    unfit: Callable[[Any], str | None] | None = None
    somewhere: bool = False

    @property
    def shrinks(self) -> bool:
        """Whether a failing example is made smaller; one that costs much is taken as it comes, the simplest first."""
        return self.share >= 0.1 and not self.somewhere

    @property
    def promise(self) -> str:
        """The property in one sentence."""
        return (self.run.__doc__ or self.name).strip().splitlines()[0]

    def why_not(self, subject: Any) -> str | None:
        """Why this check does not apply to the subject; None if it does."""
        return None if self.unfit is None else self.unfit(subject)


CHECKS: Registry[Check] = Registry("check")
"""All checks of augmentations and samplers."""


def check(
    over: Over = "item",
    share: float = 1.0,
    unfit: Callable[[Any], str | None] | None = None,
    somewhere: bool = False,
) -> Callable[[Callable[[Any], None]], Check]:
    """Make a function a check, under its own name."""

    def made(run: Callable[[Any], None]) -> Check:
        return CHECKS.register(run.__name__, Check(run.__name__, run, over, share, unfit, somewhere))

    return made


def untagged(what: str) -> Callable[[Subject], str | None]:
    """Unfit where the tags do not promise to keep this of an item."""
    return lambda subject: None if what in subject.tags.preserves else f"its tags do not promise to keep the {what}"


def unbatched(subject: Subject) -> str | None:
    """Unfit where the tags say that it serves no batches, or no batches are known."""
    if not subject.tags.batched:
        return "its tags say that it serves no batches"
    if subject.check_spec.batches is None and subject.modality is None:
        return "no batches are known without a modality; give batches="
    return None
