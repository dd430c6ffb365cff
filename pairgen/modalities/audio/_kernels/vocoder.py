"""Pitch and tempo: a phase vocoder that keeps neighboring frequencies in step.

Each frame of the view is a frame of the clip at the same time, with its phases turned so that they continue those of
the frame before: by the phase of Y[t - 1] * conj(B[t]), where Y is the view's spectrum and B the clip's one hop (of the
view, in the clip's time) before the frame (Flanagan and Golden 1966). That product is large where the sound is, and it
is summed over five neighboring frequencies before its phase is taken, so that quiet ones follow the loud one beside
them: a soft form of phase locking (Puckette 1995; Laroche and Dolson 1999) that takes no peaks and no decisions. No
angle is ever computed. Pitch changes because the spectrum is read back in a frame of another size, which resamples it
without aliasing, for any ratio and at no cost.

Where there is no sound there is no phase to continue: a frame that follows silence, and one in which a sound sets in,
keep the phases of the clip, as at the transients of Roebel (2003), "A new approach to transient processing in the phase
vocoder". Otherwise the phases of a loud onset would be those of the rounding errors before it. With z = Y[t - 1] *
conj(B[t]) of one frequency, turned by what is missing to a whole hop, and the limit d = ONSET * (|Y[t - 1]|^2 +
|B[t]|^2) + (FLOOR * N / 4)^2, N being the size of the frame, what is summed is w z + (1 - w) d with w = |z|^2 / (|z|^2
+ d^2): z where |z| is above the limit, d, whose phase is 0, where it is below, without a decision between them that
rounding could turn. Where neighbors cancel each other, the phase of their sum S is as uncertain: frames are multiplied
by S / (|S|^4 + (LEAST * D)^4)^(1/4), D being the same sum of d, which has the size 1 but for such frequencies.

The three constants are no one's, they are chosen by measure. On spoken digits, one third and three times of ONSET, and
from a thousandth to three times of a LEAST of 0.1, change what a shift and its inverse leave by 0.01 dB of 4 dB, a
tenth and ten times of FLOOR by 0.15 dB; without them it is within 0.1 dB of what it is with them. LEAST decides how far
CPU and GPU differ on single impulses: 3e-2 of the peak at 0.1, 3e-4 at 0.01, 4e-5 from 0.001 down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import scipy.fft
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.modalities.audio.batch import ClipBatch

__all__ = ["OVERLAP", "Plan", "pitch_shift", "plan_frames", "time_stretch", "vocode", "vocode_batch"]

OVERLAP = 4
"""Frames over each sample of the view: with Hann windows on both sides their weights sum to a constant, 3/2."""

ONSET = 0.03
"""Ratio of two spectra, as their product by the sum of their powers, below which a sound sets in: a rise of 30 dB."""

FLOOR = 3e-5
"""Amplitude of a sine, in a clip scaled to a peak of 1, below which its phase means nothing: -90 dB."""

LEAST = 0.001
"""Ratio of the sum over neighbors to the limit below which they have no phase in common, and the frequency fades."""

_WINDOW = 0.05  # seconds: long enough to tell the harmonics of 80 Hz apart, short enough for the onsets of speech
_SLACK = 0.1  # how far the window may deviate, for the sake of a quick FFT and the right ratio

_BLOCK = 128  # frames at a time: they stay in the cache, and an hour takes no more memory than a minute


def pitch_shift(batch: ClipBatch, semitones: ArrayLike, sample_rate: int) -> ClipBatch:
    """Each clip higher by that many semitones, (B,), any real numbers; its length is kept to the sample."""
    ratios = (2.0 ** (np.asarray(semitones, dtype=np.float64) / 12)).tolist()
    lengths = batch.lengths.tolist()
    plans = [plan_frames(length, sample_rate, ratio=r) for length, r in zip(lengths, ratios, strict=True)]
    return replace(batch, values=_vocode_all(batch, plans))


def time_stretch(batch: ClipBatch, speeds: ArrayLike, sample_rate: int) -> ClipBatch:
    """Each clip played `speeds` times as fast, (B,), at its pitch: T / speed samples, rounded, and at least one."""
    lengths = batch.lengths.tolist()
    factors = np.asarray(speeds, dtype=np.float64).tolist()
    plans = [plan_frames(length, sample_rate, speed=s) for length, s in zip(lengths, factors, strict=True)]
    stretched = torch.tensor([plan.length for plan in plans], dtype=torch.int64, device=batch.lengths.device)
    return replace(batch, values=_vocode_all(batch, plans), lengths=stretched)


def _vocode_all(batch: ClipBatch, plans: Sequence[Plan]) -> Tensor:
    """(B, C, longest): on the CPU clip by clip, which keeps to the cache and knows no padding; else all at once."""
    values = batch.values
    if not plans:
        return values
    if values.device.type != "cpu":
        return vocode_batch(values, plans)
    views = values.new_zeros(len(values), values.shape[1], max(plan.length for plan in plans))
    for row, clip, plan in zip(views, batch, plans, strict=True):
        row[:, : plan.length] = torch.from_numpy(vocode(clip.detach().numpy(), plan))
    return views


# -- the plan: the same on every device -------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """How the frames of one clip become those of its view, a pitch analysis / synthesis times as high.

    lag + fraction is how many samples of the clip correspond to a hop of the view: hop * ratio, split into a whole
    number and the rest.

    Args:
        analysis: Samples of a frame of the clip.
        synthesis: Samples of a frame of the view.
        lag: The whole number of samples in a hop.
        fraction: The rest, in [-0.5, 0.5].
        speed: Samples of the clip that pass for one of the view.
        length: Samples of the view.
    """

    analysis: int
    synthesis: int
    lag: int
    fraction: float
    speed: float
    length: int

    @property
    def hop(self) -> int:
        """Samples of the view from one frame to the next."""
        return self.synthesis // OVERLAP

    @property
    def bins(self) -> int:
        """Frequencies that both clip and view can hold; higher ones are left out, so that nothing is aliased."""
        return min(self.analysis, self.synthesis) // 2 + 1

    @property
    def frames(self) -> int:
        """Frames that touch the view: the first is centered a hop before its first sample."""
        return -(-self.length // self.hop) + 3

    def centers(self, first: int, stop: int) -> np.ndarray:
        """int64: samples of the clip at which frames first .. stop - 1 are centered."""
        centers: np.ndarray = np.rint((np.arange(first, stop) - 1) * (self.hop * self.speed)).astype(np.int64)
        return centers

    def turn(self) -> np.ndarray:
        """complex128 (bins,): by how much the phase of each frequency advances in `fraction` samples."""
        turn: np.ndarray = np.exp(2j * np.pi * self.fraction / self.analysis * np.arange(self.bins))
        return turn

    @property
    def floor(self) -> float:
        """Power of a frequency, in the spectrum of a frame, below which its phase means nothing."""
        return (FLOOR * self.analysis / 4) ** 2


def plan_frames(length: int, sample_rate: int, ratio: float = 1.0, speed: float = 1.0) -> Plan:
    """The plan for a clip of `length` samples: a pitch `ratio` times as high, played `speed` times as fast."""
    analysis, synthesis = _sizes(max(64, round(_WINDOW * sample_rate)), ratio)
    step = synthesis // OVERLAP * ratio
    lag = round(step)
    return Plan(analysis, synthesis, lag, step - lag, speed, max(1, round(length / speed)))


def _sizes(window: int, ratio: float) -> tuple[int, int]:
    """(analysis, synthesis): sizes of quick FFTs near `window` whose quotient is nearest to the ratio.

    The quotient scales what is within a frame; from frame to frame the phases advance by the exact ratio.
    """
    candidates, quick = _quick_sizes(round(window * (1 - _SLACK)), round(window * (1 + _SLACK)))
    synthesis = OVERLAP * np.maximum(1, np.rint(candidates / (OVERLAP * ratio)).astype(np.int64))
    deviation = np.abs(np.log(candidates / (synthesis * ratio)))
    deviation[~quick[np.minimum(synthesis, len(quick) - 1)]] += 1.0  # only where there is nothing else
    best = int(np.argmin(deviation + 1e-9 * np.abs(candidates - window)))
    return int(candidates[best]), int(synthesis[best])


@lru_cache(maxsize=16)
def _quick_sizes(low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
    """Even sizes in [low, high] whose prime factors are at most 13, and for all sizes to 8 * high whether they are."""
    quick = np.zeros(8 * high + 1, dtype=bool)
    for size in range(1, len(quick)):
        rest = size
        for prime in (2, 3, 5, 7, 11, 13):
            while rest % prime == 0:
                rest //= prime
        quick[size] = rest == 1
    sizes = np.arange(low + low % 2, high + 1, 2)
    return sizes[quick[sizes]], quick


@lru_cache(maxsize=256)
def hann(size: int) -> np.ndarray:
    """float64 (size,): the Hann window, periodic."""
    window: np.ndarray = 0.5 - 0.5 * np.cos(2 * math.pi * np.arange(size) / size)
    window.flags.writeable = False
    return window


# -- one clip on the CPU ----------------------------------------------------------------------------------------


def vocode(wave: np.ndarray, plan: Plan) -> np.ndarray:
    """The view (C, plan.length) of a clip (C, T), float32 or float64. Channels are turned alike: they stay in step."""
    from pairgen.modalities.audio._kernels.vocoder_numba import add_frames, continue_phases  # numba is slow to import

    dtype = wave.dtype.type
    peak = float(np.abs(wave).max())
    out = np.zeros((len(wave), (plan.frames + OVERLAP - 1) * plan.hop), dtype=wave.dtype)
    if peak == 0:
        return out[:, : plan.length]
    towards = (hann(plan.analysis) / peak).astype(dtype)
    back = (hann(plan.synthesis) * (peak * plan.synthesis / plan.analysis / 1.5)).astype(dtype)
    turn = np.stack((plan.turn().real, plan.turn().imag)).astype(dtype)
    last = np.zeros((len(wave), 0, 2 * plan.bins), dtype=dtype)
    for first in range(0, plan.frames, _BLOCK):
        centers = plan.centers(first, min(first + _BLOCK, plan.frames))
        now = _spectra(wave, centers, towards, plan.bins)
        before = _spectra(wave, centers - plan.lag, towards, plan.bins)
        continue_phases(now, before, last, turn, dtype(ONSET), dtype(plan.floor), dtype(LEAST))
        last = now[:, -1:].copy()
        frames = scipy.fft.irfft(now.view(np.result_type(dtype, np.complex64)), n=plan.synthesis, axis=-1)
        add_frames(out, frames, back, first * plan.hop, plan.hop)
    return out[:, plan.synthesis // 2 + plan.hop :][:, : plan.length]


def _spectra(wave: np.ndarray, centers: np.ndarray, window: np.ndarray, bins: int) -> np.ndarray:
    """Floats (C, frames, 2 * bins), real and imaginary parts by turns: spectra of the clip, silent beyond its ends."""
    from pairgen.modalities.audio._kernels.vocoder_numba import take_frames

    frames = np.empty((len(wave), len(centers), len(window)), dtype=wave.dtype)
    take_frames(frames, wave, centers - len(window) // 2, window)
    spectra = scipy.fft.rfft(frames, axis=-1, overwrite_x=True)
    halves: np.ndarray = np.ascontiguousarray(spectra[..., :bins]).view(wave.dtype)
    return halves


# -- a batch on any device --------------------------------------------------------------------------------------


def vocode_batch(values: Tensor, plans: Sequence[Plan]) -> Tensor:
    """The views (B, C, longest) of clips (B, C, T), float32 or float64, silent beyond their lengths; a plan a clip."""
    count, channels, _ = values.shape
    frames, bins = max(plan.frames for plan in plans), max(plan.bins for plan in plans)
    dtype = torch.complex64 if values.dtype == torch.float32 else torch.complex128
    now = torch.zeros(count, channels, frames, bins, dtype=dtype, device=values.device)
    before = torch.zeros_like(now)
    turns = torch.zeros(count, bins, dtype=dtype, device=values.device)
    peaks = values.abs().amax(dim=(1, 2))
    scaled = values / torch.where(peaks > 0, peaks, 1).reshape(-1, 1, 1)
    for i, plan in enumerate(plans):
        centers = torch.from_numpy(plan.centers(0, plan.frames)).to(values.device)
        now[i, :, : plan.frames, : plan.bins] = _spectra_on_device(scaled[i], centers, plan)
        before[i, :, : plan.frames, : plan.bins] = _spectra_on_device(scaled[i], centers - plan.lag, plan)
        turns[i, : plan.bins] = torch.from_numpy(plan.turn()).to(turns)
    floors = torch.tensor([plan.floor for plan in plans], dtype=values.dtype, device=values.device)
    _continue_phases(now, before, turns, floors[:, None])
    out = values.new_zeros(count, channels, max(plan.length for plan in plans))
    for i, plan in enumerate(plans):
        out[i, :, : plan.length] = _overlap_add(now[i], plan) * peaks[i]
    return out


def _window(size: int, like: Tensor) -> Tensor:
    return torch.from_numpy(hann(size).copy()).to(like)


def _spectra_on_device(wave: Tensor, centers: Tensor, plan: Plan) -> Tensor:
    """Complex (C, frames, bins): windowed spectra of a clip (C, T), silent beyond its ends."""
    position = centers[:, None] - plan.analysis // 2 + torch.arange(plan.analysis, device=wave.device)
    inside = (position >= 0) & (position < wave.shape[1])
    frames = wave[:, position.clamp(0, wave.shape[1] - 1)] * inside * _window(plan.analysis, wave)
    spectra: Tensor = torch.fft.rfft(frames)[..., : plan.bins]
    return spectra


def _continue_phases(now: Tensor, before: Tensor, turns: Tensor, floors: Tensor) -> None:
    """Turn the frames `now` (B, C, n, K), in place, to continue each other; see the module. floors: (B, 1)."""
    powers = (_power(now[:, :, :-1]) + _power(before[:, :, 1:])).sum(dim=1)  # turning leaves them as they are
    for t in range(1, now.shape[2]):
        cross = (now[:, :, t - 1] * before[:, :, t].conj()).sum(dim=1) * turns
        square, limit = _power(cross), ONSET * powers[:, t - 1] + floors
        weight = square / (square + limit.square())
        cross = cross * weight + limit * (1 - weight)
        summed = _sum_neighbors(cross)
        size = (_power(summed).square() + (LEAST * _sum_neighbors(limit)) ** 4) ** 0.25
        now[:, :, t] *= (summed / size)[:, None]


def _sum_neighbors(values: Tensor) -> Tensor:
    """Sums (B, K) of five neighbors each, weighted 1, 2, 3, 2, 1."""
    wide = F.pad(values, (2, 2))
    return 3 * values + 2 * (wide[:, 1:-3] + wide[:, 3:-1]) + wide[:, :-4] + wide[:, 4:]


def _power(spectra: Tensor) -> Tensor:
    return spectra.real.square() + spectra.imag.square()


def _overlap_add(spectra: Tensor, plan: Plan) -> Tensor:
    """The view (C, plan.length) of turned spectra (C, frames, bins)."""
    frames = torch.fft.irfft(spectra[:, : plan.frames, : plan.bins], n=plan.synthesis)
    frames = frames * (_window(plan.synthesis, frames) * (plan.synthesis / plan.analysis / 1.5))
    parts = frames.reshape(len(frames), plan.frames, OVERLAP, plan.hop)
    hops = frames.new_zeros(len(frames), plan.frames + OVERLAP - 1, plan.hop)
    for part in range(OVERLAP):
        hops[:, part : part + plan.frames] += parts[:, :, part]
    view: Tensor = hops.flatten(1)[:, plan.synthesis // 2 + plan.hop :][:, : plan.length]
    return view
