from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pairgen
from pairgen.augmentation import OneOf, RandomApply, one, select
from pairgen.modalities.image import (
    CenterResize,
    ColorJitter,
    Cutout,
    Equalize,
    GaussianBlur,
    GaussianNoise,
    Grayscale,
    HorizontalFlip,
    Normalize,
    Perspective,
    Posterize,
    RandomCrop,
    RandomResizedCrop,
    Rotation,
    Solarize,
    VerticalFlip,
)
from pairgen.modalities.image.io import codec
from pairgen.modalities.image.io.codec import decode_image, shape_of
from pairgen.random import Stream
from pairgen.testing.modalities.image import ITEM_TYPES, as_item, batches, images

ALL = [
    RandomResizedCrop(9),
    RandomResizedCrop((5, 30), scale=(0.01, 0.3)),
    RandomCrop(6, padding=5),
    CenterResize(7),
    HorizontalFlip(),
    VerticalFlip(),
    ColorJitter(0.8, 0.8, 0.8, 0.2),
    Grayscale(),
    GaussianBlur(),
    Solarize(),
    Posterize((1, 8)),
    Equalize(),
    Rotation(180),
    Perspective(0.9),
    Cutout(0.4, fill=0.5),
    GaussianNoise(),
    RandomApply(GaussianBlur(), p=0.5),
    OneOf([Solarize(), Equalize(), ColorJitter(0.5)]),
]


def ids(augmentation: Any) -> str:
    return augmentation.name


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    return np.array_equal(np.asarray(a), np.asarray(b))


def test_the_list_above_holds_every_augmentation_but_normalize():
    tested = {type(augmentation).__name__ for augmentation in ALL}
    assert set(pairgen.get_modality("image").augmentations) - tested == {"Normalize"}


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@given(item=images(item_types=tuple(k for k in ITEM_TYPES if k != "png")), index=st.integers(0, 1000))
def test_a_view_keeps_type_dtype_rank_and_range_and_the_item_stays_as_it_was(augmentation, item, index):
    before = pickle.loads(pickle.dumps(item))
    view = augmentation(item, Stream(0, index=index))
    assert same(item, before)
    assert isinstance(view, type(item)) or isinstance(item, Image.Image)
    if isinstance(item, Image.Image):
        assert view.mode == item.mode
        return
    assert view.dtype == item.dtype
    assert view.ndim == item.ndim
    assert shape_of(view)[0] == shape_of(item)[0]
    assert float(view.min()) >= 0
    assert float(view.max()) <= (255 if view.dtype in (np.uint8, torch.uint8) else 1)


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@given(batch=batches(), seed=st.integers(0, 1000))
def test_a_batch_is_its_items(augmentation, batch, seed):
    before = batch.clone()
    index = np.arange(len(batch)) * 7 + 3
    views, params = augmentation.sample_batch(batch, Stream(seed, index=index))
    assert torch.equal(batch, before)
    assert views.dtype == batch.dtype
    assert len(views) == len(batch)
    # An 8-bit value that falls on a half may be rounded up in a batch and down alone.
    tolerance = {"atol": 1, "rtol": 0} if batch.dtype == torch.uint8 else {"atol": 2e-5, "rtol": 0}
    for i, key in enumerate(index):
        alone, drawn = augmentation.sample(batch[i], Stream(seed, index=int(key)))
        torch.testing.assert_close(views[i], alone, **tolerance)
        torch.testing.assert_close(augmentation.apply(batch[i], one(params, i)), views[i], **tolerance)
        assert same_params(one(params, i), drawn)


def same_params(a: Any, b: Any) -> bool:
    return pickle.dumps(unboxed(a)) == pickle.dumps(unboxed(b))


