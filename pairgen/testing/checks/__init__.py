"""The checks, by subject. Importing this package registers them."""

from __future__ import annotations

from pairgen.testing.checks import batches, elsewhere, errors, form, memory, purity, randomness, samplers, strength

__all__ = ["batches", "elsewhere", "errors", "form", "memory", "purity", "randomness", "samplers", "strength"]
