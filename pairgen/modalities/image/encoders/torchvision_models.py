"""Any classifier of torchvision as an encoder."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from torch import nn

from pairgen.modalities.image.encoders.base import ImageEncoder, check_options, load_weights, with_in_channels
from pairgen.registry import UnknownNameError

__all__ = ["torchvision_encoder"]


def torchvision_encoder(
    name: str,
    *,
    in_channels: int = 3,
    image_size: int = 224,
    weights: str | Path | None = None,
    **options: Any,
) -> ImageEncoder:
    """Torchvision's model `name` without its last layer, initialised at random.

    in_channels: C; other than 3, the first convolution is made anew. image_size: for the vision transformers, whose
    position embedding depends on it. weights: path of a state dict to start from, with or without the last layer.
    options: passed on to torchvision's builder.

    UnknownNameError if torchvision has no classifier of that name.
    """
    import torchvision

    models: Any = torchvision.models
    check_options(in_channels, image_size)
    names = models.list_models(module=models)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "; torchvision.models.list_models() lists them"
        raise UnknownNameError(f"torchvision has no classifier called {name!r}{hint}")
    if name.startswith("vit_"):
        options.setdefault("image_size", image_size)
    if name in ("googlenet", "inception_v3"):
        # Their auxiliary heads make them return tuples in training.
        options = {"aux_logits": False, "init_weights": True, **options}
    network = models.get_model(name, weights=None, **options)
    with_in_channels(network, in_channels)
    head, out_features = _behead(network)
    load_weights(network, weights, ignore=head)
    return ImageEncoder(network, in_channels=in_channels, out_features=out_features)


def _behead(network: nn.Module) -> tuple[str, int]:
    """Put nothing in the place of the last layer; its name and the number of features that it took."""
    layers = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    name, layer = layers[-1]
    network.set_submodule(name, nn.Identity())
    return name, layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels
