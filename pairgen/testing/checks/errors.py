"""Promise 4: what can be served is served; what cannot is refused with an error that helps."""

from __future__ import annotations

import dataclasses
from typing import Any

from pairgen.random import Stream
from pairgen.testing.check import check, unbatched
from pairgen.testing.examples import example_of
from pairgen.testing.subject import BatchExample, CheckFailure, Example, Subject

__all__ = ["refuses_bad_items", "refuses_bad_parameters", "serves_every_batch", "serves_every_item"]

_EXPECTED = (ValueError, TypeError)


def _no_bad_items(subject: Subject) -> str | None:
    return None if subject.check_spec.invalid_items else "no bad items are known"


def _no_bad_parameters(subject: Subject) -> str | None:
    return None if subject.tags.invalid_params else "its tags name no parameters to refuse"


@check()
def serves_every_item(example: Example) -> None:
    """Every item that it takes gets a view; any other gets a ValueError or TypeError."""
    takes = example.subject.takes(example.augmentation, example.item)
    _judge(lambda: example.augmentation(example.item, example.stream()), takes, "item")


@check(over="batch", unfit=unbatched)
def serves_every_batch(example: BatchExample) -> None:
    """Every batch that it takes gets views; any other gets a ValueError or TypeError."""
    takes = example.subject.takes_batch(example.augmentation, example.batch)
    _judge(lambda: example.augmentation.sample_batch(example.batch, example.stream()), takes, "batch")


def _judge(work: Any, takes: bool, what: str) -> None:
    try:
        work()
    except Exception as error:
        if takes:
            raise CheckFailure(f"raised {type(error).__name__}: {error}") from error
        if not isinstance(error, _EXPECTED):
            raise CheckFailure(f"refused the {what} with {type(error).__name__} ({error}), not a ValueError") from error
    else:
        if not takes:
            raise CheckFailure(f"took an {what} that its tags say it refuses")


@check(over="class", unfit=_no_bad_items)
def refuses_bad_items(subject: Subject) -> None:
    """A bad item raises a ValueError or TypeError with a message, on the way from `open` to the view."""
    augmentation = example_of(subject.augmentations)
    for name, bad in subject.check_spec.invalid_items.items():
        item = bad() if callable(bad) else bad
        try:
            opened = item if subject.modality is None else subject.modality.decode(item)
            augmentation(opened, Stream(0))
        except _EXPECTED as error:
            if not str(error).strip():
                raise CheckFailure(
                    f"the bad item {name!r} raised a {type(error).__name__} without a message"
                ) from error
        except Exception as error:
            raise CheckFailure(
                f"the bad item {name!r} raised {type(error).__name__}: {error}; a bad item is a ValueError or "
                "TypeError that names it and the remedy"
            ) from error
        else:
            raise CheckFailure(f"the bad item {name!r} passed silently")


@check(over="class", unfit=_no_bad_parameters)
def refuses_bad_parameters(subject: Subject) -> None:
    """A parameter out of range raises a ValueError or TypeError that names it or its value, at construction."""
    augmentation = example_of(subject.augmentations)
    for bad in subject.tags.invalid_params:
        listed = ", ".join(f"{name}={value!r}" for name, value in bad.items())
        try:
            dataclasses.replace(augmentation, **bad)
        except _EXPECTED as error:
            if not any(name in str(error) or repr(value) in str(error) for name, value in bad.items()):
                raise CheckFailure(f"{listed} raised an error that names neither: {error}") from error
        except Exception as error:
            raise CheckFailure(f"{listed} raised {type(error).__name__}: {error}, not a ValueError") from error
        else:
            raise CheckFailure(f"{listed} was accepted")
