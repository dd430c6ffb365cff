"""Peers are optional: a missing one is an error that says how to install it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable


class MissingPeerError(RuntimeError):
    """A library of the comparison is not installed."""


def installed(*modules: str) -> bool:
    """Whether all of them can be imported."""
    return all(importlib.util.find_spec(name) is not None for name in modules)


def require(modules: Iterable[str]) -> None:
    """Raise MissingPeerError for the first modules that cannot be imported."""
    missing = [name for name in modules if not installed(name)]
    if missing:
        raise MissingPeerError(
            f"this subject compares with {', '.join(missing)}, which is not installed; "
            "install the peers with: pip install 'pairgen[benchmarks]'"
        )
