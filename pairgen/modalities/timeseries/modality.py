"""The time-series modality: arrays, frames and files of series and their recipes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pairgen.modality import LazyModality

__all__ = ["MODALITY"]


class TimeSeriesModality(LazyModality[Any, Any, Any]):
    """The time-series modality, whose items come in units of any scale."""

    def recipe_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return `normalize=True`, each series by itself, unless the user says how series are scaled."""
        return {} if {"normalize", "mean", "std"} & set(given) else {"normalize": True}


MODALITY = TimeSeriesModality(
    "timeseries",
    "pairgen.modalities.timeseries",
    recipes={
        "ts2vec": "recipes:ts2vec",
        "ts-tcc": "recipes:ts_tcc",
        "jitter-scale": "recipes:jitter_scale",
        "eval": "recipes:evaluation",
    },
    encoders={"dilated-cnn": "encoders.dilated_cnn:DilatedCNN", "lstm": "encoders.lstm:LSTM"},
    default_recipe="jitter-scale",
    default_encoder="dilated-cnn",
    source_help="a .ts, .tsf, .arff, .csv, .parquet, .npy or .npz file, or a folder of such (its folders: classes)",
    check_spec="pairgen.testing.modalities.timeseries:check_spec",
)
