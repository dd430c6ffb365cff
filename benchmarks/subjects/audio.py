"""Subject `audio`: what it costs to make pairs of clips on one thread, and how good a pitch shift is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks.data.spoken_digits import RATE, load_spoken_digits, stand_in
from benchmarks.harness.optional import installed
from benchmarks.harness.rates import Case, Group, RateSubject, Work
from benchmarks.harness.subject import Journal, Result, Table
from benchmarks.measures.audio_quality import INVERTED, cents_table, distances, memory_after
from benchmarks.peers import audio as peers
from pairgen.pairs import PairSampler

CLIP_RATE, CLIP_SECONDS = 16_000, 4


class AudioSubject(RateSubject):
    """The subject that the module describes."""

    name = "audio"
    title = "Audio: pairs a second on one thread, and the quality of the pitch shift"
    threads = 1
    peers = ("audiomentations", "python_stretch", "librosa")
    distributions = (
        *("audiomentations", "python-stretch", "librosa", "torch-audiomentations", "torchaudio"),
        *("torch", "numpy", "scipy", "numba", "soxr"),
    )

    def groups(self, quick: bool) -> Sequence[Group]:
        """Clip by clip, in batches, and over the length of a clip."""
        count, batch, lengths = (1, 2, (1, 2)) if quick else (4, 32, (1, 4, 16, 64))
        return [_clips(count), _batches(batch), _lengths(lengths)]

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """The rates, then pitch, then shift and inverse, then memory."""
        figures = super().run(options, journal)
        figures["cents"] = cents_table(options.quick)
        journal.save(figures)
        clips = _test_clips(options.quick)
        figures["distances"] = {"clips": len(clips), "by": distances(clips, RATE, options.quick)}
        journal.save(figures)
        calls = (10, 20) if options.quick else (1000, 10_000)
        figures["memory"] = {"calls": list(calls), "mebibytes": memory_after(calls)}
        return figures

    def tables(self, result: Result) -> list[Table]:
        """The rates, and three tables more."""
        return [*super().tables(result), _cents(result), _distances(result), _memory(result)]


def _noise(count: int, seconds: float) -> np.ndarray:
    """float32 (count, T): speech-like noise, a slow envelope over noise."""
    rng = np.random.default_rng(0)
    samples = round(seconds * CLIP_RATE)
    envelope = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * np.arange(samples) / CLIP_RATE)
    noise: np.ndarray = (0.1 * rng.normal(size=(count, samples)) * envelope).astype(np.float32)
    return noise


def _clips(count: int) -> Group:
    clips = list(_noise(count, CLIP_SECONDS))

    def pairgen_work() -> Work:
        sampler = PairSampler("audio", "time-pitch", sample_rate=CLIP_RATE)
        elements = iter(range(10**9))
        return lambda: sampler.collate_items([(next(elements), clip) for clip in clips])

    def peer(make: Callable[[], peers.View]) -> Callable[[], Work]:
        def setup() -> Work:
            view = make()
            return lambda: [np.stack([view(clip) for clip in clips]) for _ in range(2)]

        return setup

    def audiomentations(method: str) -> Callable[[], Work]:
        return peer(lambda: peers.audiomentations_view(CLIP_RATE, method))

    return Group(
        f"Clips of {CLIP_SECONDS} s at 16 kHz, recipe `time-pitch`, two views",
        "pairs",
        (
            Case("pairgen time-pitch", "pairgen", pairgen_work, count),
            Case("signalsmith", "audiomentations", audiomentations("signalsmith_stretch"), count),
            Case("librosa", "audiomentations", audiomentations("librosa_phase_vocoder"), count),
            Case("np.roll and librosa", "librosa", peer(lambda: peers.librosa_view(CLIP_RATE)), count),
        ),
        "One clip after the other: a roll by up to 0.1 s and a pitch shift by up to 2 semitones, then a batch.",
    )


def _batches(count: int) -> Group:
    batch = torch.from_numpy(_noise(count, CLIP_SECONDS))[:, None]

    def pairgen_work() -> Work:
        sampler = PairSampler("audio", "time-pitch", sample_rate=CLIP_RATE)
        epochs = iter(range(10**9))
        return lambda: sampler.augment(batch, np.arange(count), next(epochs))

    def peer_work() -> Work:
        view = peers.torch_audiomentations_view(CLIP_RATE)
        return lambda: [view(batch) for _ in range(2)]

    own = Case("sampler.augment", "pairgen", pairgen_work, count)
    # It needs torchaudio, which pip does not install beside every torch: see CONTRIBUTING.md.
    available = installed("torch_audiomentations", "torchaudio")
    peer = [Case("batched", "torch-audiomentations", peer_work, count)] if available else []
    return Group(
        f"The same in batches of {count}",
        "pairs",
        (own, *peer),
        "A tensor (B, 1, T) becomes two, each clip with shifts of its own.",
    )


def _lengths(lengths: Sequence[int]) -> Group:
    def work(seconds: int) -> Callable[[], Work]:
        def setup() -> Work:
            sampler = PairSampler("audio", "time-pitch", sample_rate=CLIP_RATE)
            clip = _noise(1, seconds)[0]
            keys = iter(range(10**9))
            return lambda: sampler(clip, next(keys))

        return setup

    return Group(
        "Seconds of sound, by the length of a clip",
        "seconds",
        tuple(Case(f"{seconds} s", "pairgen", work(seconds), seconds) for seconds in lengths),
        "Seconds of clips that become pairs in a second, recipe `time-pitch`: constant where the cost is linear.",
    )


def _test_clips(quick: bool) -> list[np.ndarray]:
    """The official test recordings, every third."""
    try:
        data = load_spoken_digits()
    except FileNotFoundError:
        if not quick:
            raise
        data = stand_in()
    clips = data.where(data.takes < 5).clips
    return clips[:2] if quick else clips[::3]


def _cents(result: Result) -> Table:
    rows = tuple(
        (name, f"{row['cents']:.2f}", f"{row['mean cents']:.2f}", str(row["samples"]), f"{row['out of band']:.0f}")
        for name, row in result["cents"].items()
    )
    return Table(
        "Pitch of harmonic tones, 80 to 800 Hz, shifted by -12 to 12 semitones",
        ("library", "largest error, cents", "mean error, cents", "change of length, samples", "out of band, dB"),
        rows,
        "Out of band: what is left of a tone of 7 kHz, sampled at 16 kHz, that moves up by 5 semitones, beyond the "
        "band; nothing should be.",
    )


def _distances(result: Result) -> Table:
    by: dict[str, Any] = result["distances"]["by"]
    count = len(next(iter(by.values())))
    shifts = INVERTED if count == len(INVERTED) else INVERTED[::5]
    rows = tuple((name, *(f"{v:.2f}" for v in row), f"{np.mean(row):.2f}") for name, row in by.items())
    return Table(
        "Log-spectral distance of a shift and its inverse, dB",
        ("library", *(f"{s:+g}" for s in shifts), "mean"),
        rows,
        f"{result['distances']['clips']} spoken digits of the test split, 8 kHz; windows of 32 ms, levels down to "
        "60 dB below the loudest. Shifted up first, what leaves the band is lost to everyone.",
    )


def _memory(result: Result) -> Table:
    memory = result["memory"]
    return Table(
        "Memory of the process",
        tuple(f"after {calls:,} pairs" for calls in memory["calls"]),
        (tuple(f"{mebibytes:.0f} MiB" for mebibytes in memory["mebibytes"]),),
        "Each pair with other shifts, so other windows and ratios.",
    )


SUBJECT = AudioSubject()
