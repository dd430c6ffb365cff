"""The property-testing kit: what augmentations and samplers promise, checked on examples that shrink.

    >>> from pairgen.testing import check_augmentation
    >>> report = check_augmentation(my_augmentation, modality="image")

Needs Hypothesis: `pip install 'pairgen[testing]'`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pairgen.testing.spec import CheckSpec, Tags

if TYPE_CHECKING:
    from pairgen.testing import strategies
    from pairgen.testing.adapters import adapt
    from pairgen.testing.augmentations import check_augmentation
    from pairgen.testing.check import CHECKS
    from pairgen.testing.parametrize import parametrize_with_checks
    from pairgen.testing.report import CheckFailedError, Outcome, Report
    from pairgen.testing.samplers import check_sampler
    from pairgen.testing.subjects import registered

_HOMES = {
    "adapt": "adapters",
    "check_augmentation": "augmentations",
    "CHECKS": "check",
    "parametrize_with_checks": "parametrize",
    "CheckFailedError": "report",
    "Outcome": "report",
    "Report": "report",
    "check_sampler": "samplers",
    "registered": "subjects",
}

__all__ = [
    "CHECKS",
    "CheckFailedError",
    "CheckSpec",
    "Outcome",
    "Report",
    "Tags",
    "adapt",
    "check_augmentation",
    "check_sampler",
    "parametrize_with_checks",
    "registered",
    "strategies",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pairgen.testing._optional import require

    require("hypothesis")
    if name == "strategies":
        return import_module(f"{__name__}.strategies")
    if name == "CHECKS":
        import_module(f"{__name__}.checks")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
