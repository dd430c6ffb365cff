"""The text modality: strings, token ids and their recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pairgen.modality import LazyModality

if TYPE_CHECKING:
    from pairgen.modalities.text.lexicon import Lexicon

__all__ = ["MODALITY", "TextModality"]


class TextModality(LazyModality):
    """The text modality, which also opens lexicons of synonyms."""

    def lexicon(self, source: Any = None, language: str = "en", **options: Any) -> Lexicon:
        """Return the synonyms of WordNet, which is fetched where there is none, or of a source of the user's own."""
        lexicon: Lexicon = self._part("lexicon.preparing", "prepare_lexicon")(source, language, **options)
        return lexicon


MODALITY = TextModality(
    "text",
    "pairgen.modalities.text",
    recipes={
        "synonyms": "recipes:synonyms",
        "eda": "recipes:eda",
        "simcse": "recipes:simcse",
        "crop": "recipes:crop",
        "eval": "recipes:evaluation",
    },
    encoders={
        "transformer": "encoders.transformer:Transformer",
        "bag": "encoders.bag:Bag",
        "huggingface": "encoders.huggingface:HuggingFace",
    },
    default_recipe="synonyms",
    default_encoder="bag",
    source_help="a .txt file (a text a line), .csv, .tsv, .jsonl or .parquet, or a folder of .txt files",
    check_spec="pairgen.testing.modalities.text:check_spec",
)
