"""Methods: what turns a batch of pairs into a loss.

The names, listed in `__init__.pyi`, are imported when first used, so that `METHODS` can be listed without torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
