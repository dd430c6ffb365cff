"""The phase vocoder of `vocoder`, for batches on any device: the same frames, turned for all clips at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pairgen.modalities.audio._kernels.vocoder_plan import OVERLAP, SILENCE, Plan, hann

__all__ = ["vocode_batch"]


def vocode_batch(values: Tensor, plans: Sequence[Plan]) -> Tensor:
    """The views (B, C, longest) of clips (B, C, T), float32 or float64, silent beyond their lengths; a plan a clip."""
    count, channels, _ = values.shape
    frames, bins = max(plan.frames for plan in plans), max(plan.bins for plan in plans)
    kind = torch.complex64 if values.dtype == torch.float32 else torch.complex128
    now = torch.zeros(count, channels, frames, bins, dtype=kind, device=values.device)
    before = torch.zeros_like(now)
    turns = torch.zeros(count, bins, dtype=kind, device=values.device)
    peaks = values.abs().amax(dim=(1, 2))
    scaled = values / torch.where(peaks > 0, peaks, 1).reshape(-1, 1, 1)
    for i, plan in enumerate(plans):
        centres = torch.from_numpy(plan.centres(0, plan.frames)).to(values.device)
        now[i, :, : plan.frames, : plan.bins] = _spectra(scaled[i], centres, plan)
        before[i, :, : plan.frames, : plan.bins] = _spectra(scaled[i], centres - plan.lag, plan)
        turns[i, : plan.bins] = torch.from_numpy(plan.turn()).to(turns)
    _continue_phases(now, before, turns)
    out = values.new_zeros(count, channels, max(plan.length for plan in plans))
    for i, plan in enumerate(plans):
        out[i, :, : plan.length] = _overlapped(now[i], plan) * peaks[i]
    return out


def _window(size: int, like: Tensor) -> Tensor:
    return torch.from_numpy(hann(size).copy()).to(like)


def _spectra(wave: Tensor, centres: Tensor, plan: Plan) -> Tensor:
    """Complex (C, frames, bins): windowed spectra of a clip (C, T), silent beyond its ends."""
    place = centres[:, None] - plan.analysis // 2 + torch.arange(plan.analysis, device=wave.device)
    inside = (place >= 0) & (place < wave.shape[1])
    frames = wave[:, place.clamp(0, wave.shape[1] - 1)] * inside * _window(plan.analysis, wave)
    spectra: Tensor = torch.fft.rfft(frames)[..., : plan.bins]
    return spectra


def _continue_phases(now: Tensor, before: Tensor, turns: Tensor) -> None:
    """Turn the frames `now` (B, C, n, K), in place, to continue each other; see `vocoder`."""
    for t in range(1, now.shape[2]):
        cross = (now[:, :, t - 1] * before[:, :, t].conj()).sum(dim=1) * turns
        wide = F.pad(cross, (2, 2))
        near = wide[:, 1:-3] + wide[:, 3:-1]
        summed = 3 * cross + 2 * near + wide[:, :-4] + wide[:, 4:]
        square = summed.real.square() + summed.imag.square()
        turn = torch.where(square > SILENCE, summed * square.clamp(min=SILENCE).rsqrt(), 1)
        now[:, :, t] *= turn[:, None]


def _overlapped(spectra: Tensor, plan: Plan) -> Tensor:
    """The view (C, plan.length) of turned spectra (C, frames, bins)."""
    frames = torch.fft.irfft(spectra[:, : plan.frames, : plan.bins], n=plan.synthesis)
    frames = frames * (_window(plan.synthesis, frames) * (plan.synthesis / plan.analysis / 1.5))
    parts = frames.reshape(len(frames), plan.frames, OVERLAP, plan.hop)
    hops = frames.new_zeros(len(frames), plan.frames + OVERLAP - 1, plan.hop)
    for part in range(OVERLAP):
        hops[:, part : part + plan.frames] += parts[:, :, part]
    view: Tensor = hops.flatten(1)[:, plan.synthesis // 2 + plan.hop :][:, : plan.length]
    return view
