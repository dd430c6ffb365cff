from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import pairgen
from pairgen.data import LabelledDataset
from pairgen.registry import UnknownNameError


@pytest.mark.parametrize(
    ("name", "options", "size", "width"),
    [
        ("small-cnn", {}, 28, 256),
        ("small-cnn", {"in_channels": 3}, 17, 256),
        ("small-cnn", {"cells": 2}, 16, 1024),
        ("resnet18", {"image_size": 32}, 32, 512),
        ("resnet18", {"in_channels": 1}, 64, 512),
        ("resnet34", {"in_channels": 1, "image_size": 28}, 28, 512),
        ("resnet50", {}, 64, 2048),
        ("torchvision/mobilenet_v3_small", {"in_channels": 1}, 32, 1024),
        ("torchvision/squeezenet1_1", {}, 64, 512),
        ("torchvision/vit_b_16", {"image_size": 32}, 32, 768),
    ],
)
def test_an_encoder_gives_features_of_the_width_it_states(
    name: str, options: dict[str, Any], size: int, width: int
) -> None:
    encoder = pairgen.create_encoder("image", name, **options).eval()
    with torch.no_grad():
        features = encoder(torch.randn(2, options.get("in_channels", 1 if name == "small-cnn" else 3), size, size))
    assert features.shape == (2, width)
    assert encoder.out_features == width


@pytest.mark.parametrize(("name", "options"), [("resnet10t", {"in_channels": 1}), ("vit_tiny_patch16_224", {})])
def test_any_timm_model_is_an_encoder(name: str, options: dict[str, Any]) -> None:
    pytest.importorskip("timm")
    encoder = pairgen.create_encoder("image", f"timm/{name}", image_size=32, **options).eval()
    with torch.no_grad():
        features = encoder(torch.randn(2, options.get("in_channels", 3), 32, 32))
    assert features.shape == (2, encoder.out_features)


def test_small_images_get_the_stem_without_stride_and_pooling() -> None:
    small, large = (
        pairgen.get_modality("image").encoders.get("resnet18")(image_size=size).backbone for size in (64, 65)
    )
    assert (small.conv1.kernel_size, small.conv1.stride) == ((3, 3), (1, 1))
    assert isinstance(small.maxpool, nn.Identity)
    assert (large.conv1.kernel_size, large.conv1.stride) == ((7, 7), (2, 2))
    assert isinstance(large.maxpool, nn.MaxPool2d)


@pytest.mark.parametrize("in_channels", [1, 3])
def test_memory_layout_changes_nothing_but_speed(in_channels: int) -> None:
    encoder = pairgen.get_modality("image").encoders.get("small-cnn")(in_channels=in_channels).eval()
    images = torch.randn(3, in_channels, 28, 28)
    torch.testing.assert_close(encoder(images.contiguous(memory_format=torch.channels_last)), encoder(images))
    plain = nn.Sequential(*encoder.backbone, nn.Flatten())
    plain.to(memory_format=torch.contiguous_format)
    torch.testing.assert_close(plain(images), encoder(images), rtol=1e-4, atol=1e-5)


def test_listing_names_loads_no_library_and_finds_the_nearest() -> None:
    assert pairgen.get_modality("image").encoders.names() == ["resnet18", "resnet34", "resnet50", "small-cnn"]
    with pytest.raises(UnknownNameError, match=r"Did you mean 'resnet18'.*\"timm/NAME\""):
        pairgen.get_modality("image").encoders.get("resnet81")
    with pytest.raises(UnknownNameError, match="did you mean 'convnext_tiny'"):
        pairgen.get_modality("image").encoders.get("torchvision/convnext_tini")()
    with pytest.raises(UnknownNameError, match="torchvision has no classifier called 'fasterrcnn_resnet50_fpn'"):
        pairgen.get_modality("image").encoders.get("torchvision/fasterrcnn_resnet50_fpn")()


def test_a_timm_model_without_timm_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ImportError, match=r"pairgen\[timm\]"):
        pairgen.get_modality("image").encoders.get("timm/resnet18")()


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_weights_of_a_file_are_the_ones_to_start_from(tmp_path: Path, suffix: str) -> None:
    from safetensors.torch import save_file
    from torchvision.models import resnet18

    path = tmp_path / f"weights{suffix}"
    state = resnet18().state_dict()  # with its classification head
    (save_file if suffix == ".safetensors" else torch.save)(state, path)
    encoder = pairgen.get_modality("image").encoders.get("resnet18")(weights=path)
    assert torch.equal(encoder.backbone.conv1.weight, state["conv1.weight"])


