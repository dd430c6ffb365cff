"""Options with which the audio encoders fit the data."""

from __future__ import annotations

from typing import Any

from torch.utils.data import Dataset

from pairgen.modalities.audio.batch import ClipBatch

__all__ = ["encoder_options"]


def encoder_options(name: str, dataset: Dataset[Any], views: ClipBatch) -> dict[str, Any]:
    """Return options with which an encoder fits the data; see `pairgen.Modality.encoder_options`.

    Args:
        name: Name of the encoder.
        dataset: The items, as `read` returned them.
        views: Views as a batch that went through the recipe, which gave them their sample rate.

    Returns:
        `sample_rate` for "log-mel-cnn"; nothing for others.
    """
    if name != "log-mel-cnn" or views.sample_rate is None:
        return {}
    return {"sample_rate": views.sample_rate}
