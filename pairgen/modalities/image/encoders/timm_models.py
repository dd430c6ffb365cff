"""Any model of timm as an encoder."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, cast

from torch import nn

from pairgen.modalities.image.encoders.base import ImageEncoder, check_options, load_weights
from pairgen.registry import UnknownNameError

__all__ = ["timm_encoder"]


def timm_encoder(
    name: str,
    *,
    in_channels: int = 3,
    image_size: int | None = None,
    weights: str | Path | None = None,
    **options: Any,
) -> ImageEncoder:
    """Timm's model `name` without its classifier, initialised at random.

    in_channels: C. image_size: for models whose weights depend on it (transformers); others ignore it.
    weights: path of a state dict to start from, without the classifier. options: passed on to `timm.create_model`.

    ImportError if timm is not installed, UnknownNameError if it has no model of that name.
    """
    try:
        import timm
    except ImportError as error:
        raise ImportError(f'the encoder "timm/{name}" needs timm; install it: pip install "pairgen[timm]"') from error

    check_options(in_channels, image_size or 1)
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "; timm.list_models() lists them"
        raise UnknownNameError(f"timm has no model called {name!r}{hint}")
    network = _create(timm, name, image_size, {"in_chans": in_channels, **options})
    load_weights(network, weights)
    # Some models widen their features once more before the classifier.
    width = getattr(network, "head_hidden_size", None) or network.num_features
    return ImageEncoder(network, in_channels=in_channels, out_features=int(width))  # type: ignore[arg-type]


def _create(timm: Any, name: str, image_size: int | None, options: dict[str, Any]) -> nn.Module:
    settings = {"pretrained": False, "num_classes": 0, **options}
    if image_size is not None:
        try:
            return cast(nn.Module, timm.create_model(name, img_size=image_size, **settings))
        except TypeError as error:
            # Convolutional networks take any size and have no such option.
            if "img_size" not in str(error):
                raise
    return cast(nn.Module, timm.create_model(name, **settings))
