"""Packed convolutions against torch's own of each series alone, in float64."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pairgen.modalities.timeseries.encoders._packing import Packing, dilated_conv

OFFSETS = {"both sides": (-1, 0, 1), "causal": (-2, -1, 0)}


def convolve_packed(series, layer, dilation, sides):
    """The packed convolution of a list of series (T_i, H), as a list."""
    lengths = torch.tensor([len(one) for one in series])
    padded = nn.utils.rnn.pad_sequence(series, batch_first=True)
    packing = Packing(lengths, padded.shape[1], full=len(set(lengths.tolist())) == 1)
    taps = packing.taps([dilation * offset for offset in OFFSETS[sides]])
    rows = dilated_conv(packing.pack(padded), layer, taps)
    return [row[:length] for row, length in zip(packing.unpack(rows), lengths.tolist(), strict=True)]


def slow(one, layer, dilation, sides):
    """torch's convolution of one series (T, H) with zeros around it."""
    around = (2 * dilation, 0) if sides == "causal" else (dilation, dilation)
    return F.conv1d(F.pad(one.t()[None], around), layer.weight, layer.bias, dilation=dilation)[0].t()


def layer_and_series(lengths, seed=0):
    torch.manual_seed(seed)
    layer = nn.Conv1d(3, 4, 3, dtype=torch.float64)
    return layer, [torch.randn(length, 3, dtype=torch.float64) for length in lengths]


LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=5)


@settings(max_examples=40)
@given(lengths=LENGTHS, dilation=st.sampled_from([1, 2, 4, 16]), sides=st.sampled_from(sorted(OFFSETS)))
def test_a_packed_convolution_equals_torchs_of_each_series_alone(lengths, dilation, sides):
    layer, series = layer_and_series(lengths)
    for actual, one in zip(convolve_packed(series, layer, dilation, sides), series, strict=True):
        torch.testing.assert_close(actual, slow(one, layer, dilation, sides))


@settings(max_examples=20)
@given(lengths=LENGTHS, dilation=st.sampled_from([1, 4, 16]), sides=st.sampled_from(sorted(OFFSETS)))
def test_gradients_of_a_packed_convolution_equal_torchs(lengths, dilation, sides):
    layer, series = layer_and_series(lengths)
    gradients = []
    for way in (
        lambda s: convolve_packed(s, layer, dilation, sides),
        lambda s: [slow(x, layer, dilation, sides) for x in s],
    ):
        leaves = [one.clone().requires_grad_() for one in series]
        loss = sum((actual.sin() * (1 + i)).sum() for i, actual in enumerate(way(leaves)))
        gradients.append(torch.autograd.grad(loss, [*leaves, layer.weight, layer.bias]))
    for mine, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_neighbors_across_two_series_are_kept_apart():
    layer, series = layer_and_series([4, 5])
    as_one = slow(torch.cat(series), layer, 1, "both sides")
    apart = torch.cat(convolve_packed(series, layer, 1, "both sides"))
    assert not torch.allclose(as_one, apart)
    torch.testing.assert_close(as_one[:3], apart[:3])


def test_packed_rows_unpack_to_a_batch_padded_with_zeros():
    lengths = torch.tensor([2, 0, 3])
    values = torch.arange(9.0).reshape(3, 3, 1) + 1
    packing = Packing(lengths, 3, full=False)
    assert packing.pack(values).flatten().tolist() == [1, 2, 7, 8, 9]
    assert packing.unpack(packing.pack(values)).flatten().tolist() == [1, 2, 0, 0, 0, 0, 7, 8, 9]


def test_no_tap_reaches_further_than_the_longest_series():
    packing = Packing(torch.tensor([2, 4]), 9, full=False)
    assert [tap.offset for tap in packing.taps((-4, 0, 4))] == [0]
    assert [(tap.position, tap.within.flatten().tolist()) for tap in packing.taps((-6, -3, 0))] == [
        (2, [1, 1, 1, 1, 1, 1]),
        (1, [0, 0, 1]),
    ]


def test_a_batch_of_no_series_has_no_rows():
    layer, _ = layer_and_series([])
    packing = Packing(torch.zeros(0, dtype=torch.int64), 5, full=False)
    rows = dilated_conv(packing.pack(torch.zeros(0, 5, 3, dtype=torch.float64)), layer, packing.taps((-1, 0, 1)))
    assert packing.unpack(rows).shape == (0, 5, 4)


@pytest.mark.parametrize("sides", OFFSETS)
def test_autocast_computes_in_half_precision_and_gradients_keep_the_dtype_of_the_weights(sides):
    torch.manual_seed(0)
    layer = nn.Conv1d(3, 4, 3)
    series = [torch.randn(6, 3), torch.randn(4, 3)]
    expected = convolve_packed(series, layer, 2, sides)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        actual = convolve_packed(series, layer, 2, sides)
    assert actual[0].dtype == torch.bfloat16
    torch.testing.assert_close(actual[1].float(), expected[1], rtol=0.05, atol=0.05)
    sum(one.float().sum() for one in actual).backward()
    assert layer.weight.grad.dtype == torch.float32


@pytest.mark.parametrize("sides", sorted(OFFSETS))
@pytest.mark.parametrize("lengths", [(5, 5), (6, 1, 3)])
def test_second_derivatives_of_a_packed_convolution_pass_gradgradcheck(lengths, sides):
    layer, series = layer_and_series(lengths)
    inputs = [one.requires_grad_() for one in series]

    def convolve(weight, bias, *rows):
        replaced = nn.Conv1d(3, 4, 3, dtype=torch.float64)
        del replaced.weight, replaced.bias
        replaced.weight, replaced.bias = weight, bias
        return tuple(convolve_packed(rows, replaced, 2, sides))

    parameters = [p.detach().clone().requires_grad_() for p in (layer.weight, layer.bias)]
    assert torch.autograd.gradgradcheck(convolve, (*parameters, *inputs))
