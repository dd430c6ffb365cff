"""3-D point clouds: items, augmentations, recipes and an encoder for pairgen."""

from __future__ import annotations

from pairgen_pointcloud.augmentations import Jitter, Turn
from pairgen_pointcloud.modality import PointClouds, modality

__all__ = ["Jitter", "PointClouds", "Turn", "modality"]
