"""Who is compared with whom in a batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pairgen.random import Stream

__all__ = ["sample_pairs"]

Ints = npt.NDArray[np.int64]


def sample_pairs(classes: Ints, rng: Stream) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """For each of N items, one of its class and one of another class, at random.

    classes: int64 (N,). rng: a stream of N keys, those of the items.

    Returns:
        similar: int64 (N,); the items of a class in a random cycle: each is the partner of one other, and of itself
            only where it is the sole one of its class.
        dissimilar: int64 (N,), each uniform among the items of other classes.
        has_dissimilar: bool (N,), False where there are none; `dissimilar` is then meaningless.

    Which items are paired depends on the items, not on their order in the batch.
    """
    n = len(classes)
    order = np.lexsort((rng.uniform(), classes))  # by class, and at random within each
    _, start, member, size = np.unique(classes[order], return_index=True, return_inverse=True, return_counts=True)
    start, size, place = start[member], size[member], np.arange(n)  # of each sorted item's class
    following = start + (place - start + 1) % size
    others = n - size
    # A place among the others' places, which are those before and those behind the own class.
    draw = np.empty(n, np.int64)
    draw[order] = place
    other = rng.integers(0, np.maximum(others[draw], 1))[order]
    elsewhere = np.where(other < start, other, other + size) % n
    similar, dissimilar, has_dissimilar = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.bool_)
    similar[order], dissimilar[order], has_dissimilar[order] = order[following], order[elsewhere], others > 0
    return similar, dissimilar, has_dissimilar
