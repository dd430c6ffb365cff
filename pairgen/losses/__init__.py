"""Losses: exact, whatever the batch size, the tile size or the precision of the encoder."""

from __future__ import annotations

from pairgen.losses.nt_xent import NTXentLoss, nt_xent

__all__ = ["NTXentLoss", "nt_xent"]
