"""Evaluation: features of a data set, and what they hold."""

from __future__ import annotations

from pairgen.evaluation.anomaly import AnomalyDetector, score_per_step
from pairgen.evaluation.features import Embeddings, embed, evaluation_sampler
from pairgen.evaluation.geometry import alignment, uniformity
from pairgen.evaluation.probes import ProbeResult, knn_probe, linear_probe

__all__ = [
    "AnomalyDetector",
    "Embeddings",
    "ProbeResult",
    "alignment",
    "embed",
    "evaluation_sampler",
    "knn_probe",
    "linear_probe",
    "score_per_step",
    "uniformity",
]
