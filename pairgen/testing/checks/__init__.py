"""The checks, by subject. Importing this package registers them."""

from __future__ import annotations

from pairgen.testing.checks import batches, errors, execution, magnitude, memory, purity, randomness, samplers, types

__all__ = ["batches", "errors", "execution", "magnitude", "memory", "purity", "randomness", "samplers", "types"]
