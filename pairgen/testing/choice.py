"""Checks by their names."""

from __future__ import annotations

from typing import Any

import pairgen.testing.checks  # noqa: F401 - registers them
from pairgen.testing.check import CHECKS, Check, Over

__all__ = ["named"]


def named(names: Any, over: tuple[Over, ...]) -> list[Check]:
    """The checks of these names, in order; all those over such examples for None. UnknownNameError for others."""
    if names is None:
        return [one for one in map(CHECKS.get, CHECKS.names()) if one.over in over]
    chosen = [CHECKS.get(name) for name in ([names] if isinstance(names, str) else names)]
    for one in chosen:
        if one.over not in over:
            kind = "samplers" if one.over == "sampler" else "augmentations"
            raise ValueError(f"the check {one.name!r} is one of {kind}")
    return chosen
