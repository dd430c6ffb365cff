"""Methods by name, for the command line and for configuration files."""

from __future__ import annotations

from pairgen.methods.method import Method
from pairgen.registry import Registry

__all__ = ["METHODS"]

_HERE = "pairgen.methods"

METHODS: Registry[type[Method]] = Registry("method")
for _name, _class in (
    ("simclr", "SimCLR"),
    ("moco", "MoCo"),
    ("supcon", "SupCon"),
    ("siamese", "Siamese"),
    ("cpc", "CPC"),
    ("ts2vec", "TS2Vec"),
    ("grace", "GRACE"),
):
    METHODS.register_lazy(_name, f"{_HERE}:{_class}")
