"""The global random states of Python, NumPy and torch, which pairgen neither reads nor writes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

__all__ = ["NAMES", "draw_all", "get_states", "preserve_states", "seed_all"]

NAMES = ("random", "numpy.random", "torch")


def get_states() -> tuple[Any, Any, Any]:
    """Return the three states, in the order of `NAMES`, as values that compare."""
    algorithm, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - the global state is the subject
    return random.getstate(), (algorithm, np.asarray(keys).tobytes(), *rest), bytes(torch.get_rng_state().numpy())


def seed_all(seed: int) -> None:
    """Seed all three."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    torch.manual_seed(seed)


def draw_all() -> None:
    """Draw from all three, so that they are in a state which no seed gives."""
    random.random()
    np.random.rand()  # noqa: NPY002
    torch.rand(1)


@contextmanager
def preserve_states() -> Iterator[None]:
    """Restore the three states at the end."""
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        torch.set_rng_state(before[2])
