"""The audio modality, as `pairgen.modality("audio")` returns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pairgen.augmentation import Augmentation
from pairgen.plugin import Modality, Recipe
from pairgen.registry import Registry
from pairgen.specimens import Specimens

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import nn

    from pairgen.sequences import Padded

__all__ = ["AudioModality", "modality"]


class AudioModality(Modality):
    """Sound: arrays and tensors (T,) or (C, T), Hugging Face's dicts, files. See `items` for the forms.

    The rooms are imported when they are used, so that the modality can be listed without librosa or soundfile.
    """

    name = "audio"

    @property
    def augmentations(self) -> Mapping[str, type[Augmentation]]:
        """The audio augmentations by class name."""
        from pairgen.modalities.audio import augmentations as room

        classes = {name: getattr(room, name) for name in room.__all__ if name != "AudioAugmentation"}
        return MappingProxyType(classes)

    @property
    def recipes(self) -> Registry[Callable[..., Recipe]]:
        """`slides`, `clmr`, `speech`, `spectrogram`, `cpc`, `none`."""
        from pairgen.modalities.audio.recipes import RECIPES

        return RECIPES

    @property
    def encoders(self) -> Registry[Callable[..., nn.Module]]:
        """`log-mel-cnn` and `cpc-wave`."""
        from pairgen.modalities.audio.encoders import ENCODERS

        return ENCODERS

    def open(self, item: Any) -> Any:
        """An array or tensor (T,) or (C, T) at the item's own sample rate; recipes open at theirs."""
        from pairgen.modalities.audio.items import open_audio

        return open_audio(item)

    def close(self, view: Any, item: Any) -> Any:
        """The view in the item's type; a dict for paths and bytes."""
        from pairgen.modalities.audio.items import close_audio

        return close_audio(view, item)

    def collate(self, views: Sequence[Any]) -> Padded:
        """`Padded` of (B, C, T), whatever the lengths."""
        from pairgen.modalities.audio.collation import collate

        return collate(views)

    def check_batch(self, batch: Any) -> Padded:
        """`Padded` of (B, C, T), of a `Padded`, a tensor or an array."""
        from pairgen.modalities.audio.collation import check_batch

        return check_batch(batch)

    def read(self, source: Any, **options: Any) -> Any:
        """A dataset of a folder of audio files, labelled by class folders or by a pattern of their names."""
        from pairgen.modalities.audio.reader import read

        return read(source, **options)

    def draw(self, pairs: Sequence[Any], **options: Any) -> Figure:
        """Waveform and mel spectrogram of both views."""
        from pairgen.modalities.audio.drawing import draw_pairs

        return draw_pairs(pairs, **options)

    @property
    def specimens(self) -> Specimens:
        """Clips of every kind for the testing kit; needs hypothesis."""
        from pairgen.modalities.audio.specimens import specimens

        return specimens()


modality = AudioModality()
