"""The text modality, as `pairgen.modality("text")` returns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pairgen.augmentation import Augmentation
from pairgen.modalities.text.items import close_text, open_text
from pairgen.plugin import Modality, Recipe
from pairgen.registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn

    from pairgen.modalities.text.lexicon import Lexicon
    from pairgen.specimens import Specimens

__all__ = ["TextModality", "modality"]


class TextModality(Modality):
    """Texts: `str`, UTF-8 bytes, and token ids. See `items` for the forms.

    A batch is a list of `str`, or token ids as `Padded` (B, L). The other rooms are imported when they are used.
    """

    name = "text"

    @property
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        """The text augmentations by class name."""
        from pairgen.modalities.text import augmentations as room

        classes = {name: getattr(room, name) for name in room.__all__ if name not in ("TextAugmentation", "TokenTable")}
        return MappingProxyType(classes)

    @property
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        """`slides`, `eda`, `simcse`, `crop`, `none`."""
        from pairgen.modalities.text.recipes import RECIPES

        return RECIPES

    @property
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        """`transformer`, `bag`, and `huggingface` for a model directory."""
        from pairgen.modalities.text.encoders import ENCODERS

        return ENCODERS

    def open(self, item: Any) -> Any:
        """A `str`, or token ids. Errors name the item and the remedy."""
        return open_text(item)

    def close(self, view: Any, item: Any) -> Any:
        """The view in the item's type."""
        return close_text(view, item)

    def collate(self, views: Sequence[Any]) -> Any:
        """A list of `str`, or `Padded` token ids (B, L)."""
        from pairgen.modalities.text.collation import collate

        return collate(views)

    def check_batch(self, batch: Any) -> Any:
        """A list of `str`, or `Padded` token ids, of whatever holds them."""
        from pairgen.modalities.text.collation import check_batch

        return check_batch(batch)

    def read(self, source: Any, **options: Any) -> Any:
        """A dataset of lines of text, CSV, JSON lines, Parquet, a folder of text files, or Hugging Face columns."""
        from pairgen.modalities.text.reader import read

        return read(source, **options)

    def draw(self, pairs: Sequence[Any], **options: Any) -> Figure:
        """The two views of each pair, with the words marked in which they differ."""
        from pairgen.modalities.text.drawing import draw_pairs

        return draw_pairs(pairs, **options)

    def lexicon(self, source: Any = None, language: str = "en", **options: Any) -> Lexicon:
        """The synonyms of WordNet, which is fetched where there is none, or of a source of the user's own."""
        from pairgen.modalities.text.lexicon.preparing import prepare_lexicon

        return prepare_lexicon(source, language, **options)

    @property
    def specimens(self) -> Specimens:
        """Strings of many scripts and token ids."""
        from pairgen.modalities.text.specimens import specimens

        return specimens()


modality = TextModality()