def test_weights_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="on this machine"):
        pairgen.get_modality("image").encoders.get("small-cnn")(weights=tmp_path / "none.pt")
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"not weights")
    with pytest.raises(ValueError, match="cannot be read as a state dict"):
        pairgen.get_modality("image").encoders.get("small-cnn")(weights=broken)
    torch.save({"other": torch.ones(1)}, broken)
    with pytest.raises(ValueError, match="do not fit"):
        pairgen.get_modality("image").encoders.get("small-cnn")(weights=broken)


def test_images_of_the_wrong_kind_are_refused() -> None:
    encoder = pairgen.get_modality("image").encoders.get("small-cnn")()
    with pytest.raises(ValueError, match="in_channels=3"):
        encoder(torch.randn(2, 3, 8, 8))
    with pytest.raises(ValueError, match=r"\(8, 8\)"):
        encoder(torch.randn(8, 8))
    with pytest.raises(TypeError, match="uint8"):
        encoder(torch.zeros(2, 1, 8, 8, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"in_channels": 0}, ValueError),
        ({"image_size": -1}, ValueError),
        ({"image_size": 3.5}, TypeError),
        ({"in_channels": True}, TypeError),
        ({"cells": 0}, ValueError),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="at least 1"):
        pairgen.get_modality("image").encoders.get("small-cnn")(**options)


def test_options_may_be_numpy_integers() -> None:
    options = {"in_channels": np.int64(1), "image_size": np.int64(32)}
    encoder = pairgen.create_encoder("image", "resnet18", **options).eval()
    assert type(encoder.in_channels) is int
    assert encoder(torch.zeros(1, 1, 32, 32)).shape == (1, 512)
    assert pairgen.create_encoder("image", "small-cnn", cells=np.int32(2)).out_features == 1024


@pytest.mark.parametrize(
    "name", ["small-cnn", "resnet18", "resnet50", "torchvision/mobilenet_v3_small", "torchvision/vit_b_16"]
)
@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (1, 3, 64, 64)])
def test_the_options_for_the_data_make_an_encoder_that_takes_the_views(name: str, shape: tuple[int, ...]) -> None:
    views = torch.zeros(shape)
    options = pairgen.get_modality("image").encoder_options(name, LabelledDataset([], noun="images"), views)
    assert options == {"in_channels": shape[1], "image_size": shape[-1]}
    encoder = pairgen.create_encoder("image", name, **options).eval()
    with torch.no_grad():
        assert encoder(views).shape == (shape[0], encoder.out_features)


@pytest.mark.parametrize("name", ["resnet10t", "vit_tiny_patch16_224"])
def test_the_options_for_the_data_fit_models_of_timm(name: str) -> None:
    pytest.importorskip("timm")
    views = torch.zeros(2, 1, 48, 48)
    options = pairgen.get_modality("image").encoder_options(f"timm/{name}", LabelledDataset([], noun="images"), views)
    encoder = pairgen.create_encoder("image", f"timm/{name}", **options).eval()
    with torch.no_grad():
        assert encoder(views).shape == (2, encoder.out_features)


def test_the_options_for_the_data_are_those_that_an_encoder_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    modality = pairgen.get_modality("image")
    monkeypatch.setattr(modality.encoders, "get", lambda name: lambda *, in_channels, dropout=0.0: nn.Identity())
    options = modality.encoder_options("mine", LabelledDataset([], noun="images"), torch.zeros(1, 3, 24, 32))
    assert options == {"in_channels": 3}
    monkeypatch.undo()
    wide = modality.encoder_options("resnet18", LabelledDataset([], noun="images"), torch.zeros(1, 3, 24, 32))
    assert wide == {"in_channels": 3, "image_size": 32}
    with pytest.raises(UnknownNameError):
        modality.encoder_options("resnet19", LabelledDataset([], noun="images"), torch.zeros(1, 3, 24, 32))


def test_an_encoder_can_be_rebuilt_from_its_spec() -> None:
    encoder = pairgen.create_encoder("image", "resnet18", in_channels=1, image_size=28)
    spec = encoder.spec
    again = pairgen.create_encoder(spec["modality"], spec["name"], **spec["options"])
    again.load_state_dict(encoder.state_dict())
    assert torch.equal(again.backbone.conv1.weight, encoder.backbone.conv1.weight)


def test_pooling_before_rectifying_gives_the_values_and_gradients_of_the_other_order() -> None:
    encoder = pairgen.get_modality("image").encoders.get("small-cnn")()
    layers = list(encoder.backbone)
    layers[2], layers[3], layers[6], layers[7] = layers[3], layers[2], layers[7], layers[6]
    usual = nn.Sequential(*layers, nn.Flatten())
    images = torch.randn(4, 1, 28, 28)
    gradients = []
    for network in (encoder, usual):
        network.zero_grad()
        features = network(images)
        features.square().sum().backward()
        gradients.append([features.detach()] + [p.grad.clone() for p in network.parameters() if p.grad is not None])
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
