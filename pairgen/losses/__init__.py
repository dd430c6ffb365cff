"""Losses: exact, whatever the batch size, the tile size, the number of processes or the precision of the encoder."""

from __future__ import annotations

from pairgen.losses.info_nce import InfoNCELoss, info_nce
from pairgen.losses.margin import MarginContrastiveLoss, margin_contrastive
from pairgen.losses.nt_xent import NTXentLoss, nt_xent
from pairgen.losses.sigmoid import sigmoid_contrastive
from pairgen.losses.supcon import SupConLoss, supcon

__all__ = [
    "InfoNCELoss",
    "MarginContrastiveLoss",
    "NTXentLoss",
    "SupConLoss",
    "info_nce",
    "margin_contrastive",
    "nt_xent",
    "sigmoid_contrastive",
    "supcon",
]
