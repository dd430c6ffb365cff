"""SimCLR on small gray images as a competent user of lightly writes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from lightly.loss.ntx_ent_loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead
from lightly.transforms.multi_view_transform import MultiViewTransform
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.data.fashion_mnist import MEAN, STD
from benchmarks.learning.image import Setting
from benchmarks.peers.image import v2


def gray_view(setting: Setting) -> Any:
    """Crop, flip and jitter of pairgen's `simclr-gray`, by torchvision, which lightly builds on."""
    jitter = v2.ColorJitter(brightness=setting.brightness, contrast=setting.contrast)
    return v2.Compose(
        [
            v2.RandomResizedCrop(28, scale=setting.crop_scale),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([jitter], p=setting.jitter_probability),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([MEAN], [STD]),
        ]
    )


class GrayImages(Dataset[tuple[list[Tensor], int]]):
    """uint8 (N, 28, 28) in memory; two views of each image and its position."""

    def __init__(self, images: npt.NDArray[np.uint8], transform: MultiViewTransform) -> None:
        self.images = images
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[list[Tensor], int]:
        views: Any = self.transform(Image.fromarray(self.images[index]))
        return views, index


def four_layers(cells: int = 1) -> nn.Sequential:
    """Return the encoder of the comparison: (B, 1, 28, 28) -> (B, 256 cells^2), averages over cells x cells parts."""

    def block(channels: int, features: int, *, pool: bool) -> list[nn.Module]:
        layers: list[nn.Module] = [
            nn.Conv2d(channels, features, 3, padding=1, bias=False),
            nn.BatchNorm2d(features),
            nn.ReLU(inplace=True),
        ]
        return [*layers, nn.MaxPool2d(2)] if pool else layers

    return nn.Sequential(
        *block(1, 32, pool=True),
        *block(32, 64, pool=True),
        *block(64, 128, pool=False),
        *block(128, 256, pool=False),
        nn.AdaptiveAvgPool2d(cells),
        nn.Flatten(),
    )


class LightlyRunner:
    """One model in training; `epoch()` is what the clock sees."""

    def __init__(
        self,
        images: npt.NDArray[np.uint8],
        setting: Setting,
        seed: int,
        memory_format: torch.memory_format = torch.contiguous_format,
        cells: int = 1,
    ) -> None:
        torch.manual_seed(seed)
        self.encoder: nn.Module = four_layers(cells)
        self.projector = SimCLRProjectionHead(256 * cells**2, 256, 128)
        self.format = memory_format
        self.encoder.to(memory_format=self.format)
        self.criterion = NTXentLoss(temperature=setting.temperature)
        self.optimizer = torch.optim.AdamW(
            [*self.encoder.parameters(), *self.projector.parameters()],
            lr=setting.learning_rate,
            weight_decay=setting.weight_decay,
        )
        transform = MultiViewTransform([gray_view(setting), gray_view(setting)])
        self.loader: DataLoader[Any] = DataLoader(
            GrayImages(images, transform),
            batch_size=setting.batch_size,
            shuffle=True,
            drop_last=True,
            num_workers=setting.workers,
            persistent_workers=setting.workers > 0,
            generator=torch.Generator().manual_seed(seed),
        )
        self.epochs = setting.epochs

    def epoch(self) -> float:
        """Train for one epoch; return the mean loss."""
        losses = []
        for (first, second), _ in self.loader:
            out = [self.projector(self.encoder(view.contiguous(memory_format=self.format))) for view in (first, second)]
            loss = self.criterion(*out)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).mean())
