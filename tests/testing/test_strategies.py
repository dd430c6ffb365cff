"""The strategies of items, batches, augmentations and their parameters."""

from __future__ import annotations

import pytest

from pairgen.augmentation import Augmentation
from pairgen.modalities.image import HorizontalFlip
from pairgen.testing import strategies
from pairgen.testing.search import find_example


def test_strategies_are_by_modality_and_name():
    assert find_example(strategies.items("image")).size == (1, 1)
    assert len(find_example(strategies.batches("image"))) == 1
    assert isinstance(find_example(strategies.augmentations("image", "HorizontalFlip")), HorizontalFlip)
    assert isinstance(find_example(strategies.augmentations("image")), Augmentation)
    assert set(find_example(strategies.parameters("image", "HorizontalFlip"))) == {"p"}
    assert find_example(strategies.parameters("image", "Grayscale")) == {}
    with pytest.raises(ValueError, match="lists no augmentation 'Flip'"):
        strategies.parameters("image", "Flip")
