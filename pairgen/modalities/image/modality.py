"""The image modality."""

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
        "small-cnn": "encoders.builtin:small_cnn",
        "resnet18": "encoders.builtin:resnet18",
        "resnet34": "encoders.builtin:resnet34",
        "resnet50": "encoders.builtin:resnet50",
    },
    encoder_families={
        "torchvision": "encoders.families:torchvision_encoder",
        "timm": "encoders.families:timm_encoder",
    },
    default_recipe="simclr",
    default_encoder="resnet18",
    source_help="a folder of images (its folders are the classes), an .npz archive, or IDX files",
    check_spec="pairgen.testing.modalities.image:check_spec",
)
