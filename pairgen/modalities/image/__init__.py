"""Images: items, augmentations, recipes, encoders, reader and plots.

>>> import pairgen
>>> pairgen.get_modality("image").recipes.names()
['byol', 'eval', 'mocov2', 'simclr', 'simclr-gray', 'simclr-small']
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
