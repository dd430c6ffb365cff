"""Kernels that convolve: filters without phase, and impulse responses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.fft
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from pairgen.modalities.audio.batch import ClipBatch

__all__ = ["band_stop", "convolve", "filter_kernels", "high_pass", "low_pass"]

_fast_length: Any = scipy.fft.next_fast_len  # untyped
_STEP = 256
"""Sizes of transforms are found for multiples of it, as SciPy and its FFT remember what they did for each size."""
_REACH = 0.016  # seconds to either side that a filter looks: slopes of about 100 Hz


def low_pass(batch: ClipBatch, cutoffs: ArrayLike, sample_rate: int) -> ClipBatch:
    """Each clip without what lies above its cutoff, (B,) in Hz; half the amplitude is left there."""
    return _filter(batch, filter_kernels(cutoffs, sample_rate))


def high_pass(batch: ClipBatch, cutoffs: ArrayLike, sample_rate: int) -> ClipBatch:
    """Each clip without what lies below its cutoff, (B,) in Hz; half the amplitude is left there."""
    return _filter(batch, _impulse(sample_rate) - filter_kernels(cutoffs, sample_rate))


def band_stop(batch: ClipBatch, low: ArrayLike, high: ArrayLike, sample_rate: int) -> ClipBatch:
    """Each clip without what lies between two frequencies, both (B,) in Hz."""
    between = filter_kernels(high, sample_rate) - filter_kernels(low, sample_rate)
    return _filter(batch, _impulse(sample_rate) - between)


def filter_kernels(cutoffs: ArrayLike, sample_rate: int) -> np.ndarray:
    """float64 (B, taps): low-pass filters, a sinc in a Hann window, linear in phase, 1 at 0 Hz; cutoffs (B,) in Hz.

    A cutoff of half the sample rate or more lets everything pass, one of 0 nothing.
    """
    relative = np.minimum(np.asarray(cutoffs, dtype=np.float64) / sample_rate, 0.5)[:, None]
    reach = _reach(sample_rate)
    taps = np.arange(-reach, reach + 1)
    kernels = 2 * relative * np.sinc(2 * relative * taps) * (0.5 + 0.5 * np.cos(np.pi * taps / (reach + 1)))
    total = kernels.sum(axis=1, keepdims=True)
    scaled: np.ndarray = np.divide(kernels, total, out=np.zeros_like(kernels), where=relative > 0)
    return np.where(relative >= 0.5, _impulse(sample_rate), scaled)


def convolve(batch: ClipBatch, kernels: Tensor, delay: int) -> ClipBatch:
    """Each clip, silent around, convolved with its kernel (B, taps) and moved `delay` samples earlier; lengths kept."""
    values = batch.values
    if len(values) == 0:
        return batch  # the FFT of torch takes no empty batch
    taps, kernels = kernels.shape[-1], kernels.to(values)[:, None]
    sizes = _transform_sizes(batch, taps)
    if len(set(sizes)) == 1 and sizes[0] >= values.shape[-1] + taps - 1:
        product = _multiply_spectra(values, kernels, sizes[0])[..., delay : delay + values.shape[-1]]
    else:
        product = torch.zeros_like(values)
        for size in set(sizes):
            rows = [i for i, own in enumerate(sizes) if own == size]
            length = min(size - taps + 1, values.shape[-1])
            part = _multiply_spectra(values[rows, :, :length], kernels[rows], size)
            product[rows, :, :length] = part[..., delay : delay + length]
    return replace(batch, values=torch.where(batch.mask()[:, None], product, 0))


def _transform_sizes(batch: ClipBatch, taps: int) -> list[int]:
    """The size of each clip's transform: on the CPU by its own length, so that padding leaves the last bits alone."""
    longest = batch.values.shape[-1]
    lengths = batch.lengths.tolist() if batch.values.device.type == "cpu" else [longest] * len(batch.values)
    return [_fast_length(-(-(length + taps - 1) // _STEP) * _STEP, real=True) for length in lengths]


def _multiply_spectra(values: Tensor, kernels: Tensor, size: int) -> Tensor:
    """The circular convolution of that size. On a CPU by SciPy: torch's last bits there vary with its threads."""
    product: Tensor
    if values.device.type != "cpu" or values.requires_grad:
        product = torch.fft.irfft(torch.fft.rfft(values, n=size) * torch.fft.rfft(kernels, n=size), n=size)
        return product
    spectra: Any = scipy.fft.rfft(values.numpy(), n=size) * scipy.fft.rfft(kernels.numpy(), n=size)
    product = torch.from_numpy(scipy.fft.irfft(spectra, n=size))
    return product


def _reach(sample_rate: int) -> int:
    return max(1, round(_REACH * sample_rate))


def _impulse(sample_rate: int) -> np.ndarray:
    impulse = np.zeros(2 * _reach(sample_rate) + 1)
    impulse[len(impulse) // 2] = 1
    return impulse


def _filter(batch: ClipBatch, kernels: np.ndarray) -> ClipBatch:
    return convolve(batch, torch.from_numpy(kernels), kernels.shape[1] // 2)
