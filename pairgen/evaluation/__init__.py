"""Evaluation: features of a data set, and what they hold."""

from __future__ import annotations

from pairgen.evaluation.anomaly import AnomalyDetector, score_per_step
from pairgen.evaluation.features import Embeddings, embed, evaluation_sampler
from pairgen.evaluation.geometry import alignment, uniformity
from pairgen.evaluation.probes import ProbeResult, knn_probe, linear_probe
from pairgen.evaluation.retrieval import RetrievalResult, RetrievalScores, retrieval
from pairgen.evaluation.zero_shot import ZeroShotResult, zero_shot

__all__ = [
    "AnomalyDetector",
    "Embeddings",
    "ProbeResult",
    "RetrievalResult",
    "RetrievalScores",
    "ZeroShotResult",
    "alignment",
    "embed",
    "evaluation_sampler",
    "knn_probe",
    "linear_probe",
    "retrieval",
    "score_per_step",
    "uniformity",
    "zero_shot",
]
