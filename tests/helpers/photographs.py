"""Small crops of the photographs that scikit-learn ships, for the tests of images."""

from __future__ import annotations

from functools import cache

import numpy as np
from sklearn.datasets import load_sample_image


@cache
def photograph(name: str = "china", side: tuple[int, int] = (160, 190)) -> np.ndarray:
    """uint8 (H, W, 3); read-only, so that a kernel that writes into its input fails."""
    image = load_sample_image(f"{name}.jpg")[100 : 100 + side[0], 200 : 200 + side[1]].copy()
    image.flags.writeable = False
    return image
