"""What the subject `graph_learning` compares, and the settings of its cases.

The protocol is that of GraphCL's unsupervised experiments (You et al. 2020, section 5.2 and the published code): learn
from all graphs without labels, embed all, then a support vector machine by 10-fold cross-validation; mean and standard
deviation over seeds. `published` is GraphCL's table 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["CASES", "DATASETS", "Case"]

DATASETS = {"MUTAG": (86.80, 1.34), "PROTEINS": (74.39, 0.45)}
"""Accuracy that GraphCL published, in percent, and its standard deviation over five seeds."""


@dataclass(frozen=True)
class Case:
    """One way to features of graphs. kind: "histogram", "untrained" or "trained"."""

    kind: str
    encoder: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 0.01
    temperature: float = 0.2


_PAPER: dict[str, Any] = {"hidden": 32, "layers": 3, "pooling": "sum", "jump": "cat"}

CASES: dict[str, Case] = {
    "label and degree histograms": Case("histogram"),
    "untrained GIN": Case("untrained", _PAPER),
    "pairgen, GraphCL": Case("trained", _PAPER, {"recipe": "graphcl", "ratio": 0.2}),
}
