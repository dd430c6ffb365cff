"""pairgen: data of any kind into positive pairs, and pairs into encoders.

    >>> import pairgen
    >>> sampler = pairgen.PairSampler("image", recipe="simclr", size=224, seed=0)

The public names, listed in `__init__.pyi`, are imported when first used, so that importing pairgen loads no heavy
library.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
