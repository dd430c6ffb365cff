"""The time-series augmentations: crops, moves in time, changes of values, masks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
