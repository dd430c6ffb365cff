"""Optional dependencies of the kit."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["require"]


def require(*modules: str) -> None:
    """Raise ImportError, with the command that installs it, for the first of these modules that is missing."""
    for name in modules:
        if find_spec(name) is None:
            raise ImportError(
                f"pairgen.testing needs {name}, which is not installed; install it with: pip install 'pairgen[testing]'"
            )
