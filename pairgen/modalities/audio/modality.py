"""The audio modality: waveforms, audio files and their recipes."""

from __future__ import annotations

from pairgen.modality import LazyModality

__all__ = ["MODALITY"]

MODALITY = LazyModality(
    "audio",
    "pairgen.modalities.audio",
    recipes={
        "time-pitch": "recipes:time_pitch",
        "clmr": "recipes:clmr",
        "speech": "recipes:speech",
        "spectrogram": "recipes:spectrogram",
        "cpc": "recipes:cpc",
        "eval": "recipes:evaluation",
    },
    encoders={"log-mel-cnn": "encoders.log_mel_cnn:LogMelCNN", "cpc-wave": "encoders.cpc_wave:CPCWave"},
    default_recipe="time-pitch",
    default_encoder="log-mel-cnn",
    source_help="a folder of audio files (its folders are the classes), or one audio file",
    check_spec="pairgen.testing.modalities.audio:check_spec",
)
