"""Images of more than three channels, and torch's modes that must not change a view."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

import pairgen
from pairgen.modalities import image as I
from pairgen.random import Stream

AUGMENTATIONS = [
    I.RandomResizedCrop(12),
    I.RandomResizedCrop(40),
    I.RandomCrop(12, padding=2),
    I.CenterResize(12),
    I.HorizontalFlip(1.0),
    I.VerticalFlip(1.0),
    I.ColorJitter(0.4, 0.4, 0.4, 0.1),
    I.Grayscale(),
    I.GaussianBlur(1.5),
    I.Solarize(),
    I.Posterize(3),
    I.Equalize(),
    I.Rotation(30),
    I.Perspective(0.4),
    I.Cutout(0.5),
    I.GaussianNoise(0.1),
]


def name(augmentation: object) -> str:
    return type(augmentation).__name__


def random_array(channels: int, side: int = 24) -> np.ndarray:
    return np.random.default_rng(channels).integers(0, 256, (side, side, channels), np.uint8)


@pytest.mark.parametrize("channels", [2, 4, 5, 13, 128, 129, 200, 600])
@pytest.mark.parametrize("augmentation", AUGMENTATIONS, ids=name)
def test_any_number_of_channels_is_served_alike_as_array_and_tensor(augmentation, channels):
    array = random_array(channels)
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    first = augmentation(array, Stream(seed=3))
    second = augmentation(tensor, Stream(seed=3)).permute(1, 2, 0).numpy()
    assert first.shape == second.shape
    assert first.shape[2] == channels
    assert np.abs(first.astype(int) - second).mean() < 3


@pytest.mark.parametrize("augmentation", [I.ColorJitter(0.4, 0.4, 0.4, 0.2), I.Grayscale()], ids=name)
@pytest.mark.parametrize("form", ["array", "float array", "tensor", "batch"])
def test_color_acts_on_red_green_and_blue_and_leaves_the_other_channels(augmentation, form):
    array = random_array(6)
    item, color, axis = array, np.ascontiguousarray(array[..., :3]), 2
    if form == "float array":
        item, color = item / 255.0, color / 255.0
    if form in ("tensor", "batch"):
        item, color, axis = torch.from_numpy(array).permute(2, 0, 1), torch.from_numpy(color).permute(2, 0, 1), 0
    params = augmentation.draw(color, Stream(seed=5))
    if form == "batch":
        keys = Stream(0, 0, np.arange(2), view=0)
        params = augmentation.draw(color[None].repeat(2, 1, 1, 1), keys)
        view = augmentation.apply_batch(item[None].repeat(2, 1, 1, 1), params)
        alone = augmentation.apply_batch(color[None].repeat(2, 1, 1, 1), params)
        assert view[:, :3].equal(alone)
        assert view[1, 3:].equal(item[3:])
        return
    view, alone = np.asarray(augmentation.apply(item, params)), np.asarray(augmentation.apply(color, params))
    first, rest = np.split(view, [3], axis=axis)
    assert np.array_equal(first, alone)
    assert np.array_equal(rest, np.split(np.asarray(item), [3], axis=axis)[1])


TONAL = [
    I.ColorJitter(0.4, 0.4, 0.4, 0.2),
    I.Grayscale(),
    I.Solarize(),
    I.Posterize(2),
    I.Equalize(),
    I.GaussianNoise(),
]


@pytest.mark.parametrize("augmentation", TONAL, ids=name)
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("floats", [False, True])
def test_alpha_is_left_alone_by_what_changes_tones(augmentation, channels, floats):
    array = random_array(channels) / np.float32(255) if floats else random_array(channels)
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    original = array.copy()
    views = [augmentation(array, Stream(seed=3)), augmentation(tensor, Stream(seed=3)).permute(1, 2, 0).numpy()]
    keys = Stream(0, 0, np.arange(2), view=0)
    views += list(augmentation.sample_batch(torch.stack([tensor] * 2), keys)[0].permute(0, 2, 3, 1).numpy())
    alone = augmentation(array[..., 0] if channels == 2 else array[..., :3].copy(), Stream(seed=3))
    assert np.array_equal(views[0][..., :-1].reshape(alone.shape), alone)
    assert all(np.array_equal(view[..., -1], array[..., -1]) for view in views)
    assert np.array_equal(array, original)


@pytest.mark.parametrize("recipe", ["simclr", "mocov2", "byol", "simclr-small", "simclr-gray", "eval"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("background", [255, 7, (10, 200, 30)])
def test_alpha_of_arrays_is_composited_for_a_model_without_it_as_that_of_files_is(recipe, mode, background):
    arrays = [random_array(len(mode), side=side) for side in (24, 24, 24)]
    sampler = pairgen.PairSampler("image", recipe, size=16, seed=0, background=background)

    def batch(items):
        return next(iter(sampler.loader(items, 3)))

    expected = batch([Image.fromarray(array, mode) for array in arrays])
    assert batch(arrays).first.equal(expected.first)
    tensors = [torch.from_numpy(array).permute(2, 0, 1) for array in arrays]
    together = sampler.augment(torch.stack(tensors), range(3))
    assert together.first.shape == expected.first.shape
    torch.testing.assert_close(together.first, batch(tensors).first)
    torch.testing.assert_close(batch([tensor / 255 for tensor in tensors]).first, expected.first, atol=0.15, rtol=0)
    assert (together.first - expected.first).abs().mean() < 0.02


@pytest.mark.parametrize("recipe", ["simclr", "mocov2", "byol", "simclr-small", "simclr-gray", "eval"])
@pytest.mark.parametrize("channels", [2, 4, 12, 200])
def test_recipes_serve_images_of_many_channels_with_as_many_statistics(recipe, channels):
    images = np.stack([random_array(channels)] * 4)
    statistics = {"mean": [0.5] * channels, "std": [0.25] * channels}
    sampler = pairgen.PairSampler("image", recipe, size=16, seed=0, **statistics)
    for batched in (False, True):
        batch = next(iter(sampler.loader(images, 4, batched=batched)))
        assert batch.first.shape == (4, channels, 16, 16)
    if channels <= 4:
        return
    with pytest.raises(ValueError, match=f"mean and std of {channels} numbers"):
        next(iter(pairgen.PairSampler("image", recipe, size=16).loader(images, 4)))


BATCHES = [
    torch.rand(3, 3, 24, 24, generator=torch.Generator().manual_seed(0)),
    torch.rand(2, 3, 120, 110, generator=torch.Generator().manual_seed(1)),
]


@pytest.mark.parametrize("augmentation", AUGMENTATIONS, ids=name)
@pytest.mark.parametrize("batch", BATCHES, ids=["small", "large"])
def test_autocast_and_the_default_device_and_dtype_leave_a_view_as_it_is(augmentation, batch):
    def stream() -> Stream:
        return Stream(0, 0, np.arange(len(batch)), view=0)

    expected = augmentation.sample_batch(batch, stream())[0]
    item = augmentation(batch[0], Stream(seed=1))
    whole = (batch * 255).to(torch.uint8)
    expected_whole = augmentation.sample_batch(whole, stream())[0]
    for dtype in (torch.bfloat16, torch.float16):
        with torch.autocast("cpu", dtype=dtype):
            assert augmentation.sample_batch(batch, stream())[0].equal(expected)
            assert augmentation.sample_batch(whole, stream())[0].equal(expected_whole)
            assert augmentation(batch[0], Stream(seed=1)).equal(item)
    try:
        torch.set_default_device("meta")
        torch.set_default_dtype(torch.float64)
        views = [augmentation.sample_batch(images, stream())[0] for images in (batch, whole)]
        view = augmentation(batch[0], Stream(seed=1))
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
    assert views[0].equal(expected)
    assert views[1].equal(expected_whole)
    assert view.equal(item)
