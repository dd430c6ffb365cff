"""Options of the encoders that follow from the data."""

from __future__ import annotations

from pairgen.modalities.timeseries.batch.segments import Segments

__all__ = ["encoder_options"]


def encoder_options(name: str, dataset: object, views: Segments) -> dict[str, int]:
    """Return the options with which an encoder fits the data.

    Args:
        name: Name of the encoder.
        dataset: The series, as `read` returned them.
        views: Views of one item as a batch that went through the recipe, values (B, T, C).

    Returns:
        `in_channels`, the number of channels C.
    """
    return {"in_channels": views.values.shape[2]}
