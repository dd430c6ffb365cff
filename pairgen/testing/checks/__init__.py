"""The checks, by the guarantee that they check. Importing this package registers them."""

from __future__ import annotations

from pairgen.testing.checks import batches, errors, execution, magnitude, purity, randomness, samplers, types

__all__ = ["batches", "errors", "execution", "magnitude", "purity", "randomness", "samplers", "types"]
