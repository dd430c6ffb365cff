from __future__ import annotations

import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import pairgen
from pairgen.testing.modalities.image import ITEM_TYPES, as_item
from tests.helpers.photographs import photograph

NAMES = ["byol", "eval", "mocov2", "simclr", "simclr-gray", "simclr-small"]


def test_all_recipes_are_registered_and_the_modality_offers_them():
    assert pairgen.get_modality("image").recipes.names() == NAMES
    assert pairgen.get_modality("image").recipes is pairgen.get_modality("image").recipes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("item_type", ITEM_TYPES)
@pytest.mark.parametrize("gray", [False, True])
def test_every_recipe_takes_every_type_of_item(name, item_type, gray):
    image = photograph()[:40, :36]
    item = as_item(image[..., :1] if gray else image, item_type, flat_gray=True)
    sampler = pairgen.PairSampler("image", recipe=name, size=16)
    pair = sampler(item, index=3)
    assert isinstance(pair.first, Image.Image if item_type in ("pil", "png") else type(item))
    batch = sampler.collate([sampler(item, index=i) for i in (3, 4)])
    for view in (batch.first, batch.second):
        assert view.shape == (2, 1 if name == "simclr-gray" else 3, 16, 16)
        assert view.dtype == torch.float32
        assert torch.isfinite(view).all()


@pytest.mark.parametrize("name", NAMES)
def test_recipes_pickle_and_take_their_options(name):
    recipe = pairgen.get_modality("image").recipes.get(name)(size=(12, 10), mean=(0.5,), std=(0.5,))
    copy = pickle.loads(pickle.dumps(recipe))
    assert copy == recipe
    item = torch.rand(1, 20, 20)
    batch = pairgen.PairSampler("image", recipe=recipe).augment(item[None], [0])
    assert batch.first.shape == (1, 1, 12, 10)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32)])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_a_recipe_gives_a_batch_what_it_gives_its_items(name, shape, dtype):
    images = torch.randint(0, 256, (9, *shape), dtype=torch.uint8)
    images = images if dtype == torch.uint8 else images / 255
    sampler = pairgen.PairSampler("image", recipe=name, size=24, seed=1)
    index = torch.arange(9) * 5
    together = sampler.augment(images, index, epoch=2)
    alone = sampler.collate([sampler(image, index=int(i), epoch=2) for image, i in zip(images, index, strict=True)])
    # A level of 255, rounded the other way before normalization by a deviation of 0.2 at least.
    tolerance = 3 / 255 / 0.2 if dtype == torch.uint8 else 1e-3
    torch.testing.assert_close(together.first, alone.first, atol=tolerance, rtol=0)
    torch.testing.assert_close(together.second, alone.second, atol=tolerance, rtol=0)


def test_arrays_and_tensors_of_a_photograph_have_nearly_the_same_views():
    array = np.array(photograph())
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    sampler = pairgen.PairSampler("image", recipe="simclr", size=96)
    for index in range(12):
        fast, reference = sampler(array, index=index), sampler(tensor, index=index)
        for a, b in ((fast.first, reference.first), (fast.second, reference.second)):
            assert np.abs(a.astype(float) - b.permute(1, 2, 0).numpy()).mean() < 3


def test_byol_blurs_the_first_view_always_and_solarizes_only_the_second():
    recipe = pairgen.get_modality("image").recipes.get("byol")()
    probabilities = [{step.name: step.p for _, step in view.steps[2:]} for view in (recipe.first, recipe.second)]
    assert [p["gaussian_blur"] for p in probabilities] == [1.0, 0.1]
    assert [p["solarize"] for p in probabilities] == [0.0, 0.2]


def test_eval_is_the_same_for_both_views_and_every_epoch():
    item = np.array(photograph())
    sampler = pairgen.PairSampler("image", recipe="eval", size=64)
    pair, later = sampler(item, index=0), sampler(item, index=9, epoch=3)
    assert np.array_equal(pair.first, pair.second)
    assert np.array_equal(pair.first, later.first)
    untouched = pairgen.PairSampler("image", recipe="eval")(item, index=0)
    assert np.array_equal(untouched.first, item)


def test_a_folder_with_gray_and_color_jpegs_makes_a_batch():
    def jpeg(mode: str) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(photograph()).convert(mode).save(buffer, "JPEG")
        return buffer.getvalue()

    sampler = pairgen.PairSampler("image", recipe="simclr", size=32)
    loader = sampler.loader([jpeg("RGB"), jpeg("L"), jpeg("CMYK")], batch_size=3)
    assert next(iter(loader)).first.shape == (3, 3, 32, 32)


def test_a_bad_item_is_named_or_skipped():
    buffer = io.BytesIO()
    Image.fromarray(photograph()).save(buffer, "JPEG")
    items = [buffer.getvalue(), buffer.getvalue()[:900], buffer.getvalue()]
    with pytest.raises(ValueError, match="corrupt or truncated"):
        list(pairgen.PairSampler("image", recipe="simclr", size=16).loader(items, batch_size=3))
    sampler = pairgen.PairSampler("image", recipe="simclr", size=16, on_error="skip")
    with pytest.warns(UserWarning, match="1"):
        (batch,) = list(sampler.loader(items, batch_size=3))
    assert batch.index.tolist() == [0, 2]
    assert [skipped.index for skipped in batch.skipped] == [1]


def test_the_modality_names_its_augmentations_by_class():
    augmentations = pairgen.get_modality("image").augmentations
    assert augmentations["ColorJitter"].__name__ == "ColorJitter"
    assert "ImageAugmentation" not in augmentations


def test_importing_the_package_loads_no_heavy_library():
    code = (
        "import sys, pairgen.modalities.image as image; image; "
        "heavy = [m for m in ('torchvision', 'timm', 'cv2', 'PIL', 'matplotlib') if m in sys.modules]; "
        "assert not heavy, heavy; image.ColorJitter; assert 'cv2' in sys.modules; "
        "assert 'torchvision' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    import pairgen.modalities.image as package

    with pytest.raises(AttributeError, match="ColorJiter"):
        package.ColorJiter  # noqa: B018
