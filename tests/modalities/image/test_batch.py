from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pairgen.modalities.image.batch import ToModelInput, check_batch, collate


@given(
    count=st.integers(1, 4),
    shape=st.sampled_from([(5, 4), (5, 4, 1), (5, 4, 3), (1, 1, 3)]),
    dtype=st.sampled_from([np.uint8, np.float32, np.float64]),
)
def test_arrays_become_a_channels_last_batch_of_their_dtype(count, shape, dtype):
    views = [np.random.default_rng(i).integers(0, 2, shape).astype(dtype) for i in range(count)]
    batch = collate(views)
    assert batch.dtype == torch.from_numpy(views[0]).dtype
    assert batch.is_contiguous(memory_format=torch.channels_last)
    for i, view in enumerate(views):
        assert np.array_equal(batch[i].permute(1, 2, 0).numpy(), view.reshape(5 if shape[0] == 5 else 1, shape[1], -1))


def test_tensors_are_stacked_and_pil_images_decoded():
    tensors = [torch.rand(3, 4, 4) for _ in range(3)]
    assert torch.equal(collate(tensors), torch.stack(tensors))
    assert collate([Image.new("RGB", (4, 5))] * 2).shape == (2, 3, 5, 4)


def test_gray_views_among_color_views_become_color():
    gray, color = np.full((4, 4), 7, np.uint8), np.zeros((4, 4, 3), np.uint8)
    batch = collate([gray, color])
    assert batch.shape == (2, 3, 4, 4)
    assert (batch[0] == 7).all()
    assert collate([torch.ones(1, 4, 4), torch.zeros(3, 4, 4)]).shape == (2, 3, 4, 4)


def test_views_that_do_not_fit_are_refused_with_their_shapes():
    with pytest.raises(ValueError, match=r"\(4, 4, 3\) uint8, \(5, 4, 3\) uint8.*crops to one size"):
        collate([np.zeros((4, 4, 3), np.uint8), np.zeros((5, 4, 3), np.uint8)])
    with pytest.raises(ValueError, match="dtype"):
        collate([torch.zeros(1, 2, 2), torch.zeros(1, 2, 2, dtype=torch.uint8)])
    with pytest.raises(TypeError, match="one type"):
        collate([np.zeros((4, 4, 3), np.uint8), torch.zeros(3, 4, 4)])
    with pytest.raises(ValueError, match="cannot collate an empty batch"):
        collate([])


def test_a_batch_is_checked_and_arrays_become_tensors_without_a_copy():
    tensor = torch.rand(2, 3, 4, 4)
    assert check_batch(tensor) is tensor
    array = np.zeros((2, 4, 5, 3), np.uint8)
    batch = check_batch(array)
    assert batch.shape == (2, 3, 4, 5)
    assert np.shares_memory(batch.numpy(), array)
    assert check_batch(array[..., 0]).shape == (2, 1, 4, 5)
    assert check_batch(array[::-1]).shape == (2, 3, 4, 5)
    assert check_batch(torch.zeros(0, 3, 4, 4)).shape == (0, 3, 4, 4)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (torch.rand(3, 4, 4), TypeError, r"\(B, C, H, W\)"),
        (torch.rand(2, 3, 4, 4) * 2, ValueError, "divide by 255"),
        (torch.full((1, 1, 2, 2), torch.nan), ValueError, "NaN"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.int64), TypeError, "cast to uint8"),
        (torch.rand(2, 32, 32, 3), TypeError, "movedim"),
        (torch.rand(2, 3, 0, 3), ValueError, "empty"),
        (np.zeros((4, 4), np.uint8), TypeError, r"batch\[None\]"),
        ([torch.rand(3, 4, 4)], TypeError, "collate the items first"),
    ],
)
def test_what_is_no_batch_is_refused_with_the_remedy(batch, error, message):
    with pytest.raises(error, match=message):
        check_batch(batch)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.float16])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_model_input_is_normalized_to_float32_in_the_layout_of_the_batch(channels_last, dtype, count):
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)
    batch = torch.randint(0, 256, (count, 3, 6, 5), dtype=torch.uint8)
    batch = batch if dtype == torch.uint8 else (batch / 255).to(dtype)
    if channels_last:
        batch = batch.contiguous(memory_format=torch.channels_last)
    before = batch.clone()
    out = ToModelInput(mean, std)(batch)
    values = batch.double() / (255 if dtype == torch.uint8 else 1)
    expected = (values - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out.double(), expected, atol=1e-5, rtol=1e-5)
    assert torch.equal(batch, before)
    if count and channels_last:
        assert out.is_contiguous(memory_format=torch.channels_last)


def test_the_model_input_has_as_many_channels_as_statistics():
    color, gray = torch.rand(2, 3, 4, 4), torch.randint(0, 256, (2, 1, 4, 4), dtype=torch.uint8)
    luma = (color * torch.tensor([0.2989, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
    torch.testing.assert_close(ToModelInput((0.5,), (0.25,))(color), (luma - 0.5) / 0.25)
    three = ToModelInput((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))(gray)
    torch.testing.assert_close(three, ((gray / 255 - 0.5) / 0.25).expand(2, 3, 4, 4))
    with pytest.raises(ValueError, match="cannot make 1 channels of 2"):
        ToModelInput((0.5,), (0.5,))(torch.rand(1, 2, 4, 4))


def test_the_model_input_refuses_invalid_statistics_and_pickles():
    cases = (
        ((0.5,), (1.0, 1.0, 1.0), "one number a channel"),
        ((), (), "one number a channel"),
        ((0.5,), (0.0,), r"std is a number in \(0, inf\), got 0.0"),
        ((float("nan"),), (1.0,), "mean is a finite number"),
    )
    for mean, std, message in cases:
        with pytest.raises(ValueError, match=message):
            ToModelInput(mean, std)
    with pytest.raises(TypeError, match="mean is a number"):
        ToModelInput(("0.5",), (1.0,))  # type: ignore[arg-type]
    to_model_input = ToModelInput([0.5], np.array([0.5]))  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(to_model_input)) == to_model_input == ToModelInput((0.5,), (0.5,))
