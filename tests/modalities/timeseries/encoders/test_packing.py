"""Packed convolutions against torch's own of each series alone, in float64."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pairgen.modalities.timeseries.encoders.packing import Packing, dilated

OFFSETS = {"both sides": (-1, 0, 1), "causal": (-2, -1, 0)}


def convolved(series, layer, dilation, sides):
    """The packed way, for a list of (T_i, H); a list again."""
    lengths = torch.tensor([len(one) for one in series])
    padded = nn.utils.rnn.pad_sequence(series, batch_first=True)
    packing = Packing(lengths, padded.shape[1], full=len(set(lengths.tolist())) == 1)
    taps = packing.taps([dilation * offset for offset in OFFSETS[sides]])
    rows = dilated(packing.rows(padded), layer, taps)
    return [row[:length] for row, length in zip(packing.padded(rows), lengths.tolist(), strict=True)]


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
def test_it_is_torchs_convolution_of_each_series_alone(lengths, dilation, sides):
    layer, series = layer_and_series(lengths)
    for made, one in zip(convolved(series, layer, dilation, sides), series, strict=True):
        torch.testing.assert_close(made, slow(one, layer, dilation, sides))


@settings(max_examples=20)
@given(lengths=LENGTHS, dilation=st.sampled_from([1, 4, 16]), sides=st.sampled_from(sorted(OFFSETS)))
def test_its_gradients_are_torchs(lengths, dilation, sides):
    layer, series = layer_and_series(lengths)
    found = []
    for way in (lambda s: convolved(s, layer, dilation, sides), lambda s: [slow(x, layer, dilation, sides) for x in s]):
        leaves = [one.clone().requires_grad_() for one in series]
        loss = sum((made.sin() * (1 + i)).sum() for i, made in enumerate(way(leaves)))
        found.append(torch.autograd.grad(loss, [*leaves, layer.weight, layer.bias]))
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_neighbours_across_two_series_would_be_told_apart():
    layer, series = layer_and_series([4, 5])
    as_one = slow(torch.cat(series), layer, 1, "both sides")
    apart = torch.cat(convolved(series, layer, 1, "both sides"))
    assert not torch.allclose(as_one, apart)
    torch.testing.assert_close(as_one[:3], apart[:3])


def test_what_is_packed_comes_back_padded_with_zeros():
    lengths = torch.tensor([2, 0, 3])
    values = torch.arange(9.0).reshape(3, 3, 1) + 1
    packing = Packing(lengths, 3, full=False)
    assert packing.rows(values).flatten().tolist() == [1, 2, 7, 8, 9]
    assert packing.padded(packing.rows(values)).flatten().tolist() == [1, 2, 0, 0, 0, 0, 7, 8, 9]


def test_no_tap_reaches_further_than_the_longest_series():
    packing = Packing(torch.tensor([2, 4]), 9, full=False)
    assert [tap.offset for tap in packing.taps((-4, 0, 4))] == [0]
    assert [(tap.which, tap.there.flatten().tolist()) for tap in packing.taps((-6, -3, 0))] == [
        (2, [1, 1, 1, 1, 1, 1]),
        (1, [0, 0, 1]),
    ]


def test_a_batch_of_no_series_has_no_rows():
    layer, _ = layer_and_series([])
    packing = Packing(torch.zeros(0, dtype=torch.int64), 5, full=False)
    rows = dilated(packing.rows(torch.zeros(0, 5, 3, dtype=torch.float64)), layer, packing.taps((-1, 0, 1)))
    assert packing.padded(rows).shape == (0, 5, 4)


@pytest.mark.parametrize("sides", OFFSETS)
def test_under_autocast_it_computes_in_half_precision_and_weights_keep_their_own(sides):
    torch.manual_seed(0)
    layer = nn.Conv1d(3, 4, 3)
    series = [torch.randn(6, 3), torch.randn(4, 3)]
    wanted = convolved(series, layer, 2, sides)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        made = convolved(series, layer, 2, sides)
    assert made[0].dtype == torch.bfloat16
    torch.testing.assert_close(made[1].float(), wanted[1], rtol=0.05, atol=0.05)
    sum(one.float().sum() for one in made).backward()
    assert layer.weight.grad.dtype == torch.float32
