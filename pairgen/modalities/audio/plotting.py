"""A picture of pairs: waveform and mel spectrogram of each view, and of the original."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from pairgen.modalities.audio.io.codec import AudioCodec, Layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pairgen.pairs import Pair

__all__ = ["plot_pairs"]

_INK, _FAINT, _WAVE = "#1f2430", "#7a8194", "#3b6ea8"
_WIDTH, _WAVE_HEIGHT, _MEL_HEIGHT, _GAP = 2.7, 0.55, 1.05, 0.42  # inches
_BANDS, _FLOOR = 64, 80.0  # mel bands; decibels below the loudest that are shown


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
        pairs: pairs whose views are clips as the sampler returns them: dicts, arrays or tensors (T,) or (C, T).
        items: the original of each pair, in the same order: any audio item, also paths.
        sample_rate: in Hz, of clips that do not carry their own.
        layout: of arrays of two axes.
        title: heading of the picture.
        classes: name of each label; without it, the label itself is written.

    Returns:
        A matplotlib Figure, made without pyplot: save it with `figure.savefig("pairs.png")`.

    Raises:
        ValueError: no pairs, or not one item a pair.
        TypeError: a view that is not a clip.
    """
    from matplotlib.figure import Figure

    if not pairs:
        raise ValueError("there are no pairs to draw; make some with sampler(item, index)")
    if items is not None and len(items) != len(pairs):
        raise ValueError(f"{len(pairs)} pairs but {len(items)} items; pass the original of each")
    headings = (*([] if items is None else ["original"]), "first view", "second view")
    head, row = (0.55 if title else 0.3), _WAVE_HEIGHT + _MEL_HEIGHT + _GAP
    width = 0.6 + len(headings) * (_WIDTH + 0.15)
    height = head + len(pairs) * row + 0.1
    figure = Figure(figsize=(width, height), facecolor="white")
    if title:
        figure.text(0.5 / width, 1 - 0.12 / height, title, size=11, weight="bold", color=_INK, va="top")
    for i, pair in enumerate(pairs):
        clips = [pair.first, pair.second] if items is None else [items[i], pair.first, pair.second]
        waves = [_mono(clip, sample_rate, layout) for clip in clips]
        peak = max(float(np.abs(wave).max()) for wave, _ in waves) or 1.0
        longest = max(len(wave) / rate for wave, rate in waves)
        top = height - head - i * row
        for j, (wave, rate) in enumerate(waves):
            left = 0.5 + j * (_WIDTH + 0.15)
            upper = _axes(figure, left, top - _WAVE_HEIGHT, _WAVE_HEIGHT)
            lower = _axes(figure, left, top - _WAVE_HEIGHT - _MEL_HEIGHT, _MEL_HEIGHT)
            _draw_wave(upper, wave, rate, peak, longest)
            _draw_mel(lower, wave, rate, longest, scale=j == 0)
            if i == 0:
                upper.set_title(headings[j], size=8, color=_FAINT, pad=4)
        caption = _caption(pair, classes)
        figure.text(0.5 / width, (top - row + 0.13) / height, caption, size=7, color=_FAINT, va="bottom")
    return figure


def _mono(clip: Any, sample_rate: int, layout: Layout) -> tuple[np.ndarray, int]:
    """float32 (T,) and its sample rate."""
    decoded = AudioCodec(layout=layout if not isinstance(clip, Mapping) else "CT").decode(clip)
    wave, rate = decoded.values, decoded.sample_rate
    array = np.asarray(wave.detach().cpu() if isinstance(wave, Tensor) else wave, dtype=np.float32)
    return (array if array.ndim == 1 else array.mean(axis=0)), rate or sample_rate


def _axes(figure: Figure, left: float, bottom: float, height: float) -> Axes:
    wide, high = figure.get_size_inches()
    axes = figure.add_axes((left / wide, bottom / high, _WIDTH / wide, height * 0.97 / high))
    axes.tick_params(labelsize=6, colors=_FAINT, length=2, width=0.5)
    for spine in axes.spines.values():
        spine.set_color("#d5d8e0")
        spine.set_linewidth(0.6)
    return axes


def _draw_wave(axes: Axes, wave: np.ndarray, rate: int, peak: float, longest: float) -> None:
    """The envelope: the lowest and highest sample of each of at most 800 stretches."""
    edges = np.unique(np.linspace(0, len(wave), 801).astype(int))[:-1]
    times = edges / rate
    low, high = np.minimum.reduceat(wave, edges), np.maximum.reduceat(wave, edges)
    axes.fill_between(times, low, high, color=_WAVE, linewidth=0.6)
    axes.set_xlim(0, longest)
    axes.set_ylim(-1.05 * peak, 1.05 * peak)
    axes.set_xticks([])
    axes.set_yticks([])


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
    axes.set_facecolor("black")
    axes.xaxis.set_major_locator(MaxNLocator(6, prune="upper"))
    ticks = [hertz for hertz in (250, 1000, 4000) if hertz < rate / 2]
    mels = librosa.mel_frequencies(n_mels=_BANDS, fmax=rate / 2)
    axes.set_yticks(np.interp(ticks, mels, np.arange(_BANDS) + 0.5))
    axes.set_yticklabels([f"{hertz / 1000:g} kHz" for hertz in ticks] if scale else [])
    axes.set_xlim(0, longest)


def _caption(pair: Pair, classes: Sequence[str] | None) -> str:
    if pair.label is None:
        return f"item {pair.index}"
    name = f"class {pair.label}" if classes is None else classes[int(pair.label)]
    return f"item {pair.index} · {name}"
