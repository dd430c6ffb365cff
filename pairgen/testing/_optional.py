"""Hypothesis, where it is installed; else an error that says how to install it."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["require"]


def require(*modules: str) -> None:
    """Raise ImportError with the remedy for the first of these modules that is not installed."""
    for name in modules:
        if find_spec(name) is None:
            raise ImportError(
                f"pairgen.testing needs {name}, which is not installed; install it with: pip install 'pairgen[testing]'"
            )
