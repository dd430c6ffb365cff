"""Batches of graphs: the flat form that kernels see, PyG's `Batch`, and collation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
