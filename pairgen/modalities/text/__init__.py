"""Texts: items, augmentations, the synonym lexicon, recipes, encoders, reader and plots.

>>> import pairgen
>>> pairgen.get_modality("text").recipes.names()
['crop', 'eda', 'eval', 'simcse', 'synonyms']
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
