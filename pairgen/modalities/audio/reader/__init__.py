"""Read audio: a folder of files, labelled by class folders or by their names."""

from __future__ import annotations

from pairgen.modalities.audio.reader.read import read

__all__ = ["read"]
