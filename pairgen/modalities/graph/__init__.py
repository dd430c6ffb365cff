"""Graphs: items, augmentations, recipes, encoders, reader and plots.

>>> import pairgen
>>> pairgen.get_modality("graph").recipes.names()
['drop-perturb', 'eval', 'grace', 'graphcl']
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
