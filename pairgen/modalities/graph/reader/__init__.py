"""One reader for a user's graphs: files, folders, and datasets or sequences in memory."""

from __future__ import annotations

from pairgen.modalities.graph.reader.read import read

__all__ = ["read"]
