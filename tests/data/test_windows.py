"""Sliding windows over long sequences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgen.data import Windows


@given(
    lengths=st.lists(st.integers(5, 40), max_size=4),
    size=st.integers(1, 5),
    stride=st.integers(1, 9) | st.none(),
)
def test_windows_have_one_size_and_end_with_their_series(lengths, size, stride):
    series = [np.arange(length) + 1000 * number for number, length in enumerate(lengths)]
    windows = Windows(series, size, stride)
    assert all(len(window) == size for window in windows)
    for number, values in enumerate(series):
        starts = windows.starts[windows.owners == number]
        assert starts[0] == 0
        assert starts[-1] + size == len(values)
        assert (np.diff(starts) <= windows.stride).all()
    for i, window in enumerate(windows):
        assert window[0] == 1000 * windows.owners[i] + windows.starts[i]
        assert np.shares_memory(window, series[windows.owners[i]])


def test_sizes_of_numpy_are_taken_and_floats_refused():
    assert len(Windows([np.arange(9)], np.int64(3), np.int64(3))) == 3
    with pytest.raises(TypeError, match="window is a whole number"):
        Windows([np.arange(9)], 3.0)
    with pytest.raises(ValueError, match="stride is a whole number"):
        Windows([np.arange(9)], 3, 0)
