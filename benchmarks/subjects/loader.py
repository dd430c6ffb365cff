"""Subject `loader`: pairs a second out of a DataLoader, with and without workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from lightly.transforms.multi_view_transform import MultiViewTransform
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from benchmarks.data.fashion_mnist import MEAN, STD
from benchmarks.data.photographs import repeat_photographs
from benchmarks.harness.rates import Case, Group, RateSubject, Work
from benchmarks.learning.image import Setting
from benchmarks.peers import image as peers
from benchmarks.peers.lightly import GrayImages, gray_view
from pairgen.modality import get_modality
from pairgen.pairs import PairSampler


class LoaderSubject(RateSubject):
    """The subject that the module describes."""

    name = "loader"
    title = "Loaders: pairs a second out of a DataLoader"
    threads = 1
    peers = ("lightly", "skimage", "torchvision")
    distributions = ("lightly", "torch", "torchvision", "numpy", "pillow", "opencv-python-headless", "scikit-image")

    def groups(self, quick: bool) -> Sequence[Group]:
        """Photographs with 0 and 2 workers, small images in memory, and what the loader itself costs."""
        count, batch, images = (4, 2, 64) if quick else (64, 16, 4096)
        return [
            _photographs(count, batch, workers=0),
            _photographs(count, batch, workers=2),
            _in_memory(images, batch=64 if quick else 256),
            _own_ratio(count, batch),
        ]


class Views(Dataset[tuple[Tensor, Tensor]]):
    """A peer's dataset: a JPEG file in memory becomes its two views."""

    def __init__(self, files: Sequence[bytes], views: peers.Views) -> None:
        self.files = files
        self.views = views

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.views(self.files[index])


def _passes(make: Callable[[], Any]) -> Callable[[], Work]:
    """Work that reads a loader to its end; workers live on from pass to pass."""

    def setup() -> Work:
        loader = make()

        def work() -> None:
            for _ in loader:
                pass

        return work

    return setup


def _photographs(count: int, batch: int, workers: int) -> Group:
    files = repeat_photographs(count)
    alive: dict[str, Any] = {"num_workers": workers, "persistent_workers": workers > 0}

    def own() -> Any:
        return PairSampler("image", recipe="simclr", size=224, seed=0).loader(files, batch, shuffle=True, **alive)

    def peer(views: Callable[[], peers.Views]) -> Callable[[], Any]:
        return lambda: DataLoader(Views(files, views()), batch_size=batch, shuffle=True, **alive)

    return Group(
        f"JPEG of 500 px to two `simclr` views at 224 px, {workers} workers",
        "pairs",
        (
            Case("sampler.loader", "pairgen", _passes(own), count),
            Case("DataLoader of SimCLRTransform", "lightly", _passes(peer(peers.lightly_views)), count),
            Case("DataLoader of v2 on tensors", "torchvision", _passes(peer(peers.torchvision_views)), count),
        ),
        f"Batches of {batch}, shuffled; one call is a pass over {count} JPEG files in memory.",
    )


def _in_memory(count: int, batch: int) -> Group:
    setting = Setting()
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)

    def own(batched: bool) -> Callable[[], Any]:
        sampler = PairSampler(
            "image", recipe="simclr-gray", size=28, scale=setting.crop_scale, mean=(MEAN,), std=(STD,)
        )
        dataset = get_modality("image").read(images)
        return lambda: sampler.loader(dataset, batch, shuffle=True, batched=batched)

    def lightly() -> Any:
        transform = MultiViewTransform([gray_view(setting), gray_view(setting)])
        return DataLoader(GrayImages(images, transform), batch_size=batch, shuffle=True)

    return Group(
        f"28 px, gray, in memory, batches of {batch}, 0 workers",
        "pairs",
        (
            Case("sampler.loader, batched=True", "pairgen", _passes(own(True)), count),
            Case("sampler.loader, item by item", "pairgen", _passes(own(False)), count),
            Case("DataLoader of MultiViewTransform", "lightly", _passes(lightly), count),
        ),
        f"Crop, flip, jitter, normalize; one call is a pass over {count:,} images.",
    )


def _own_ratio(count: int, batch: int) -> Group:
    files = repeat_photographs(count)
    sampler = PairSampler("image", recipe="simclr", size=224, seed=0)
    elements = list(enumerate(files))
    chunks = [elements[i : i + batch] for i in range(0, count, batch)]
    return Group(
        "What the loader adds to the pairs",
        "pairs",
        (
            Case("sampler.loader, 0 workers", "pairgen", _passes(lambda: sampler.loader(files, batch)), count),
            Case(
                "the same batches without a loader",
                "pairgen",
                lambda: lambda: [sampler.collate_items(chunk) for chunk in chunks],
                count,
            ),
        ),
        shares=True,
    )


SUBJECT = LoaderSubject()
