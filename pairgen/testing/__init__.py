"""Property-based checks of augmentations and samplers, on examples that Hypothesis generates and shrinks.

    >>> from pairgen.modalities.image import Rotation
    >>> from pairgen.testing import check_augmentation
    >>> check_augmentation(Rotation(30), modality="image", checks="keeps_dtype", examples=5).ok
    True

Needs Hypothesis: `pip install 'pairgen[testing]'`. The public names are listed in `__init__.pyi`.
"""

import lazy_loader

from pairgen.testing._optional import require

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name in __all__ and name not in ("CheckSpec", "Tags", "spec"):
        require("hypothesis")
    return _load(name)
