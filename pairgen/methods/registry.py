"""Methods by name, for the command line and for configuration files; importing it loads neither torch nor a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairgen.registry import Registry

if TYPE_CHECKING:
    from pairgen.methods.method import Method

__all__ = ["METHODS"]

METHODS: Registry[type[Method]] = Registry("method")
"""The methods that pairgen offers: name -> class, which is imported when it is first asked for."""

for _name, _class in (
    ("simclr", "SimCLR"),
    ("moco", "MoCo"),
    ("supcon", "SupCon"),
    ("siamese", "Siamese"),
    ("cpc", "CPC"),
    ("ts2vec", "TS2Vec"),
    ("grace", "GRACE"),
    ("clip", "CLIP"),
    ("siglip", "SigLIP"),
):
    METHODS.register_lazy(_name, f"pairgen.methods.{_name}:{_class}")
