"""Named pipelines for images: the augmentations of the two views of a pair, and the normalization of their batches."""

from __future__ import annotations

from collections.abc import Sequence

from pairgen._validation import check_int
from pairgen.augmentation import Augmentation, Compose, RandomApply
from pairgen.modalities.image.augmentations import (
    CenterResize,
    ColorJitter,
    GaussianBlur,
    Grayscale,
    HorizontalFlip,
    RandomResizedCrop,
    Solarize,
)
from pairgen.modalities.image.augmentations.base import ImageSize
from pairgen.modalities.image.batch import ToModelInput
from pairgen.modalities.image.io.codec import ImageCodec
from pairgen.modalities.image.io.files import WHITE, Color, ValueRange
from pairgen.modality import Recipe

__all__ = [
    "CIFAR_MEAN",
    "CIFAR_STD",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "byol",
    "evaluation",
    "mocov2",
    "multi_crop",
    "simclr",
    "simclr_gray",
    "simclr_small",
]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def _symmetric(steps: list[Augmentation], mean: Sequence[float], std: Sequence[float], codec: ImageCodec) -> Recipe:
    """The same steps for both views."""
    view = Compose(steps)
    return Recipe(view, view, ToModelInput(tuple(mean), tuple(std)), codec)


def _color_jitter(strength: float) -> RandomApply:
    """SimCLR's color jitter of strength s, with probability 0.8 (Chen et al. 2020, appendix A)."""
    return RandomApply(ColorJitter(0.8 * strength, 0.8 * strength, 0.8 * strength, min(0.2 * strength, 0.5)), p=0.8)


