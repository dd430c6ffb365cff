"""Augmentations: a random transform in two halves, `draw` and `apply`, and the ways to combine them.

>>> from dataclasses import dataclass
>>> from pairgen.augmentation import Augmentation
>>> from pairgen.random import Stream
>>> @dataclass(frozen=True)
... class Scale(Augmentation):
...     by: float = 2.0
...     def draw(self, item, rng):
...         return rng.uniform(1 / self.by, self.by)
...     def apply(self, item, params):
...         return item * params
>>> Scale()(1.0, Stream(seed=0, index=7)) == Scale()(1.0, Stream(seed=0, index=7))
True
"""

from pairgen.augmentation.base import Augmentation, Numbers, Range
from pairgen.augmentation.compose import Compose, OneOf, RandomApply
from pairgen.augmentation.params import ItemParams, MaskedParams, Params, batch_of_one, one, select

__all__ = [
    "Augmentation",
    "Compose",
    "ItemParams",
    "MaskedParams",
    "Numbers",
    "OneOf",
    "Params",
    "RandomApply",
    "Range",
    "batch_of_one",
    "one",
    "select",
]
