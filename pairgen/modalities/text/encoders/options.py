"""Options with which a text encoder fits the data: a tokenizer of its own texts."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from torch.utils.data import Dataset

from pairgen.batch import PaddedBatch
from pairgen.modalities.text.batch import TextBatch
from pairgen.modalities.text.modality import MODALITY
from pairgen.modalities.text.tokens import train_tokenizer
from pairgen.pairs.sample import ColumnNames, parse_sample

__all__ = ["encoder_options"]

_MAX_TEXTS = 5000  # more of them change few tokens, and take seconds


def encoder_options(name: str, dataset: Dataset[Any], views: TextBatch) -> dict[str, Any]:
    """Return options with which the encoder `name` fits the data.

    An encoder that takes a tokenizer gets one that is trained on at most 5,000 of the texts, evenly spaced: the same
    texts give the same tokenizer. An encoder with a tokenizer of its own gets none, and neither does one whose views
    are token ids already.

    Args:
        name: Name of the encoder.
        dataset: The texts, or (text, label).
        views: Views of the first text, as a batch that went through the recipe.

    Returns:
        {"tokenizer": JSON text}, or an empty dict.
    """
    if isinstance(views, PaddedBatch) or "tokenizer" not in inspect.signature(MODALITY.encoders.get(name)).parameters:
        return {}
    return {"tokenizer": train_tokenizer(_sample_texts(dataset))}


def _sample_texts(dataset: Any) -> Iterator[str]:
    """Evenly spaced texts of a map-style dataset; what cannot be read or is no text is left out."""
    columns = ColumnNames(MODALITY.name)
    for index in range(0, len(dataset), max(1, -(-len(dataset) // _MAX_TEXTS))):
        try:
            text = MODALITY.decode(parse_sample(dataset[index], columns).item)
        except (ValueError, TypeError, OSError):
            continue  # the loader reports it, or raises
        if isinstance(text, str):
            yield text
