"""Batches of series: segments that know where they begin, collation, and the input of the encoder."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
