"""Batches of graphs: PyG's `Batch`, its collation and check, and the flat form that the kernels take."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
