"""The image modality, as `pairgen.modality("image")` returns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from pairgen.augmentation import Augmentation
from pairgen.plugin import Modality, Recipe
from pairgen.registry import Registry
from pairgen.specimens import Specimens

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor, nn

__all__ = ["ImageModality", "modality"]


class ImageModality(Modality):
    """Images: `PIL.Image`, paths, encoded bytes, arrays (H, W[, C]), tensors (C, H, W). See `items` for the forms.

    The rooms are imported when they are used, so that the modality can be listed without OpenCV or torchvision.
    """

    name = "image"

    @property
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        """The image augmentations by class name."""
        from pairgen.modalities.image import augmentations as room

        classes = {name: getattr(room, name) for name in room.__all__ if name != "ImageAugmentation"}
        return MappingProxyType(classes)

    @property
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        """`simclr`, `mocov2`, `byol`, `simclr-small`, `simclr-grey`, `none`."""
        from pairgen.modalities.image.recipes import RECIPES

        return RECIPES

    @property
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        """Residual networks, a small convolutional network, and any torchvision or timm model."""
        from pairgen.modalities.image.encoders import ENCODERS

        return cast("Registry[Callable[..., nn.Module]]", ENCODERS)

    def open(self, item: Any) -> Any:
        """An array or tensor; decodes paths and bytes. Errors name the item and the remedy."""
        from pairgen.modalities.image.items import open_image

        return open_image(item)

    def close(self, view: Any, item: Any) -> Any:
        """The view in the item's type; `PIL.Image` for paths and bytes."""
        from pairgen.modalities.image.items import close_image

        return close_image(view, item)

    def collate(self, views: Sequence[Any]) -> Tensor:
        """(B, C, H, W) of the views' dtype."""
        from pairgen.modalities.image.collation import collate

        return collate(views)

    def check_batch(self, batch: Any) -> Tensor:
        """(B, C, H, W) of a tensor, or of an array (B, H, W) or (B, H, W, C)."""
        from pairgen.modalities.image.collation import check_batch

        return check_batch(batch)

    def read(self, source: Any, **options: Any) -> Any:
        """A dataset of a folder of images, with or without class folders, an `.npz` or IDX file, or a Dataset."""
        from pairgen.modalities.image.reader import read

        return read(source, **options)

    def draw(self, pairs: Sequence[Any], **options: Any) -> Figure:
        """The pairs side by side."""
        from pairgen.modalities.image.drawing import draw_pairs

        return draw_pairs(pairs, **options)

    @property
    def specimens(self) -> Specimens:
        """Strategies of images, and what the augmentations promise of them."""
        from pairgen.modalities.image.specimens import specimens

        return specimens()


modality = ImageModality()
