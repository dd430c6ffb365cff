"""Audio: clips and their sample rates, augmentations, recipes, encoders, reader and plots.

>>> import pairgen
>>> pairgen.get_modality("audio").recipes.names()
['clmr', 'cpc', 'eval', 'spectrogram', 'speech', 'time-pitch']
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
