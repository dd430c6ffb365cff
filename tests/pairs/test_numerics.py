"""Views are the same under autocast, another default dtype and another default device."""

from __future__ import annotations

import contextlib

import pytest
import torch

from pairgen.pairs import PairSampler


@contextlib.contextmanager
def default_dtype(dtype):
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


MODES = {
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "float64": lambda: default_dtype(torch.float64),
    "meta": lambda: torch.device("meta"),
}


@pytest.mark.parametrize("recipe", ["simclr", "simclr-small", "byol", "mocov2"])
@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_images_have_the_same_views_in_every_numerical_mode(recipe, mode) -> None:
    items = torch.rand(3, 3, 48, 40, generator=torch.Generator().manual_seed(0))

    def make():
        sampler = PairSampler("image", recipe, size=24, seed=1)
        alone = sampler.collate([sampler(item, i, label=0.5) for i, item in enumerate(items)])
        batches = [sampler.augment(items, range(3)), alone, *sampler.wrap_loader([items])]
        listed = sampler.loader(list(items), 3, batched=True)
        return [*batches, *listed]

    expected = make()
    with mode():
        changed = make()
    for one, other in zip(expected, changed, strict=True):
        for name in ("first", "second", "index"):
            assert getattr(one, name).dtype == getattr(other, name).dtype
            assert torch.equal(getattr(one, name), getattr(other, name))
