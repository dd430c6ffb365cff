"""Peers are optional: a missing one is an error that says how to install it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable


class MissingPeerError(RuntimeError):
    """A library of the comparison is not installed."""


def require(modules: Iterable[str]) -> None:
    """Raise MissingPeerError for the first modules that cannot be imported."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingPeerError(
            f"this subject compares with {', '.join(missing)}, which is not installed; "
            "install the peers with: pip install 'pairgen[benchmarks]'"
        )
