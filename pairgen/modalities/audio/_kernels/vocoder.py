"""Pitch and tempo of one clip on the CPU: a phase vocoder that keeps neighbouring frequencies in step.

Each frame of the view is a frame of the clip at the same place, with its phases turned so that they continue those of
the frame before: by the phase of Y[t - 1] * conj(B[t]), where Y is the view's spectrum and B the clip's one hop (of the
view, in the clip's time) before the frame (Flanagan and Golden 1966). That product is large where the sound is, and it
is summed over five neighbouring frequencies before its phase is taken, so that quiet ones follow the loud one beside
them: a soft form of phase locking (Puckette 1995; Laroche and Dolson 1999) that takes no peaks and no decisions. No
angle is ever computed. Pitch changes because the spectrum is read back in a frame of another size, which resamples it
without aliasing, for any ratio and at no cost.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from pairgen.modalities.audio._kernels.vocoder_numba import add_frames, continue_phases, take_frames
from pairgen.modalities.audio._kernels.vocoder_plan import OVERLAP, SILENCE, Plan, hann

__all__ = ["vocode"]

_BLOCK = 128  # frames at a time: they stay in the cache, and an hour takes no more memory than a minute


def vocode(wave: np.ndarray, plan: Plan) -> np.ndarray:
    """The view (C, plan.length) of a clip (C, T), float32 or float64. Channels are turned alike: they stay in step."""
    kind = wave.dtype.type
    peak = float(np.abs(wave).max())
    out = np.zeros((len(wave), (plan.frames + OVERLAP - 1) * plan.hop), dtype=wave.dtype)
    if peak == 0:
        return out[:, : plan.length]
    towards = (hann(plan.analysis) / peak).astype(kind)
    back = (hann(plan.synthesis) * (peak * plan.synthesis / plan.analysis / 1.5)).astype(kind)
    turn = np.stack((plan.turn().real, plan.turn().imag)).astype(kind)
    last = np.zeros((len(wave), 0, 2 * plan.bins), dtype=kind)
    for first in range(0, plan.frames, _BLOCK):
        centres = plan.centres(first, min(first + _BLOCK, plan.frames))
        now = _spectra(wave, centres, towards, plan.bins)
        continue_phases(now, _spectra(wave, centres - plan.lag, towards, plan.bins), last, turn, kind(SILENCE))
        last = now[:, -1:].copy()
        frames = scipy.fft.irfft(now.view(np.result_type(kind, np.complex64)), n=plan.synthesis, axis=-1)
        add_frames(out, frames, back, first * plan.hop, plan.hop)
    return out[:, plan.synthesis // 2 + plan.hop :][:, : plan.length]


def _spectra(wave: np.ndarray, centres: np.ndarray, window: np.ndarray, bins: int) -> np.ndarray:
    """Floats (C, frames, 2 * bins), real and imaginary parts by turns: spectra of the clip, silent beyond its ends."""
    frames = np.empty((len(wave), len(centres), len(window)), dtype=wave.dtype)
    take_frames(frames, wave, centres - len(window) // 2, window)
    spectra = scipy.fft.rfft(frames, axis=-1, overwrite_x=True)
    made: np.ndarray = np.ascontiguousarray(spectra[..., :bins]).view(wave.dtype)
    return made
