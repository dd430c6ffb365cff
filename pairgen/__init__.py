"""pairgen: data of any kind into positive pairs, and pairs into encoders.

    >>> import pairgen
    >>> sampler = pairgen.PairSampler("image", recipe="simclr", size=224, seed=0)

The names below are resolved when first used, so that importing pairgen loads no heavy library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pairgen.version import __version__ as __version__

if TYPE_CHECKING:
    from pairgen.pairs import Pair, PairBatch, PairLoader, PairSampler, Skipped
    from pairgen.plugin import Modality, Recipe, encoder, modalities, modality, register_modality
    from pairgen.training import Trainer, load_encoder

_HOMES = {
    "pairgen.plugin": (
        "Modality",
        "Recipe",
        "encoder",
        "modalities",
        "modality",
        "register_modality",
    ),
    "pairgen.pairs": ("Pair", "PairBatch", "PairLoader", "PairSampler", "Skipped"),
    "pairgen.training": ("Trainer", "load_encoder"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Modality",
    "Pair",
    "PairBatch",
    "PairLoader",
    "PairSampler",
    "Recipe",
    "Skipped",
    "Trainer",
    "encoder",
    "load_encoder",
    "modalities",
    "modality",
    "register_modality",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'pairgen' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
