"""Nothing is lost silently: valid input is accepted, and invalid input is rejected with an error that helps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from pairgen.random import Stream
from pairgen.testing.checks._registry import check, no_batches
from pairgen.testing.examples import BatchExample, CheckFailure, Example
from pairgen.testing.search import find_example
from pairgen.testing.targets import Target

__all__ = ["accepts_every_batch", "accepts_every_item", "rejects_invalid_items", "rejects_invalid_params"]

_EXPECTED = (ValueError, TypeError)


def _no_invalid_items(target: Target) -> str | None:
    return None if target.check_spec.invalid_items else "no invalid items are known"


def _no_invalid_params(target: Target) -> str | None:
    return None if target.tags.invalid_params else "its tags name no invalid parameters"


@check()
def accepts_every_item(example: Example) -> None:
    """Every item that it takes gets a view; any other raises a ValueError or TypeError."""
    accepted = example.target.accepts(example.augmentation, example.item)
    _check_accepted(lambda: example.augmentation(example.item, example.stream()), accepted, "an item")


@check(scope="batch", skip_reason=no_batches)
def accepts_every_batch(example: BatchExample) -> None:
    """Every batch that it takes gets views; any other raises a ValueError or TypeError."""
    accepted = example.target.accepts_batch(example.augmentation, example.batch)
    _check_accepted(lambda: example.augmentation.sample_batch(example.batch, example.stream()), accepted, "a batch")


@check(scope="class", skip_reason=_no_invalid_items)
def rejects_invalid_items(target: Target) -> None:
    """An invalid item raises a ValueError or TypeError with a message, in `decode` or in the augmentation."""
    augmentation = find_example(target.augmentations)
    for name, invalid in target.check_spec.invalid_items.items():
        item = invalid() if callable(invalid) else invalid
        try:
            decoded = item if target.modality is None else target.modality.decode(item)
            augmentation(decoded, Stream(0))
        except _EXPECTED as error:
            if not str(error).strip():
                raise CheckFailure(
                    f"the invalid item {name!r} raised a {type(error).__name__} without a message"
                ) from error
        except Exception as error:
            raise CheckFailure(
                f"the invalid item {name!r} raised {type(error).__name__}: {error}; raise a ValueError or TypeError "
                "that names the item and the remedy"
            ) from error
        else:
            raise CheckFailure(f"the invalid item {name!r} was accepted silently")


@check(scope="class", skip_reason=_no_invalid_params)
def rejects_invalid_params(target: Target) -> None:
    """A parameter out of range raises a ValueError or TypeError that names it or its value, at construction."""
    augmentation: Any = find_example(target.augmentations)
    for params in target.tags.invalid_params:
        listed = ", ".join(f"{name}={value!r}" for name, value in params.items())
        try:
            dataclasses.replace(augmentation, **params)
        except _EXPECTED as error:
            if not any(name in str(error) or repr(value) in str(error) for name, value in params.items()):
                raise CheckFailure(f"{listed} raised an error that names neither: {error}") from error
        except Exception as error:
            raise CheckFailure(f"{listed} raised {type(error).__name__}: {error}, not a ValueError") from error
        else:
            raise CheckFailure(f"{listed} was accepted")


def _check_accepted(call: Callable[[], object], accepted: bool, what: str) -> None:
    try:
        call()
    except Exception as error:
        if accepted:
            raise CheckFailure(
                f"raised {type(error).__name__}: {error}; if it takes only some of the modality's items, say which: "
                "Tags(accepts=...), or `item: str` in `apply` for one of strings alone"
            ) from error
        if not isinstance(error, _EXPECTED):
            raise CheckFailure(f"rejected {what} with {type(error).__name__} ({error}), not a ValueError") from error
    else:
        if not accepted:
            raise CheckFailure(f"accepted {what} that its tags do not accept")
