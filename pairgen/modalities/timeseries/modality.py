"""The time-series modality: arrays, frames and files of series and their recipes."""

from __future__ import annotations

from pairgen.modality import LazyModality

__all__ = ["MODALITY"]

MODALITY = LazyModality(
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