def simclr(
    size: ImageSize = 224,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    strength: float = 1.0,
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> Recipe:
    """SimCLR on ImageNet (Chen et al. 2020): crop, flip, strong color jitter, grayscale, blur.

    Args:
        size: Size of the views in pixels, a number or (height, width).
        mean: Mean of the images, one number a channel, as many as the encoder takes; gray images are repeated for 3,
            and color images made gray for 1.
        std: Standard deviation, as many numbers.
        strength: Strength of the color jitter, 0 or more; the paper's s.
        max_pixels: Images of more pixels are refused; None for 89,478,485 in files and bytes.
        background: Color behind transparent images, (red, green, blue) or one gray level, 0 to 255.
        value_range: Values of 16-bit images that become black and white: "type", "data" or (low, high); see
            `ImageCodec`.
    """
    steps: list[Augmentation] = [
        RandomResizedCrop(size),
        HorizontalFlip(),
        _color_jitter(strength),
        RandomApply(Grayscale(), p=0.2),
        RandomApply(GaussianBlur(), p=0.5),
    ]
    return _symmetric(steps, mean, std, ImageCodec(max_pixels, background, value_range))


def mocov2(
    size: ImageSize = 224,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> Recipe:
    """MoCo v2 on ImageNet (Chen, Fan, Girshick and He 2020): weaker crops and colors than SimCLR.

    Args:
        size: Size of the views in pixels, a number or (height, width).
        mean: Mean of the images, one number a channel, as many as the encoder takes; gray images are repeated for 3,
            and color images made gray for 1.
        std: Standard deviation, as many numbers.
        max_pixels: Images of more pixels are refused; None for 89,478,485 in files and bytes.
        background: Color behind transparent images, (red, green, blue) or one gray level, 0 to 255.
        value_range: Values of 16-bit images that become black and white: "type", "data" or (low, high); see
            `ImageCodec`.
    """
    steps: list[Augmentation] = [
        RandomResizedCrop(size, scale=(0.2, 1.0)),
        RandomApply(ColorJitter(0.4, 0.4, 0.4, 0.1), p=0.8),
        RandomApply(Grayscale(), p=0.2),
        RandomApply(GaussianBlur(), p=0.5),
        HorizontalFlip(),
    ]
    return _symmetric(steps, mean, std, ImageCodec(max_pixels, background, value_range))


def byol(
    size: ImageSize = 224,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> Recipe:
    """BYOL on ImageNet (Grill et al. 2020): the first view is always blurred, the second rarely, but solarized.

    Args:
        size: Size of the views in pixels, a number or (height, width).
        mean: Mean of the images, one number a channel, as many as the encoder takes; gray images are repeated for 3,
            and color images made gray for 1.
        std: Standard deviation, as many numbers.
        max_pixels: Images of more pixels are refused; None for 89,478,485 in files and bytes.
        background: Color behind transparent images, (red, green, blue) or one gray level, 0 to 255.
        value_range: Values of 16-bit images that become black and white: "type", "data" or (low, high); see
            `ImageCodec`.
    """

    def view(blur: float, solarize: float) -> Compose:
        return Compose(
            [
                RandomResizedCrop(size),
                HorizontalFlip(),
                RandomApply(ColorJitter(0.4, 0.4, 0.2, 0.1), p=0.8),
                RandomApply(Grayscale(), p=0.2),
                RandomApply(GaussianBlur(), p=blur),
                RandomApply(Solarize(), p=solarize),
            ]
        )

    to_model_input = ToModelInput(tuple(mean), tuple(std))
    return Recipe(view(1.0, 0.0), view(0.1, 0.2), to_model_input, ImageCodec(max_pixels, background, value_range))


def simclr_small(
    size: ImageSize = 32,
    mean: Sequence[float] = CIFAR_MEAN,
    std: Sequence[float] = CIFAR_STD,
    strength: float = 0.5,
    scale: tuple[float, float] = (0.08, 1.0),
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> Recipe:
    """SimCLR on CIFAR (Chen et al. 2020, appendix B.9): half the color jitter, no blur.

    Args:
        size: Size of the views in pixels, a number or (height, width).
        mean: Mean of the images, one number a channel, as many as the encoder takes; gray images are repeated for 3,
            and color images made gray for 1.
        std: Standard deviation, as many numbers.
        strength: Strength of the color jitter, 0 or more.
        scale: Area of the crop as a ratio of the image's, a pair (low, high).
        max_pixels: Images of more pixels are refused; None for 89,478,485 in files and bytes.
        background: Color behind transparent images, (red, green, blue) or one gray level, 0 to 255.
        value_range: Values of 16-bit images that become black and white: "type", "data" or (low, high); see
            `ImageCodec`.
    """
    steps: list[Augmentation] = [
        RandomResizedCrop(size, scale=scale),
        HorizontalFlip(),
        _color_jitter(strength),
        RandomApply(Grayscale(), p=0.2),
    ]
    return _symmetric(steps, mean, std, ImageCodec(max_pixels, background, value_range))


def simclr_gray(
    size: ImageSize = 28,
    mean: Sequence[float] = (0.5,),
    std: Sequence[float] = (0.5,),
    strength: float = 0.5,
    scale: tuple[float, float] = (0.2, 1.0),
    flip: float = 0.5,
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> Recipe:
    """Small gray images (digits, clothes): crop, flip, brightness and contrast; 1 channel.

    Args:
        size: Size of the views in pixels, a number or (height, width).
        mean: Mean of the images, one number a channel, as many as the encoder takes; gray images are repeated for 3,
            and color images made gray for 1.
        std: Standard deviation, as many numbers.
        strength: Strength of brightness and contrast, 0 or more.
        scale: Area of the crop as a ratio of the image's, a pair (low, high).
        flip: Probability with which a view is mirrored; 0 where left and right matter, as in digits.
        max_pixels: Images of more pixels are refused; None for 89,478,485 in files and bytes.
        background: Color behind transparent images, (red, green, blue) or one gray level, 0 to 255.
        value_range: Values of 16-bit images that become black and white: "type", "data" or (low, high); see
            `ImageCodec`.
    """
    steps: list[Augmentation] = [
        RandomResizedCrop(size, scale=scale),
        HorizontalFlip(p=flip),
        RandomApply(ColorJitter(0.8 * strength, 0.8 * strength), p=0.8),
    ]
    return _symmetric(steps, mean, std, ImageCodec(max_pixels, background, value_range))


def multi_crop(
    large: int = 2,
    small: int = 6,
    size: ImageSize = 96,
    small_size: ImageSize = 48,
    scale: tuple[float, float] = (0.14, 1.0),
    small_scale: tuple[float, float] = (0.05, 0.14),
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    strength: float = 1.0,
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> tuple[Recipe, ...]:
    """Multi-crop (SwAV, Caron et al. 2020): views of large crops, and more of small ones, for `PairSampler(views=...)`.

    The steps of each view are those of "simclr". The encoder takes both sizes, so it pools over the image as the
    ResNets do.

    Args:
        large: Number of views of large crops, at least 2: the first two are `first` and `second`.
        small: Number of views of small crops, 0 or more.
        size: Size of the large views in pixels, a number or (height, width).
        small_size: Size of the small views.
        scale: Area of a large crop as a ratio of the image's, a pair (low, high).
        small_scale: Area of a small crop.
        mean: Mean of the images, one number a channel, as many as the encoder takes; gray images are repeated for 3,
            and color images made gray for 1.
        std: Standard deviation, as many numbers.
        strength: Strength of the color jitter, 0 or more; the paper's s.
        max_pixels: Images of more pixels are refused; None for 89,478,485 in files and bytes.
        background: Color behind transparent images, (red, green, blue) or one gray level, 0 to 255.
        value_range: Values of 16-bit images that become black and white: "type", "data" or (low, high); see
            `ImageCodec`.

    Returns:
        The recipes of the views, the large ones first.

    Raises:
        TypeError: A number of views is no integer.
        ValueError: large is below 2, small below 0, or another value out of its range.

    Example:
        >>> len(multi_crop(large=2, small=4))
        6
    """
    codec = ImageCodec(max_pixels, background, value_range)

    def view(pixels: ImageSize, area: tuple[float, float]) -> Recipe:
        steps: list[Augmentation] = [RandomResizedCrop(pixels, scale=area), HorizontalFlip()]
        steps += [_color_jitter(strength), RandomApply(Grayscale(), p=0.2), RandomApply(GaussianBlur(), p=0.5)]
        return _symmetric(steps, mean, std, codec)

    counts = check_int("large", large, low=2), check_int("small", small, low=0)
    return (view(size, scale),) * counts[0] + (view(small_size, small_scale),) * counts[1]


def evaluation(
    size: ImageSize | None = None,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    max_pixels: int | None = None,
    background: int | Color = WHITE,
    value_range: ValueRange = "type",
) -> Recipe:
    """Evaluation, without randomness: resize the shorter side and cut out the center.

    Args:
        size: Size of the views in pixels, a number or (height, width); None keeps the size.
        mean: Mean of the images, one number a channel, as many as the encoder takes; gray images are repeated for 3,
            and color images made gray for 1.
        std: Standard deviation, as many numbers.
        max_pixels: Images of more pixels are refused; None for 89,478,485 in files and bytes.
        background: Color behind transparent images, (red, green, blue) or one gray level, 0 to 255.
        value_range: Values of 16-bit images that become black and white: "type", "data" or (low, high); see
            `ImageCodec`.
    """
    return _symmetric([CenterResize(size)], mean, std, ImageCodec(max_pixels, background, value_range))
