"""Strategies of what checks are given: examples, batches, handfuls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pairgen.testing.subject import BatchExample, Example, ItemGroup, Subject

__all__ = ["batches_of", "example_of", "examples_of"]


def example_of(strategy: Any, fits: Callable[[Any], bool] = lambda _: True) -> Any:
    """An example of a strategy that fits, the simplest one first; LookupError if some twenty do not."""
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis.errors import NoSuchExample

    quiet = settings(
        database=None,
        derandomize=True,
        deadline=None,
        max_examples=20,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    try:
        return find(strategy, fits, settings=quiet)
    except NoSuchExample as error:
        raise LookupError("no such example") from error


def examples_of(over: str, subject: Any) -> Any:
    """A strategy of the examples that a check over such is given."""
    from hypothesis import strategies as st

    makers: dict[str, Callable[[], Any]] = {
        "item": lambda: _over(Example, subject, subject.check_spec.items, first=False),
        "batch": lambda: _over(BatchExample, subject, batches_of(subject), first=True),
        "group": lambda: _over(
            ItemGroup, subject, st.lists(subject.informative_items, min_size=3, max_size=5), first=None
        ),
        "sampler": lambda: subject.examples,
    }
    return makers[over]()


def _over(kind: type, subject: Subject, drawn: Any, first: bool | None) -> Any:
    from hypothesis import strategies as st

    keys = [st.integers(0, 2**16)] + ([] if first is None else [st.integers(0, 2**16)])
    return st.builds(lambda *parts: kind(subject, *parts), subject.augmentations, drawn, *keys)


def batches_of(subject: Subject) -> Any:
    """Batches as the modality shows them, else collated from its items; what does not fit together is left out."""
    from hypothesis import reject
    from hypothesis import strategies as st

    if subject.check_spec.batches is not None:
        return subject.check_spec.batches
    modality = subject.modality

    def collated(items: list[Any]) -> Any:
        if modality is None:
            return reject()
        try:
            return modality.collate([modality.decode(item) for item in items])
        except (ValueError, TypeError):
            return reject()

    return st.lists(subject.check_spec.items, min_size=1, max_size=4).map(collated)
