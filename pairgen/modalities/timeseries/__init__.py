"""Time series: items, augmentations, recipes, encoders, reader and plotting.

>>> import pairgen
>>> pairgen.get_modality("timeseries").recipes.names()
['eval', 'jitter-scale', 'ts-tcc', 'ts2vec']
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
