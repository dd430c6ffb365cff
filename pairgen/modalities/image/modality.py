"""The image modality: pictures in any form and their recipes."""

from __future__ import annotations

from pairgen.modality import LazyModality

__all__ = ["MODALITY"]

MODALITY = LazyModality(
    "image",
    "pairgen.modalities.image",
    recipes={
        "simclr": "recipes:simclr",
        "mocov2": "recipes:mocov2",
        "byol": "recipes:byol",
        "simclr-small": "recipes:simclr_small",
        "simclr-gray": "recipes:simclr_gray",
        "eval": "recipes:evaluation",
    },
    encoders={
        "small-cnn": "encoders.small_cnn:small_cnn",
        "resnet18": "encoders.resnet:resnet18",
        "resnet34": "encoders.resnet:resnet34",
        "resnet50": "encoders.resnet:resnet50",
    },
    encoder_families={
        "torchvision": "encoders.torchvision_models:torchvision_encoder",
        "timm": "encoders.timm_models:timm_encoder",
    },
    default_recipe="simclr",
    default_encoder="resnet18",
    source_help="a folder of images (its folders are the classes), an .npz archive, or IDX files",
    check_spec="pairgen.testing.modalities.image:check_spec",
)
