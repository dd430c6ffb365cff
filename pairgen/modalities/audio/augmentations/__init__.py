"""The audio augmentations, by subject: time, pitch, level, noise, filters, reverberation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
