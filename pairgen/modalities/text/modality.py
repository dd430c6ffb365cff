"""The text modality: strings, token ids and their recipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pairgen.modality import LazyModality

if TYPE_CHECKING:
    from pairgen.modalities.text.batch import TextBatch
    from pairgen.modalities.text.io.codec import DecodedText, TextItem
    from pairgen.modalities.text.lexicon.lexicon import Lexicon, LexiconSource

    _Base = LazyModality[TextItem, DecodedText, TextBatch]
else:
    _Base = LazyModality  # the types are not imported at run time

__all__ = ["MODALITY", "TextModality"]


class TextModality(_Base):
    """The text modality, which also compiles lexicons of synonyms."""

    def lexicon(
        self,
        source: LexiconSource | None = None,
        language: str = "en",
        *,
        again: bool = False,
        say: Callable[[str], None] = lambda text: None,
    ) -> Lexicon:
        """Return the lexicon of a source; WordNet is downloaded where there is none.

        Args:
            source: As `open_lexicon` takes it; None for WordNet.
            language: "en", or any code with a source of your own.
            again: Compile WordNet anew.
            say: Called with each step, as text.

        Raises:
            LexiconNotFoundError: WordNet cannot be downloaded. It is a ValueError.
        """
        lexicon: Lexicon = self._part("lexicon.download", "prepare_lexicon")(source, language, again=again, say=say)
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
