"""The command line: `pairgen demo | modalities | train | embed | probe | anomalies | check | lexicon`."""

from __future__ import annotations

from pairgen.cli.app import app, main

__all__ = ["app", "main"]
