"""Draw, then apply: `apply` is pure, nothing is changed, nothing is remembered."""

from __future__ import annotations

import copy
import pickle

from pairgen.testing.check import check, unbatched
from pairgen.testing.compare import difference, parts_of
from pairgen.testing.subject import BatchExample, CheckFailure, Example, ItemGroup

__all__ = [
    "keeps_no_state",
    "leaves_the_batch_alone",
    "leaves_the_item_alone",
    "leaves_the_params_alone",
    "replays_from_params",
]


@check()
def leaves_the_item_alone(example: Example) -> None:
    """The item is afterwards as it was."""
    before = parts_of(example.item)
    try:
        example.view()
    finally:
        found = difference(before, example.item)
        if found:
            raise CheckFailure(f"the item was changed: {found}; copy it before you write into it")


@check(over="batch", unfit=unbatched)
def leaves_the_batch_alone(example: BatchExample) -> None:
    """The batch is afterwards as it was."""
    before = parts_of(example.batch)
    try:
        example.sample()
    finally:
        found = difference(before, example.batch)
        if found:
            raise CheckFailure(f"the batch was changed: {found}; copy it before you write into it")


@check()
def replays_from_params(example: Example) -> None:
    """`apply(item, params)` makes the view again, also from params that were pickled."""
    made, params = example.sample()
    view = parts_of(made)
    for name, same_params in (("params", params), ("pickled params", pickle.loads(pickle.dumps(params)))):
        found = difference(view, example.augmentation.apply(example.item, same_params))
        if found:
            raise CheckFailure(f"apply(item, params) with the {name} gave another view: {found}; draw all in `draw`")


@check()
def leaves_the_params_alone(example: Example) -> None:
    """The params are after `apply` as they were: they may be applied to more items than one."""
    _, params = example.sample()
    before = parts_of(params)
    example.augmentation.apply(example.item, params)
    found = difference(before, params)
    if found:
        raise CheckFailure(f"apply changed its params: {found}")


@check(over="group", share=0.2)
def keeps_no_state(group: ItemGroup) -> None:
    """A view does not depend on the items before it, and the augmentation stays as it is."""
    before = parts_of(group.augmentation)
    there, back = copy.deepcopy(group.augmentation), copy.deepcopy(group.augmentation)
    examples = group.served()
    views = {one.index: parts_of(there(one.item, one.stream())) for one in examples}
    for one in reversed(examples):
        found = difference(views[one.index], back(one.item, one.stream()))
        if found:
            raise CheckFailure(f"item {one.index} got another view when the items came in another order: {found}")
    found = difference(before, there)
    if found:
        raise CheckFailure(f"the augmentation changed while it served: {found}; keep what you draw in the params")
