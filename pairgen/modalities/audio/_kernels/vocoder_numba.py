"""The compiled loops of the phase vocoder: framing, phases, overlap. All write into their first argument.

Spectra are floats, real and imaginary parts by turns, which compiles to vector instructions where complex numbers
do not.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pairgen._numba import jit

__all__ = ["add_frames", "continue_phases", "take_frames"]

_compiled = partial(jit, fastmath=True)


@_compiled
def take_frames(frames: np.ndarray, wave: np.ndarray, starts: np.ndarray, window: np.ndarray) -> None:
    """Windowed frames (C, n, N) of a clip (C, T), from int64 starts (n,) on; zero beyond its ends."""
    channels, count, size = frames.shape
    length = wave.shape[1]
    for c in range(channels):
        for t in range(count):
            start, frame = starts[t], frames[c, t]
            low, high = min(max(0, -start), size), max(min(size, length - start), 0)
            if low > 0 or high < size:
                frame[:] = 0
            for j in range(low, high):
                frame[j] = wave[c, start + j] * window[j]


@_compiled
def continue_phases(
    now: np.ndarray,
    before: np.ndarray,
    last: np.ndarray,
    turn: np.ndarray,
    onset: np.floating,
    floor: np.floating,
    least: np.floating,
) -> None:
    """Turn the spectra `now` (C, n, 2K) to continue each other, and `last` (C, 0 or 1, 2K), the frame before them.

    before: (C, n, 2K), the spectra one hop before each frame. turn: (2, K), what is missing to a whole hop. Where the
    product of spectra is small beside `onset` times their power plus `floor`, the phases stay; where neighbors sum to
    less than `least` of that, the frequency is faded. See `vocoder`.
    """
    channels, count, bins = now.shape[0], now.shape[1], now.shape[2] // 2
    one, two, three = now.dtype.type(1), now.dtype.type(2), now.dtype.type(3)
    real, imag = np.zeros(bins + 4, now.dtype), np.zeros(bins + 4, now.dtype)  # two zeros at either end
    limits = np.zeros(bins + 4, now.dtype)
    turn_real, turn_imag = np.zeros(bins, now.dtype), np.zeros(bins, now.dtype)
    for t in range(count):
        if t == 0 and last.shape[1] == 0:
            continue  # the first frame of all keeps its phases
        real[:] = 0
        imag[:] = 0
        limits[:] = 0
        for c in range(channels):
            y, b = now[c, t - 1] if t else last[c, 0], before[c, t]
            for k in range(bins):
                y_real, y_imag, b_real, b_imag = y[2 * k], y[2 * k + 1], b[2 * k], b[2 * k + 1]
                real[k + 2] += y_real * b_real + y_imag * b_imag
                imag[k + 2] += y_imag * b_real - y_real * b_imag
                limits[k + 2] += y_real * y_real + y_imag * y_imag + b_real * b_real + b_imag * b_imag
        for k in range(bins):
            re, im = real[k + 2], imag[k + 2]
            limit = onset * limits[k + 2] + floor
            square = re * re + im * im
            weight = square / (square + limit * limit)
            real[k + 2] = (re * turn[0, k] - im * turn[1, k]) * weight + limit * (one - weight)
            imag[k + 2] = (re * turn[1, k] + im * turn[0, k]) * weight
            limits[k + 2] = limit
        for k in range(bins):
            re = three * real[k + 2] + two * (real[k + 1] + real[k + 3]) + real[k] + real[k + 4]
            im = three * imag[k + 2] + two * (imag[k + 1] + imag[k + 3]) + imag[k] + imag[k + 4]
            limit = three * limits[k + 2] + two * (limits[k + 1] + limits[k + 3]) + limits[k] + limits[k + 4]
            square, faded = re * re + im * im, least * least * limit * limit
            size = one / np.sqrt(np.sqrt(square * square + faded * faded))
            turn_real[k] = re * size
            turn_imag[k] = im * size
        for c in range(channels):
            x = now[c, t]
            for k in range(bins):
                re, im = x[2 * k], x[2 * k + 1]
                x[2 * k] = re * turn_real[k] - im * turn_imag[k]
                x[2 * k + 1] = re * turn_imag[k] + im * turn_real[k]


@_compiled
def add_frames(out: np.ndarray, frames: np.ndarray, window: np.ndarray, start: int, hop: int) -> None:
    """Add windowed frames (C, n, M) to a clip (C, T), the first at `start`, one every `hop` samples."""
    channels, count, size = frames.shape
    for c in range(channels):
        for t in range(count):
            part, frame = out[c, start + t * hop : start + t * hop + size], frames[c, t]
            for j in range(size):
                part[j] += frame[j] * window[j]
