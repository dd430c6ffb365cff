"""Models of other libraries as encoders: classifiers of torchvision and models of timm."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from pairgen.modalities.image.encoders.base import ImageEncoder, check_options, load_weights, with_in_channels
from pairgen.registry import UnknownNameError

__all__ = ["timm_encoder", "torchvision_encoder"]


_LOADING = (
    "pretrained",
    "pretrained_cfg",
    "pretrained_cfg_overlay",
    "checkpoint_path",
    "cache_dir",
    "weights_backbone",
)
"""Options of the libraries that read or fetch weights."""

_Family = TypeVar("_Family", bound=Callable[..., ImageEncoder])


def _safe_options(*names: str) -> Callable[[_Family], _Family]:
    """Name the options beside its own that a family takes from a run's config.json: those that only shape a model."""

    def name_options(family: _Family) -> _Family:
        vars(family)["safe_options"] = frozenset(names)
        return family

    return name_options


def _refuse_loading(library: str, options: Mapping[str, object]) -> None:
    refused = [name for name in _LOADING if options.get(name)]
    if refused:
        raise ValueError(
            f"{refused[0]}={options[refused[0]]!r} makes {library} read or fetch weights, which an encoder never does; "
            "save them as a state dict and pass its path: weights=..."
        )


@_safe_options(
    "aux_logits",
    "init_weights",
    "transform_input",
    "dropout",
    "attention_dropout",
    "stochastic_depth_prob",
    "zero_init_residual",
    "groups",
    "width_per_group",
    "width_mult",
    "drop_rate",
    "memory_efficient",
    "num_classes",
)
def torchvision_encoder(
    name: str,
    *,
    in_channels: int = 3,
    image_size: int = 224,
    weights: str | Path | None = None,
    **options: object,
) -> ImageEncoder:
    """Build torchvision's model `name` without its last layer, initialized at random.

    Args:
        name: Name of a classifier, as `torchvision.models.list_models` gives it.
        in_channels: Number of channels C of the images; other than 3, the first convolution is made anew.
        image_size: Side of the images in pixels, for vision transformers, whose position embedding depends on it.
        weights: Path of a state dict to start from, with or without the last layer; None initializes at random.
        options: Passed on to torchvision's builder.

    Returns:
        An encoder: (B, in_channels, H, W) -> (B, out_features).

    Raises:
        UnknownNameError: torchvision has no classifier of that name.
        ValueError: An option below 1, or weights that do not fit.
        FileNotFoundError: There is no file of weights.
    """
    import torchvision

    _refuse_loading("torchvision", options)
    models: Any = torchvision.models
    in_channels, image_size = check_options(in_channels, image_size)
    names = models.list_models(module=models)
    if name not in names:
        raise _unknown("torchvision has no classifier", name, names, "torchvision.models.list_models()")
    if name.startswith("vit_"):
        options.setdefault("image_size", image_size)
    if name in ("googlenet", "inception_v3"):
        # Their auxiliary heads make them return tuples in training.
        options = {"aux_logits": False, "init_weights": True, **options}
    network: nn.Module = models.get_model(name, weights=None, **options)
    with_in_channels(network, in_channels)
    head, out_features = _remove_head(network)
    load_weights(network, weights, ignore=head)
    return ImageEncoder(network, in_channels=in_channels, out_features=out_features)


def _remove_head(network: nn.Module) -> tuple[str, int]:
    """Replace the last layer by the identity; return its name and the number of features that it took."""
    layers = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    name, layer = layers[-1]
    network.set_submodule(name, nn.Identity())
    return name, layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels


@_safe_options(
    "drop_rate",
    "drop_path_rate",
    "attn_drop_rate",
    "proj_drop_rate",
    "pos_drop_rate",
    "patch_drop_rate",
    "drop_block_rate",
    "global_pool",
    "patch_size",
    "embed_dim",
    "embed_dims",
    "depth",
    "depths",
    "dims",
    "num_heads",
    "mlp_ratio",
    "qkv_bias",
    "init_values",
    "class_token",
    "reg_tokens",
    "window_size",
    "act_layer",
    "norm_layer",
    "output_stride",
    "stem_width",
    "stem_type",
    "base_width",
    "cardinality",
    "width",
    "channel_multiplier",
    "depth_multiplier",
    "strict_img_size",
    "dynamic_img_size",
    "dynamic_img_pad",
    "layers",
    "channels",
    "fc_norm",
    "final_norm",
    "ls_init_value",
)
def timm_encoder(
    name: str,
    *,
    in_channels: int = 3,
    image_size: int | None = None,
    weights: str | Path | None = None,
    **options: object,
) -> ImageEncoder:
    """Build timm's model `name` without its classifier, initialized at random.

    Args:
        name: Name of a model, as `timm.list_models` gives it.
        in_channels: Number of channels C of the images.
        image_size: Side of the images in pixels, for models whose weights depend on it (transformers); others ignore
            it. None takes the model's default.
        weights: Path of a state dict to start from, without the classifier; None initializes at random.
        options: Passed on to `timm.create_model`.

    Returns:
        An encoder: (B, in_channels, H, W) -> (B, out_features).

    Raises:
        ImportError: timm is not installed.
        UnknownNameError: timm has no model of that name.
        ValueError: An option below 1, or weights that do not fit.
        FileNotFoundError: There is no file of weights.
    """
    try:
        import timm
    except ImportError as error:
        raise ImportError(f'the encoder "timm/{name}" needs timm; install it: pip install "pairgen[timm]"') from error

    _refuse_loading("timm", options)
    in_channels, size = check_options(in_channels, 1 if image_size is None else image_size)
    if not timm.is_model(name):
        raise _unknown("timm has no model", name, timm.list_models(), "timm.list_models()")
    network = _create_timm(name, None if image_size is None else size, {"in_chans": in_channels, **options})
    load_weights(network, weights)
    # Some models widen their features once more before the classifier.
    widths = [getattr(network, attribute, None) for attribute in ("head_hidden_size", "num_features")]
    return ImageEncoder(network, in_channels=in_channels, out_features=int(next(filter(None, widths))))


def _create_timm(name: str, image_size: int | None, options: dict[str, Any]) -> nn.Module:
    import timm

    settings = {"pretrained": False, "num_classes": 0, **options}
    if image_size is not None:
        try:
            return timm.create_model(name, img_size=image_size, **settings)
        except TypeError as error:
            # Convolutional networks take any size and have no such option.
            if "img_size" not in str(error):
                raise
    return timm.create_model(name, **settings)


def _unknown(what: str, name: str, names: Sequence[str], listing: str) -> UnknownNameError:
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"{listing} lists them"
    return UnknownNameError(f"{what} called {name!r}; {hint}")
