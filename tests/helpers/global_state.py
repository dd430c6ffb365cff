"""Test that code neither reads nor writes the global random state."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import torch


def seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global state is the subject
    torch.manual_seed(seed)


def global_state() -> tuple[object, list[int], list[int]]:
    return random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002


def is_independent_of_global_state(make: Callable[[], torch.Tensor]) -> bool:
    """Run `make` under two global seeds; whether the results are the same and the state is unchanged."""
    results = []
    for seed in (1, 2):
        seed_all(seed)
        before = global_state()
        results.append(make())
        if global_state() != before:
            return False
    return torch.equal(*results)
