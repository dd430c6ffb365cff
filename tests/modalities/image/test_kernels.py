"""The tensor kernels against slow or foreign oracles, and the array kernels against the tensor kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from torchvision.transforms.v2 import functional as tv

from pairgen.modalities.image import _kernels
from pairgen.modalities.image._kernels import linear
from pairgen.modalities.image._kernels.color import ORDERS
from pairgen.modalities.image._kernels.geometry import perspective_matrices, rotation_matrices
from tests.helpers.photographs import photograph

NAMES = ("china", "flower")
IDENTITY = ORDERS[:1]


def tensor(image: np.ndarray) -> torch.Tensor:
    """A uint8 array as a float64 batch of one."""
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].double() / 255


def uint8(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None]


def array(batch: torch.Tensor) -> np.ndarray:
    return batch[0].permute(1, 2, 0).numpy()


def gray_levels_off(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Mean and largest difference of two uint8 images."""
    difference = np.abs(a.astype(float) - b.astype(float))
    return float(difference.mean()), float(difference.max())


# -- resized crop --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(20, 30), (96, 96), (224, 224)])
@pytest.mark.parametrize("box", [(3, 5, 100, 120), (0, 0, 160, 190), (40, 60, 31, 17), (159, 189, 1, 1)])
def test_resized_crop_is_torchvisions_antialiased_crop(size, box):
    image = tensor(photograph())
    expected = tv.resized_crop(image, *box, list(size), antialias=True)
    assert torch.allclose(_kernels.resized_crop(image, *([side] for side in box), size), expected, atol=1e-6)
    by_matrix = linear._resample(image, np.array([box]), size)
    assert torch.allclose(by_matrix, expected, atol=1e-6)


