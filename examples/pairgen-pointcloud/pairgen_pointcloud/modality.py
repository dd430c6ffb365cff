"""The modality of point clouds: recipes, an encoder, decoding, collation, and the specification for the checks."""

from __future__ import annotations

import torch
from pairgen.augmentation import Compose, RandomApply
from pairgen.modality import Modality, Recipe
from pairgen.registry import Registry
from pairgen.testing.spec import CheckSpec, Tags
from torch import nn

from pairgen_pointcloud.augmentations import Jitter, Turn

RECIPES = Registry("recipe")
ENCODERS = Registry("encoder")


@RECIPES.register("turns")
def turns(sigma=0.02):
    views = Compose([Turn(), RandomApply(Jitter(sigma), p=0.8)])
    return Recipe(first=views, second=views)


@RECIPES.register("eval")
def evaluation():
    return Recipe(first=Compose([]), second=Compose([]))


@ENCODERS.register("pointnet")
class PointNet(nn.Module):
    """Encode clouds (B, N, 3) as features (B, out_features), as Qi et al. 2017 do without input transforms."""

    def __init__(self, out_features=64):
        super().__init__()
        self.out_features = out_features
        self.mlp = nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Linear(64, out_features))

    def forward(self, batch):
        return self.mlp(batch).amax(dim=1)


class PointClouds(Modality):
    """Point clouds: floating-point tensors (N, 3) with N > 0, finite."""

    name = "points"
    augmentations = {"Turn": Turn, "Jitter": Jitter}
    recipes = RECIPES
    encoders = ENCODERS

    def decode(self, item):
        if not isinstance(item, torch.Tensor) or item.ndim != 2 or item.shape[1] != 3 or len(item) == 0:
            raise TypeError(f"a point cloud is a tensor (N, 3) with N > 0, got {getattr(item, 'shape', item)!r}")
        if not item.isfinite().all():
            raise ValueError("a point cloud must be finite; remove the points with NaN or infinite coordinates")
        return item

    def collate(self, views):
        return torch.stack(list(views))

    @property
    def check_spec(self):
        from hypothesis import strategies as st

        number = st.sampled_from([0.0, 1.0, -0.5, 2.0])
        points = st.tuples(number, number, number)
        clouds = st.lists(points, min_size=1, max_size=8).map(torch.tensor)
        return CheckSpec(
            items=clouds,
            model_items=st.lists(points, min_size=6, max_size=6).map(torch.tensor),
            batches=st.tuples(clouds, st.integers(1, 4)).map(lambda drawn: torch.stack([drawn[0]] * drawn[1])),
            invalid_items={
                "no points": torch.zeros(0, 3),
                "two coordinates": torch.zeros(5, 2),
                "NaN": torch.full((2, 3), torch.nan),
            },
            augmentations={
                "Turn": Tags(
                    identity_params={"degrees": 0.0}, check_bounds=_check_angle, invalid_params=({"degrees": 200},)
                ),
                "Jitter": Tags(identity_params={"sigma": 0.0}),
            },
        )


def _check_angle(turn, item, params, view):
    limit = torch.tensor(turn.degrees).deg2rad()
    return None if abs(params) <= limit else f"rotated by {params}, more than {limit}"


modality = PointClouds()