def unboxed(value: Any) -> Any:
    """A params value as plain numbers, tuples and names."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple):
        return tuple(map(unboxed, value))
    if hasattr(value, "__dataclass_fields__"):
        return type(value).__name__, tuple(unboxed(getattr(value, name)) for name in value.__dataclass_fields__)
    return value


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_augmentations_and_params_pickle_and_replay(augmentation):
    item = torch.rand(3, 12, 10)
    view, params = augmentation.sample(item, Stream(1, index=5))
    copy, drawn = pickle.loads(pickle.dumps((augmentation, params)))
    assert copy == augmentation
    assert torch.equal(copy.apply(item, drawn), view)


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_some_rows_of_batched_params_make_those_rows_of_the_batch(augmentation):
    batch = torch.rand(5, 3, 12, 10)
    views, params = augmentation.sample_batch(batch, Stream(0, index=np.arange(5)))
    rows = np.array([3, 1])
    part = augmentation.apply_batch(batch[torch.from_numpy(rows)], select(params, rows))
    torch.testing.assert_close(part, views[torch.from_numpy(rows)], atol=2e-5, rtol=0)


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
def test_a_non_contiguous_or_read_only_array_is_augmented_like_any_other(augmentation):
    wide = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    strided = wide[:, ::2]
    strided.flags.writeable = False
    expected = augmentation(np.ascontiguousarray(strided), Stream(0))
    assert np.array_equal(augmentation(strided, Stream(0)), expected)
    assert np.array_equal(augmentation(wide[::-1, ::-2], Stream(0)), augmentation(wide[::-1, ::-2].copy(), Stream(0)))


@pytest.mark.parametrize("item_type", ["pil", "array", "array-float32", "tensor-float32", "tensor-float16"])
def test_every_type_of_an_item_has_the_same_view(item_type):
    picture = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    for augmentation in (HorizontalFlip(1.0), RandomCrop(9), Cutout(), Posterize(3), GaussianNoise(0.1)):
        expected = augmentation(as_item(picture, "tensor"), Stream(0, index=4)).permute(1, 2, 0).numpy()
        view = augmentation(as_item(picture, item_type), Stream(0, index=4))
        if isinstance(view, torch.Tensor):
            view = view.permute(1, 2, 0).float().numpy()
        view = np.asarray(view, dtype=np.float64) * (255 if "float" in item_type else 1)
        np.testing.assert_allclose(view, expected, atol=1)


@given(item=images(item_types=("array", "tensor"), max_side=40), index=st.integers(0, 10_000), low=st.floats(0.01, 1))
def test_a_random_resized_crop_lies_in_the_image_and_in_its_ranges(item, index, low):
    augmentation = RandomResizedCrop(8, scale=(low, 1.0), ratio=(0.5, 2.0))
    _, height, width = shape_of(item)
    box = augmentation.draw(item, Stream(0, index=index))
    assert 0 <= box.top <= box.top + box.height <= height
    assert 0 <= box.left <= box.left + box.width <= width
    assert box.height >= 1
    assert box.width >= 1
    # Sides are rounded to whole pixels.
    assert (box.height + 0.5) * (box.width + 0.5) >= low * height * width or max(height, width) > 2 * min(height, width)
    assert (box.width + 0.5) / max(box.height - 0.5, 0.5) >= 0.5
    assert (box.width - 0.5) / (box.height + 0.5) <= 2.0


def test_random_resized_crops_are_spread_as_documented():
    image = np.zeros((200, 200, 1), dtype=np.uint8)
    boxes = [RandomResizedCrop(8, scale=(0.2, 0.4)).draw(image, Stream(0, index=i)) for i in range(600)]
    area = np.array([b.height * b.width for b in boxes]) / 200**2
    ratio = np.log([b.width / b.height for b in boxes])
    assert area.min() > 0.19
    assert area.max() < 0.41
    assert abs(area.mean() - 0.3) < 0.01
    assert abs(ratio.mean()) < 0.03
    assert abs(ratio.std() - 2 * math.log(4 / 3) / math.sqrt(12)) < 0.02
    assert abs(np.mean([b.top / (200 - b.height) for b in boxes]) - 0.5) < 0.04


def test_an_image_of_extreme_shape_gets_the_largest_centered_crop():
    box = RandomResizedCrop(8, scale=(0.9, 1.0)).draw(np.zeros((10, 400, 3), np.uint8), Stream(0))
    assert (box.height, box.width, box.top) == (10, 13, 0)
    assert box.left == (400 - 13) // 2
    batched = RandomResizedCrop(8, scale=(0.9, 1.0)).draw(torch.zeros(2, 3, 10, 400), Stream(0, index=[0, 1]))
    assert batched.width.tolist() == [13, 13]


@given(index=st.integers(0, 10_000), strength=st.floats(0, 2), hue=st.floats(0, 0.5))
def test_jitter_draws_lie_in_the_documented_ranges(index, strength, hue):
    drawn = ColorJitter(strength, (0.3, 0.7), strength, hue).draw(None, Stream(0, index=index))
    assert max(0, 1 - strength) <= drawn.brightness <= 1 + strength
    assert 0.3 <= drawn.contrast <= 0.7
    assert max(0, 1 - strength) <= drawn.saturation <= 1 + strength
    assert -hue <= drawn.hue <= hue
    assert sorted(drawn.order.tolist()) == [0, 1, 2, 3]


def test_every_order_of_the_jitter_occurs_about_equally_often():
    drawn = ColorJitter(0.1).draw(None, Stream(0, index=np.arange(4800)))
    counts = np.unique(drawn.order, axis=0, return_counts=True)[1]
    assert len(counts) == 24
    assert counts.min() > 140
    assert counts.max() < 260


@given(index=st.integers(0, 10_000))
def test_other_draws_lie_in_the_documented_ranges(index):
    image = np.zeros((30, 20, 3), dtype=np.uint8)
    rng = lambda: Stream(0, index=index)  # noqa: E731
    assert 0.1 <= GaussianBlur().draw(image, rng()) <= 2.0
    assert -30 <= Rotation(30).draw(image, rng()) <= 30
    assert 10 <= Rotation((10, 20)).draw(image, rng()) <= 20
    assert 2 <= Posterize((2, 5)).draw(image, rng()) <= 5
    assert 0 <= GaussianNoise(0.2).draw(image, rng()).sigma == 0.2
    corners = Perspective(0.4).draw(image, rng())
    assert corners.shape == (4, 2)
    assert 0 <= corners.min() <= corners.max() <= 0.2
    box = Cutout(0.5).draw(image, rng())
    assert 0 <= box.top < box.top + box.height <= 30
    assert 0 <= box.left < box.left + box.width <= 20
    assert box.height <= 15
    assert box.width <= 10
    window = RandomCrop((10, 9), padding=2).draw(image, rng())
    assert 0 <= window.top <= 30 + 4 - 10
    assert 0 <= window.left <= 20 + 4 - 9


def test_flips_happen_as_often_as_p_says():
    drawn = HorizontalFlip(0.3).draw(torch.zeros(4000, 1, 2, 2), Stream(0, index=np.arange(4000)))
    assert abs(drawn.mean() - 0.3) < 0.03
    assert not HorizontalFlip(0.0).draw(None, Stream(0))
    assert HorizontalFlip(1.0).draw(None, Stream(0))


def test_normalize_takes_floats_and_refuses_uint8():
    normalize = Normalize((0.5, 0.4, 0.3), (0.1, 0.2, 0.3))
    item = torch.rand(3, 4, 5)
    expected = (item - torch.tensor([0.5, 0.4, 0.3]).view(3, 1, 1)) / torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)
    torch.testing.assert_close(normalize(item, Stream(0)), expected)
    array = item.permute(1, 2, 0).double().numpy()
    assert normalize(array, Stream(0)).dtype == np.float64
    np.testing.assert_allclose(normalize(array, Stream(0)), expected.permute(1, 2, 0), rtol=1e-5)
    for image in (np.zeros((2, 2, 3), np.uint8), torch.zeros(3, 2, 2, dtype=torch.uint8)):
        with pytest.raises(TypeError, match="divide by 255"):
            normalize(image, Stream(0))
    with pytest.raises(ValueError, match="do not fit images of 2 channels"):
        normalize(torch.rand(2, 4, 4), Stream(0))


def test_center_resize_leaves_an_image_of_the_right_size_alone():
    item = torch.rand(3, 8, 8)
    assert torch.equal(CenterResize(8)(item, Stream(0)), item)
    assert torch.equal(CenterResize(None)(item, Stream(0)), item)
    assert CenterResize((4, 6))(item, Stream(0)).shape == (3, 4, 6)
    assert np.asarray(CenterResize(5)(Image.new("RGB", (20, 9)), Stream(0))).shape == (5, 5, 3)


def test_paths_and_bytes_may_be_augmented_directly(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (6, 5), (10, 20, 30)).save(path)
    for item in (path, str(path), path.read_bytes()):
        view = HorizontalFlip()(item, Stream(0))
        assert isinstance(view, Image.Image)
        assert view.size == (6, 5)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RandomResizedCrop(0), ValueError, "size is a whole number of pixels, at least 1, got 0"),
        (lambda: RandomResizedCrop(8.0), TypeError, "size is a whole number"),
        (lambda: RandomResizedCrop((8, 8, 8)), ValueError, "pair \\(height, width\\)"),
        (lambda: RandomResizedCrop(8, scale=(0.5, 0.1)), ValueError, "scale"),
        (lambda: RandomResizedCrop(8, scale=(0.0, 0.0)), ValueError, "scale"),
        (lambda: RandomResizedCrop(8, ratio=(0.0, 1.0)), ValueError, "ratio"),
        (lambda: RandomCrop(8, padding=-1), ValueError, "padding"),
        (lambda: RandomCrop(8, padding=1.5), TypeError, "padding"),
        (lambda: HorizontalFlip(1.5), ValueError, "p is a number in \\[0, 1\\]"),
        (lambda: HorizontalFlip(True), TypeError, "p is a number"),
        (lambda: ColorJitter(brightness=-0.1), ValueError, "brightness is a number in \\[0, inf\\), got -0.1"),
        (lambda: ColorJitter(hue=0.6), ValueError, "hue"),
        (lambda: ColorJitter(hue=-0.1), ValueError, "hue is not negative"),
        (lambda: ColorJitter(contrast=(0.2, 0.4, 0.6)), TypeError, "pair"),
        (lambda: GaussianBlur(0.0), ValueError, "sigma"),
        (lambda: GaussianBlur((2.0, 1.0)), ValueError, "sigma"),
        (lambda: GaussianBlur("1"), TypeError, "sigma"),
        (lambda: Solarize(1.5), ValueError, "threshold"),
        (lambda: Posterize(0), ValueError, "bits"),
        (lambda: Posterize((1, 9)), ValueError, "bits"),
        (lambda: Posterize(2.5), ValueError, "bits are whole numbers"),
        (lambda: Rotation(720), ValueError, "degrees"),
        (lambda: Rotation(float("nan")), ValueError, "degrees"),
        (lambda: Perspective(1.0), ValueError, "distortion"),
        (lambda: Cutout(0.0), ValueError, "size"),
        (lambda: Cutout(0.5, fill=2.0), ValueError, "fill"),
        (lambda: GaussianNoise(-1.0), ValueError, "sigma"),
        (lambda: Normalize((0.5,), (0.0,)), ValueError, "std"),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("plain", "scalars"),
    [
        (RandomResizedCrop(9, scale=(0.25, 1.0)), lambda: RandomResizedCrop(np.int64(9), scale=np.array([0.25, 1.0]))),
        (RandomCrop((4, 5), padding=1), lambda: RandomCrop((np.int32(4), np.uint8(5)), padding=np.int64(1))),
        (CenterResize(7), lambda: CenterResize(np.int16(7))),
        (HorizontalFlip(0.5), lambda: HorizontalFlip(np.float32(0.5))),
        (ColorJitter(0.5, hue=0.25), lambda: ColorJitter(np.float32(0.5), hue=np.float64(0.25))),
        (Solarize(0.5), lambda: Solarize(np.float32(0.5))),
        (Posterize((2, 5)), lambda: Posterize((np.int64(2), np.int64(5)))),
        (GaussianBlur(1.5), lambda: GaussianBlur(np.float32(1.5))),
        (Rotation(20.0), lambda: Rotation(np.int64(20))),
        (Perspective(0.5), lambda: Perspective(np.float32(0.5))),
        (Cutout(0.5, fill=0.25), lambda: Cutout(np.float32(0.5), fill=np.float32(0.25))),
        (GaussianNoise(0.5), lambda: GaussianNoise(np.float32(0.5))),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_numpy_scalars_are_taken_as_parameters(plain, scalars):
    item = np.random.default_rng(0).integers(0, 256, (12, 14, 3), dtype=np.uint8)
    augmentation = scalars()
    assert augmentation == plain
    assert np.array_equal(augmentation(item, Stream(0)), plain(item, Stream(0)))


@pytest.mark.parametrize("augmentation", ALL[:-2], ids=ids)
@pytest.mark.parametrize("item_type", ["pil", "png", "path"])
def test_a_direct_call_decodes_and_checks_its_item_once(augmentation, item_type, tmp_path, monkeypatch):
    picture = np.random.default_rng(0).integers(0, 256, (12, 14, 3), dtype=np.uint8)
    item = as_item(picture, "png" if item_type == "path" else item_type)
    if item_type == "path":
        (tmp_path / "a.png").write_bytes(item)
        item = tmp_path / "a.png"
    checked = []
    check = codec._check
    monkeypatch.setattr(codec, "_check", lambda image: checked.append(image) or check(image))
    view = augmentation(item, Stream(0, index=3))
    assert len(checked) == 1
    assert same(view, augmentation(picture, Stream(0, index=3)))


def test_a_crop_larger_than_the_image_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match="raise the padding"):
        RandomCrop(10, padding=1)(torch.zeros(3, 4, 20), Stream(0))


def test_what_is_no_image_is_refused():
    with pytest.raises(TypeError, match="an image is"):
        Equalize()({"not": "an image"}, Stream(0))
    assert decode_image(np.zeros((3, 3), np.uint8)).shape == (3, 3)


@pytest.mark.gpu
@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_a_batch_has_the_same_views_on_cuda(augmentation, dtype):
    batch = torch.randint(0, 256, (6, 3, 20, 17), dtype=torch.uint8)
    batch = batch if dtype == torch.uint8 else batch / 255
    index = np.arange(6)
    here, _ = augmentation.sample_batch(batch, Stream(0, index=index))
    there, _ = augmentation.sample_batch(batch.cuda(), Stream(0, index=index))
    assert there.is_cuda
    tolerance = 1 if dtype == torch.uint8 else 1e-4
    torch.testing.assert_close(there.cpu(), here, atol=tolerance, rtol=0)
