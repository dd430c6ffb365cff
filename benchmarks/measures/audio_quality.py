"""How good a pitch shift is: cents of the fundamental, what leaks out of the band, what a shift and its inverse leave.

Also how much memory ten thousand of them take.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.measures.peak_memory import in_use
from benchmarks.peers.audio import Shift, Wave, pitch_shifts

TONE_RATE = 16_000
FUNDAMENTALS = (80.0, 113.7, 160.0, 220.0, 440.0, 800.0)
SHIFTS = (-12.0, -7.3, -4.0, -2.0, -0.37, -0.05, 0.03, 0.5, 1.9, 5.1, 9.0, 12.0)
INVERTED = (-12.0, -7.0, -4.0, -2.0, -1.0, 1.0, 2.0, 4.0, 7.0, 12.0)
_FLOOR = 1e-3  # of the loudest: below, levels are not compared


def harmonic(fundamental: float, rate: int, seconds: float = 2.0) -> Wave:
    """float32 (T,): harmonics up to 90 % of the band, falling by 1 / k."""
    time = np.arange(round(seconds * rate)) / rate
    partials = range(1, int(0.45 * rate / fundamental) + 1)
    tone: Wave = 0.2 * np.sum([np.sin(2 * np.pi * fundamental * k * time + k) / k for k in partials], axis=0)
    return tone.astype(np.float32)


def cents_off(wave: Wave, rate: int, wanted: float) -> float:
    """How far the strongest line near `wanted` Hz lies from it; without the first and last quarter second."""
    middle = wave[rate // 4 : -rate // 4]
    count = 8 * len(middle)
    level = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), count))
    frequency = np.fft.rfftfreq(count, 1 / rate)
    near = np.flatnonzero((frequency > wanted / 1.06) & (frequency < wanted * 1.06))
    k = near[level[near].argmax()]
    a, b, c = np.log(level[k - 1 : k + 2])
    return float(1200 * np.log2((k + 0.5 * (a - c) / (a - 2 * b + c)) * rate / count / wanted))


def cents_table(quick: bool) -> dict[str, Any]:
    """By library: the largest deviation in cents, the largest change of length, the energy above the band in dB."""
    shifts = SHIFTS[::6] if quick else SHIFTS
    tones = {f0: harmonic(f0, TONE_RATE) for f0 in (FUNDAMENTALS[::3] if quick else FUNDAMENTALS)}
    table = {}
    for name, shift in pitch_shifts(TONE_RATE).items():
        off, longer = [], []
        for f0, tone in tones.items():
            for semitones in shifts:
                view = shift(tone, semitones)
                off.append(abs(cents_off(view, TONE_RATE, f0 * 2 ** (semitones / 12))))
                longer.append(abs(len(view) - len(tone)))
        table[name] = {
            "cents": round(max(off), 3),
            "mean cents": round(float(np.mean(off)), 3),
            "samples": max(longer),
            "out of band": round(_out_of_band(shift), 1),
        }
    return table


def _out_of_band(shift: Shift) -> float:
    """Decibels: what is left of a tone at 7 kHz that moves up by 5 semitones, out of the band of 8 kHz."""
    tone = np.sin(2 * np.pi * 7000 * np.arange(2 * TONE_RATE) / TONE_RATE).astype(np.float32)
    left = np.square(shift(tone, 5.0)[TONE_RATE // 4 : -TONE_RATE // 4]).mean() / np.square(tone).mean()
    return float(10 * np.log10(max(left, 1e-12)))


def distances(clips: Sequence[Wave], rate: int, quick: bool) -> dict[str, list[float]]:
    """By library, for each of `INVERTED`: the mean log-spectral distance in dB of a shift and its inverse."""
    table = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa's windows are longer than the shortest digits
        for name, shift in pitch_shifts(rate).items():
            table[name] = [
                round(float(np.mean([_distance(clip, shift(shift(clip, s), -s), rate) for clip in clips])), 3)
                for s in (INVERTED[::5] if quick else INVERTED)
            ]
    return table


def _distance(one: Wave, other: Wave, rate: int) -> float:
    a, b = (_levels(wave, rate) for wave in (one, other))
    floor = _FLOOR * float(a.max())
    decibels = 20 * np.log10(np.maximum(a, floor) / np.maximum(b, floor))
    return float(np.sqrt(np.square(decibels).mean(axis=0)).mean())


def _levels(wave: Wave, rate: int) -> np.ndarray:
    """Magnitudes in Hann windows of 32 ms, every 8 ms."""
    size = round(0.032 * rate)
    padded = np.pad(wave, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 4]
    magnitudes: np.ndarray = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)).T
    return magnitudes


def memory_after(calls: Sequence[int]) -> list[float]:
    """MiB in use by this process after so many pairs, each of another clip and other draws."""
    from pairgen.pairs import PairSampler

    sampler = PairSampler("audio", "time-pitch", sample_rate=8000)
    clip = harmonic(200.0, 8000, 0.25)
    used, done = [], 0
    for count in calls:
        for index in range(done, count):
            sampler(clip, index)
        done = count
        used.append(round(in_use("VmRSS"), 1))
    return used
