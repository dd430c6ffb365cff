"""The built-in modalities, one folder each; and `pairgen.modalities()`, their names.

This package and the function that lists modalities share a name, so the package itself can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType

__all__: list[str] = []


class _Modalities(ModuleType):
    def __call__(self) -> list[str]:
        from pairgen.plugin import modalities

        return modalities()


sys.modules[__name__].__class__ = _Modalities
