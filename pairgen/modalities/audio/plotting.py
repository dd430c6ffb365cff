"""Plot pairs of clips: waveform and mel spectrogram of each view, and of the original."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from pairgen.modalities.audio.io.codec import AudioCodec, Layout
from pairgen.plotting._style import BLUE, style_axes
from pairgen.plotting.grid import PairGrid, describe_pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

__all__ = ["plot_pairs"]

_WIDTH, _WAVE_HEIGHT, _MEL_HEIGHT = 2.7, 0.55, 1.05  # inches
_BANDS, _FLOOR = 64, 80.0  # mel bands; decibels below the loudest that are drawn


def plot_pairs(
    pairs: Sequence[Pair],
    items: Sequence[Any] | None = None,
    *,
    sample_rate: int = 16_000,
    layout: Layout = "CT",
    title: str | None = None,
    classes: Sequence[str] | None = None,
) -> Figure:
    """Draw pairs of clips, with their originals where `items` gives them. Channels are mixed.

    Args:
        pairs: Pairs whose views are clips as the sampler returns them: dicts, arrays or tensors (T,) or (C, T).
        items: Original of each pair, in the same order: any audio item, also paths; None draws the views only.
        sample_rate: Sample rate in Hz of clips that do not carry their own.
        layout: Layout of arrays of two axes.
        title: Heading of the picture.
        classes: Name of each label; None writes the label itself.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        TypeError: A view is not a clip.
        ValueError: There are no pairs, or not one item a pair.
    """
    grid = PairGrid(
        pairs, items, cell=(_WIDTH, _WAVE_HEIGHT + _MEL_HEIGHT), title=title, left=0.6, gap=0.15, ticks=0.17
    )
    for row in grid:
        waves = [_mono(clip, sample_rate, layout) for clip in row.images]
        peak = max(float(np.abs(wave).max()) for wave, _ in waves) or 1.0
        longest = max(len(wave) / rate for wave, rate in waves)
        for k, ((wave, rate), box) in enumerate(zip(waves, row.boxes, strict=True)):
            upper, lower = box.split(_WAVE_HEIGHT)
            _draw_wave(grid.add_axes(upper, row.headings[k]), wave, rate, peak, longest)
            _draw_mel(grid.add_axes(lower), wave, rate, longest, scale=k == 0)
        grid.write_caption(row, describe_pair(row.pair, classes))
    return grid.figure


def _mono(clip: Any, sample_rate: int, layout: Layout) -> tuple[np.ndarray, int]:
    """float32 (T,) and its sample rate."""
    decoded = AudioCodec(layout=layout if not isinstance(clip, Mapping) else "CT").decode(clip)
    wave, rate = decoded.values, decoded.sample_rate
    array = np.asarray(wave.detach().cpu() if isinstance(wave, Tensor) else wave, dtype=np.float32)
    return (array if array.ndim == 1 else array.mean(axis=0)), rate or sample_rate


def _draw_wave(axes: Axes, wave: np.ndarray, rate: int, peak: float, longest: float) -> None:
    """The envelope: the lowest and highest sample of each of at most 800 stretches."""
    edges = np.unique(np.linspace(0, len(wave), 801).astype(int))[:-1]
    times = edges / rate
    low, high = np.minimum.reduceat(wave, edges), np.maximum.reduceat(wave, edges)
    axes.fill_between(times, low, high, color=BLUE, linewidth=0.6)
    axes.set_xlim(0, longest)
    axes.set_ylim(-1.05 * peak, 1.05 * peak)
    style_axes(axes, ticks=False)


def _draw_mel(axes: Axes, wave: np.ndarray, rate: int, longest: float, scale: bool) -> None:
    """Decibels below the loudest, by time and mel frequency; `scale` labels the frequencies."""
    import librosa
    from matplotlib.ticker import MaxNLocator

    size = 1 << (max(1, round(0.032 * rate)) - 1).bit_length()
    padded = np.pad(wave, (0, max(0, size - len(wave))))
    mel = librosa.feature.melspectrogram(y=padded, sr=rate, n_fft=size, hop_length=max(1, size // 4), n_mels=_BANDS)
    levels = librosa.power_to_db(mel, ref=max(float(mel.max()), 1e-10), top_db=_FLOOR)
    extent = (0.0, len(padded) / rate, 0.0, float(_BANDS))
    axes.imshow(
        levels, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-_FLOOR, vmax=0,
        interpolation="nearest",
    )  # fmt: skip
    style_axes(axes)
    axes.set_facecolor("black")
    axes.xaxis.set_major_locator(MaxNLocator(6, prune="upper"))
    ticks = [hertz for hertz in (250, 1000, 4000) if hertz < rate / 2]
    mels = librosa.mel_frequencies(n_mels=_BANDS, fmax=rate / 2)
    axes.set_yticks(np.interp(ticks, mels, np.arange(_BANDS) + 0.5))
    axes.set_yticklabels([f"{hertz / 1000:g} kHz" for hertz in ticks] if scale else [])
    axes.set_xlim(0, longest)
