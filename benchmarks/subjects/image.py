"""Subject `image`: what it costs to make pairs of images, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from benchmarks.data.fashion_mnist import MEAN, STD
from benchmarks.data.photographs import repeat_photographs
from benchmarks.harness.rates import Case, Group, RateSubject, Work
from benchmarks.learning.image import Setting
from benchmarks.peers import image as peers
from benchmarks.peers.image import v2
from pairgen.augmentation import Augmentation, Compose
from pairgen.modality import Recipe
from pairgen.pairs import PairSampler
from pairgen.random import Stream

GRAY = Setting()


class ImageSubject(RateSubject):
    """The subject that the module describes."""

    name = "image"
    title = "Images: pairs a second on one thread"
    threads = 1
    peers = ("lightly", "albumentations", "kornia", "skimage", "torchvision", "cv2")
    distributions = (
        *("lightly", "albumentations", "kornia", "torch", "torchvision", "numpy", "pillow"),
        *("opencv-python-headless", "scikit-image", "scikit-learn"),
    )

    def groups(self, quick: bool) -> Sequence[Group]:
        """Photographs, small gray images in batches, and the bookkeeping."""
        count, batch = (2, 8) if quick else (32, 256)
        return [_photographs(count), _gray_batches(batch), _bookkeeping(count)]


def _photographs(count: int) -> Group:
    files = repeat_photographs(count)
    own = PairSampler("image", recipe="simclr", size=224, seed=0)

    def pairgen_work() -> Work:
        elements = list(enumerate(files))
        return lambda: own.collate_items(elements)

    def peer(make: Callable[[], peers.Views]) -> Callable[[], Work]:
        def setup() -> Work:
            views = make()
            return lambda: peers.collate_views([views(jpeg) for jpeg in files])

        return setup

    def decode(decoder: Callable[[bytes], Any]) -> Callable[[], Work]:
        return lambda: lambda: [decoder(jpeg) for jpeg in files]

    return Group(
        "JPEG of 500 px to two `simclr` views at 224 px",
        "pairs",
        (
            Case("pairgen simclr", "pairgen", pairgen_work, count),
            Case("SimCLRTransform", "lightly", peer(peers.lightly_views), count),
            Case("v2 on tensors", "torchvision", peer(peers.torchvision_views), count),
            Case("Compose", "albumentations", peer(peers.albumentations_views), count),
            Case("decode, OpenCV", "opencv", decode(peers.decode_with_opencv), count, True),
            Case("decode, PIL", "pillow", decode(peers.decode_with_pil), count, True),
            Case(
                "decode, torchvision",
                "torchvision",
                decode(peers.decode_with_torchvision),
                count,
                True,
            ),
        ),
        f"Batches of {count} JPEG files in memory (quality 90) become two float32 batches "
        "(B, 3, 224, 224), normalized: crop, flip, jitter, gray, blur with p = 0.5. A decode row "
        "is that part alone, once a pair.",
    )


def _gray_batches(count: int) -> Group:
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 256, (count, 1, 28, 28), dtype=np.uint8))

    def pairgen_work() -> Work:
        own = PairSampler("image", recipe="simclr-gray", size=28, scale=GRAY.crop_scale, mean=(MEAN,), std=(STD,))
        return lambda: own.augment(images, np.arange(count))

    def kornia_work() -> Work:
        import kornia.augmentation as K

        view = K.AugmentationSequential(
            K.RandomResizedCrop((28, 28), scale=GRAY.crop_scale),
            K.RandomHorizontalFlip(),
            K.ColorJitter(GRAY.brightness, GRAY.contrast, 0.0, 0.0, p=GRAY.jitter_probability),
            K.Normalize(torch.tensor([MEAN]), torch.tensor([STD])),
            data_keys=["input"],
        )

        def work() -> object:
            batch = images.float() / 255
            return view(batch), view(batch)

        return work

    def torchvision_work() -> Work:
        jitter = v2.ColorJitter(brightness=GRAY.brightness, contrast=GRAY.contrast)
        view = v2.Compose(
            [
                v2.RandomResizedCrop(28, scale=GRAY.crop_scale, antialias=True),
                v2.RandomHorizontalFlip(),
                v2.RandomApply([jitter], p=GRAY.jitter_probability),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize([MEAN], [STD]),
            ]
        )
        return lambda: (
            torch.stack([view(image) for image in images]),
            torch.stack([view(image) for image in images]),
        )

    def limit() -> Work:
        scale, shift = 1 / (255 * STD), -MEAN / STD
        return lambda: [images.float().mul_(scale).add_(shift) for _ in range(2)]

    return Group(
        f"28 px, gray, in batches of {count}: crop, flip, jitter",
        "pairs",
        (
            Case("sampler.augment", "pairgen", pairgen_work, count),
            Case("AugmentationSequential, batched", "kornia", kornia_work, count),
            Case("v2, image by image", "torchvision", torchvision_work, count),
            Case("normalize alone", "torch", limit, count, True),
        ),
        "A uint8 batch (B, 1, 28, 28) becomes two float32 batches, normalized.",
    )


@dataclass(frozen=True)
class Untouched(Augmentation):
    """An augmentation that does nothing: what is left is the bookkeeping."""

    def draw(self, item: Any, rng: Stream) -> None:
        """Draw nothing."""

    def apply(self, item: Any, params: None) -> Any:
        """Return the item."""
        return item


def _bookkeeping(count: int) -> Group:
    files = repeat_photographs(count)
    whole = PairSampler("image", recipe="simclr", size=224, seed=0)
    empty = PairSampler("image", recipe=Recipe(Untouched(), Untouched()), seed=0)
    rng = np.random.default_rng(0)
    views = list(rng.integers(0, 256, (count, 224, 224, 3), dtype=np.uint8))

    def pairs_alone() -> Work:
        elements = list(enumerate(views))
        return lambda: empty.collate_items(elements)

    def draws_alone() -> Work:
        view = whole.recipe.first
        if not isinstance(view, Compose):
            raise TypeError("the recipe simclr is no longer a Compose; measure its draws otherwise")
        steps = dict(step for step in view.steps if isinstance(step, tuple))

        def work() -> None:
            for i, image in enumerate(views):
                for side in (0, 1):
                    stream = Stream(0, 0, i, side)
                    for name, step in steps.items():
                        step.draw(image, stream.fold_in(name))

        return work

    return Group(
        "Bookkeeping beside the augmentation",
        "pairs",
        (
            Case(
                "the whole `simclr` pair, from JPEG",
                "pairgen",
                lambda: lambda: whole.collate_items(list(enumerate(files))),
                count,
            ),
            Case("key, Pair, collate (views left as they are)", "pairgen", pairs_alone, count),
            Case("the recipe's draws, both views", "pairgen", draws_alone, count),
        ),
        "The second row is a sampler whose augmentation does nothing, over views of 224 px that "
        "are there already: keys, the Pair, and copying both views into the batch. The draws belong "
        "to the augmentation; they are shown for comparison.",
        shares=True,
    )


SUBJECT = ImageSubject()