def test_the_comparison_of_crops_can_fail():
    image, box = tensor(photograph()), (3, 5, 100, 120)
    ours = _kernels.resized_crop(image, *([side] for side in box), (40, 40))
    aliased = tv.resized_crop(image, *box, [40, 40], antialias=False)
    shifted = tv.resized_crop(image, 4, *box[1:], [40, 40], antialias=True)
    assert not torch.allclose(ours, aliased, atol=1e-2)
    assert not torch.allclose(ours, shifted, atol=1e-2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("box", [(3, 5, 100, 120), (0, 0, 160, 190), (40, 60, 31, 17), (0, 0, 100, 30)])
@pytest.mark.parametrize("gray", [False, True])
def test_both_kernels_crop_alike_within_one_level(name, box, gray):
    image = photograph(name)[..., :1] if gray else photograph(name)
    expected = array(_kernels.resized_crop(uint8(image), *([side] for side in box), (64, 64)))
    flat = image[..., 0] if gray else image
    ours = _kernels.resized_crop_array(flat, *box, (64, 64)).reshape(64, 64, -1)
    mean, largest = gray_levels_off(ours, expected)
    assert largest <= 1
    assert mean < 0.25


def test_plain_8_bit_crops_are_pils_within_one_level():
    crop = Image.fromarray(photograph()[10:130, 20:180])
    expected = np.asarray(crop.resize((64, 48), Image.Resampling.BILINEAR))
    assert gray_levels_off(_kernels.resized_crop_array(photograph(), 10, 20, 120, 160, (48, 64)), expected)[1] <= 1


# -- blur ----------------------------------------------------------------------------------------------------------


def blurred_slowly(image: np.ndarray, sigma: float) -> np.ndarray:
    """Loops over taps; NumPy's own reflection."""
    reach = math.ceil(3 * sigma)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps /= taps.sum()
    for axis in (0, 1):
        width = [(reach, reach) if a == axis else (0, 0) for a in range(image.ndim)]
        padded = np.pad(image, width, mode="reflect") if image.shape[axis] > 1 else np.pad(image, width, mode="edge")
        length = image.shape[axis]
        image = sum(w * np.take(padded, range(k, k + length), axis=axis) for k, w in enumerate(taps))
    return image


@given(height=st.integers(1, 20), width=st.integers(1, 20), sigma=st.floats(0.1, 8.0), seed=st.integers(0, 99))
def test_blur_is_a_sum_over_taps(height, width, sigma, seed):
    image = np.random.default_rng(seed).random((height, width, 3))
    batch = torch.from_numpy(image).permute(2, 0, 1)[None]
    expected = blurred_slowly(image, sigma)
    np.testing.assert_allclose(array(_kernels.gaussian_blur(batch, [sigma])), expected, atol=1e-9)
    by_convolution = linear._convolve(batch[0], linear._gaussian_taps([sigma], batch)[0])
    np.testing.assert_allclose(by_convolution.permute(1, 2, 0), expected, atol=1e-9)


def test_the_oracle_of_the_blur_can_fail():
    image = np.random.default_rng(0).random((12, 9, 3))
    batch = torch.from_numpy(image).permute(2, 0, 1)[None]
    assert np.abs(array(_kernels.gaussian_blur(batch, [1.3])) - blurred_slowly(image, 1.4)).max() > 1e-3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sigma", [0.1, 0.4, 1.0, 2.0, 3.7])
def test_both_kernels_blur_alike_within_two_levels(name, sigma):
    image = photograph(name)
    expected = array(_kernels.gaussian_blur(uint8(image), [sigma]))
    mean, largest = gray_levels_off(_kernels.gaussian_blur_array(image, sigma), expected)
    assert largest <= 2
    assert mean < 0.3


def test_each_image_of_a_batch_is_blurred_by_its_own_sigma():
    batch = torch.rand(3, 1, 10, 10, dtype=torch.float64)
    together = _kernels.gaussian_blur(batch, [0.3, 1.0, 2.5])
    for i, sigma in enumerate([0.3, 1.0, 2.5]):
        assert torch.allclose(together[i], _kernels.gaussian_blur(batch[i : i + 1], [sigma])[0], atol=1e-12)


# -- color ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1.8])
def test_brightness_contrast_and_saturation_are_torchvisions(name, factor):
    image = tensor(photograph(name))
    expected = {
        0: tv.adjust_brightness(image, factor),
        1: tv.adjust_contrast(image, factor),
        2: tv.adjust_saturation(image, factor),
    }
    for which, oracle in expected.items():
        factors = [[factor if k == which else 1.0] for k in range(3)]
        ours = _kernels.jitter(image, *factors, [0.0], IDENTITY)
        assert torch.allclose(ours, oracle, atol=1e-6)
        if factor == 0.3:
            assert not torch.allclose(ours, expected[(which + 1) % 3], atol=1e-2)  # the oracles differ


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("turn", [-0.5, -0.2, 0.05, 0.33])
def test_hue_is_torchvisions(name, turn):
    image = tensor(photograph(name))
    ours = _kernels.jitter(image, [1.0], [1.0], [1.0], [turn], IDENTITY)
    assert torch.allclose(ours, tv.adjust_hue(image, turn), atol=1e-5)
    assert not torch.allclose(ours, tv.adjust_hue(image, turn / 2), atol=1e-2)


@pytest.mark.parametrize("order", ORDERS[::5].tolist())
def test_jitter_follows_its_order(order):
    image = tensor(photograph())
    steps = [
        lambda x: tv.adjust_brightness(x, 1.4),
        lambda x: tv.adjust_contrast(x, 0.5),
        lambda x: tv.adjust_saturation(x, 1.7),
        lambda x: tv.adjust_hue(x, 0.1),
    ]
    expected = image
    for step in order:
        expected = steps[step](expected)
    ours = _kernels.jitter(image, [1.4], [0.5], [1.7], [0.1], [order])
    assert torch.allclose(ours, expected, atol=1e-5)


def test_images_of_a_batch_take_their_own_orders_and_factors():
    rng = np.random.default_rng(0)
    batch = torch.from_numpy(rng.random((24, 3, 5, 6)))
    factors, turn = rng.uniform(0.2, 1.8, (3, 24)), rng.uniform(-0.2, 0.2, 24)
    turn[3] = 0
    together = _kernels.jitter(batch, *factors, turn, ORDERS)
    for i in range(24):
        alone = _kernels.jitter(batch[i : i + 1], *factors[:, i : i + 1], turn[i : i + 1], ORDERS[i : i + 1])
        assert torch.allclose(together[i], alone[0], atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_both_kernels_jitter_alike(name):
    image, rng = photograph(name), np.random.default_rng(1)
    for order in ORDERS[::3]:
        brightness, contrast, saturation = rng.uniform(0.2, 1.8, 3)
        for turn, mean_off, high_off in ((0.0, 0.6, 3), (0.15, 2.0, 12)):
            drawn = brightness, contrast, saturation, turn
            expected = array(_kernels.jitter(uint8(image), *([value] for value in drawn), [order]))
            ours = _kernels.jitter_array(image, *drawn, order)
            difference = np.abs(ours.astype(float) - expected)
            assert difference.mean() < mean_off
            assert np.percentile(difference, 99.5) <= high_off


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_gray_images_ignore_saturation_and_hue(dtype):
    image = uint8(photograph()[..., :1])
    image = image if dtype == torch.uint8 else image / 255
    plain = _kernels.jitter(image, [1.3], [0.6], [1.0], [0.0], ORDERS[7:8])
    assert torch.equal(_kernels.jitter(image, [1.3], [0.6], [0.2], [0.4], ORDERS[7:8]), plain)
    flat = photograph()[..., 0]
    assert np.array_equal(
        _kernels.jitter_array(flat, 1.3, 0.6, 0.2, 0.4, ORDERS[7]),
        _kernels.jitter_array(flat, 1.3, 0.6, 1.0, 0.0, ORDERS[7]),
    )
    assert _kernels.grayscale(image).equal(image)


@pytest.mark.parametrize("name", NAMES)
def test_grayscale_is_torchvisions_in_both_kernels(name):
    image = photograph(name)
    expected = tv.rgb_to_grayscale(tensor(image), num_output_channels=3)
    assert torch.allclose(_kernels.grayscale(tensor(image)), expected, atol=1e-6)
    levels = array(_kernels.grayscale(uint8(image)))
    assert gray_levels_off(_kernels.grayscale_array(image), levels)[1] <= 1


# -- tone ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 1.0])
def test_solarize_is_pils_in_both_kernels(name, threshold):
    image = photograph(name)
    expected = np.asarray(ImageOps.solarize(Image.fromarray(image), math.ceil(threshold * 255)))
    assert np.array_equal(array(_kernels.solarize(uint8(image), threshold)), expected)
    assert np.array_equal(_kernels.solarize_array(image, threshold), expected)
    floats = array(_kernels.solarize(tensor(image), threshold))
    np.testing.assert_allclose(floats * 255, expected, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bits", range(1, 9))
def test_posterize_is_pils_in_both_kernels(name, bits):
    image = photograph(name)
    expected = np.asarray(ImageOps.posterize(Image.fromarray(image), bits))
    assert np.array_equal(array(_kernels.posterize(uint8(image), [bits])), expected)
    assert np.array_equal(_kernels.posterize_array(image, bits), expected)
    np.testing.assert_allclose(array(_kernels.posterize(tensor(image), [bits])) * 255, expected, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", [1, 3, 20, 160])
def test_equalize_is_pils_in_both_kernels(name, side):
    image = photograph(name)[:side, :side]
    expected = np.asarray(ImageOps.equalize(Image.fromarray(image)))
    assert np.array_equal(array(_kernels.equalize(uint8(image))), expected)
    assert np.array_equal(_kernels.equalize_array(image), expected)
    np.testing.assert_allclose(array(_kernels.equalize(tensor(image))) * 255, expected, atol=1e-9)


def test_the_comparisons_of_tone_can_fail():
    image = photograph()
    assert not np.array_equal(np.asarray(ImageOps.equalize(Image.fromarray(image))), image)
    assert not np.array_equal(_kernels.posterize_array(image, 3), _kernels.posterize_array(image, 4))
    assert not np.array_equal(_kernels.solarize_array(image, 0.4), _kernels.solarize_array(image, 0.5))


# -- geometry ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("degrees", [-170.0, -30.0, 0.0, 12.5, 90.0])
def test_rotation_is_torchvisions_in_both_kernels(name, degrees):
    image = photograph(name)
    matrices = rotation_matrices([degrees], *image.shape[:2])
    ours = _kernels.warp(tensor(image), matrices)
    expected = tv.rotate(tensor(image), degrees, interpolation=tv.InterpolationMode.BILINEAR)
    assert torch.allclose(ours, expected, atol=1e-3)
    mean, _ = gray_levels_off(_kernels.warp_array(image, matrices[0]), array(_kernels.warp(uint8(image), matrices)))
    assert mean < 0.7
    if degrees:
        wrong = _kernels.warp(tensor(image), rotation_matrices([-degrees], *image.shape[:2]))
        assert not torch.allclose(wrong, expected, atol=1e-1)


@pytest.mark.parametrize("name", NAMES)
def test_perspective_moves_the_corners_as_told_in_both_kernels(name):
    image, rng = photograph(name), np.random.default_rng(3)
    height, width = image.shape[:2]
    corners = rng.uniform(0, 0.25, (4, 2))
    matrix = perspective_matrices(corners, height, width)[0]
    start = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]])
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    for end, corner in zip(start + signs * corners * [width - 1, height - 1], start, strict=True):
        source = matrix @ [*end, 1]
        np.testing.assert_allclose(source[:2] / source[2], corner, atol=1e-6)
    expected = array(_kernels.warp(uint8(image), matrix[None]))
    mean, _ = gray_levels_off(_kernels.warp_array(image, matrix), expected)
    assert mean < 0.7
    assert gray_levels_off(image, expected)[0] > 5


@given(
    padding=st.integers(0, 4),
    top=st.integers(0, 3),
    left=st.integers(0, 3),
    flipped=st.booleans(),
    seed=st.integers(0, 9),
)
def test_crops_flips_and_boxes_are_plain_slices_in_both_kernels(padding, top, left, flipped, seed):
    image = np.random.default_rng(seed).integers(0, 256, (7, 6, 3), dtype=np.uint8)
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    expected = padded[top : top + 4, left : left + 3]
    assert np.array_equal(_kernels.crop_array(image, top, left, (4, 3), padding), expected)
    assert np.array_equal(array(_kernels.crop(uint8(image), [top], [left], (4, 3), padding)), expected)

    for axis, oracle in ((-1, image[:, ::-1]), (-2, image[::-1])):
        expected = oracle if flipped else image
        assert np.array_equal(_kernels.flip_array(image, flipped, axis), expected)
        assert np.array_equal(array(_kernels.flip(uint8(image), [flipped], axis)), expected)

    expected = image.copy()
    expected[top : top + 2, left : left + 3] = 9
    assert np.array_equal(_kernels.erase_array(image, top, left, 2, 3, 9), expected)
    assert np.array_equal(array(_kernels.erase(uint8(image), [top], [left], [2], [3], 9)), expected)


# -- types ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.int64, torch.int8, torch.bool])
def test_other_dtypes_are_refused_with_the_remedy(dtype):
    with pytest.raises(TypeError, match="uint8"):
        _kernels.gaussian_blur(torch.zeros(1, 1, 4, 4, dtype=dtype), [1.0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32_and_cast_back(dtype):
    batch = torch.rand(2, 3, 8, 8).to(dtype)
    blurred = _kernels.gaussian_blur(batch, [1.0, 2.0])
    assert blurred.dtype == dtype
    assert torch.equal(blurred, _kernels.gaussian_blur(batch.float(), [1.0, 2.0]).to(dtype))
