"""Find examples of a Hypothesis strategy outside of a test."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["draw_examples", "find_example"]

T = TypeVar("T")


def find_example(strategy: SearchStrategy[T], fits: Callable[[T], bool] = lambda _: True) -> T:
    """Return the simplest example of a strategy that fits; LookupError if none of some twenty does."""
    settings = hypothesis.settings(
        database=None,
        derandomize=True,
        deadline=None,
        max_examples=20,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    try:
        return hypothesis.find(strategy, fits, settings=settings)
    except hypothesis.errors.NoSuchExample as error:
        raise LookupError("no such example") from error


def draw_examples(strategy: SearchStrategy[T]) -> list[T]:
    """Return some twenty examples of a strategy, the same ones always."""
    examples: list[T] = []

    def collect(example: T) -> bool:
        examples.append(example)
        return False

    with suppress(LookupError):
        find_example(strategy, collect)
    return examples
