"""The Free Spoken Digit Dataset in memory: 3,000 recordings of ten digits by six speakers, 8 kHz."""

from __future__ import annotations

import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pairgen.modalities.audio.io.codec import CODEC

VARIABLE = "PAIRGEN_DATA"
ARCHIVE = "audio/fsdd-recordings.tar.gz"
RATE = 8000
_NAME = re.compile(r"(\d)_(\w+)_(\d+)\.wav$")


@dataclass(frozen=True)
class SpokenDigits:
    """Clips float32 (T,), digits and speakers int64 (N,), takes int64 (N,)."""

    clips: list[np.ndarray]
    digits: npt.NDArray[np.int64]
    speakers: npt.NDArray[np.int64]
    takes: npt.NDArray[np.int64]

    def where(self, keep: npt.NDArray[np.bool_]) -> SpokenDigits:
        """Those recordings at which `keep` is True."""
        chosen = np.flatnonzero(keep)
        return SpokenDigits([self.clips[i] for i in chosen], *(a[chosen] for a in self._labels()))

    def split(self, validate: bool) -> tuple[SpokenDigits, SpokenDigits]:
        """(training, test) recordings: takes 0 to 4 are the test, as its authors split it (Jakobovski et al.).

        To validate, takes 5 to 9 are the test, and takes 0 to 4 are left out.
        """
        first = 5 if validate else 0
        return self.where(self.takes >= first + 5), self.where((self.takes >= first) & (self.takes < first + 5))

    def _labels(self) -> tuple[npt.NDArray[np.int64], ...]:
        return self.digits, self.speakers, self.takes


def load_spoken_digits() -> SpokenDigits:
    """All recordings, sorted by name."""
    archive = Path(os.environ.get(VARIABLE, "")) / ARCHIVE
    if not archive.is_file():
        raise FileNotFoundError(f"the spoken digits are not at {archive}; point {VARIABLE} at the folder of the data")
    recordings = []
    with tarfile.open(archive) as packed:
        for member in packed:
            file, name = packed.extractfile(member), _NAME.search(member.name)
            if file is not None and name is not None:
                recordings.append((*name.groups(), np.asarray(CODEC.decode(file.read()).values)))
    recordings.sort(key=lambda row: row[:3])
    digits, speakers, takes, clips = zip(*recordings, strict=True)
    numbers = np.unique(speakers, return_inverse=True)[1]
    return SpokenDigits(list(clips), np.array(digits, np.int64), numbers.astype(np.int64), np.array(takes, np.int64))


def stand_in() -> SpokenDigits:
    """Ten tones by two timbres instead, to see that a benchmark runs where the recordings are not."""
    time = np.arange(RATE // 4) / RATE
    rows = [(digit, voice, take) for digit in range(10) for voice in range(2) for take in range(12)]
    clips = [
        (0.3 * np.sin(2 * np.pi * (200 + 60 * digit + take) * time) ** (1 + 2 * voice)).astype(np.float32)
        for digit, voice, take in rows
    ]
    digits, speakers, takes = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return SpokenDigits(clips, digits, speakers, takes)
