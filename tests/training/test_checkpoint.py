from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import pairgen
from pairgen.evaluation import embed
from pairgen.methods import SimCLR
from pairgen.training import Trainer, checkpoint, load_encoder

IMAGES = list(np.random.default_rng(0).integers(0, 256, (12, 10, 10), dtype=np.uint8))


class Pixels(nn.Module):
    out_features = 4

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))


def train(run_dir: Path, encoder: nn.Module) -> nn.Module:
    loader = pairgen.PairSampler("image", recipe="simclr-gray", size=8).loader(IMAGES, 6)
    Trainer(SimCLR(encoder), epochs=1, device="cpu", run_dir=run_dir, progress=False).fit(loader)
    return encoder


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    train(tmp_path, pairgen.create_encoder("image", "small-cnn", in_channels=1))
    return tmp_path


def test_a_loaded_encoder_embeds_items_as_the_trained_one(tmp_path: Path) -> None:
    original = train(tmp_path, pairgen.create_encoder("image", "resnet18", in_channels=1, image_size=8))
    loaded = load_encoder(tmp_path)
    assert not loaded.training
    assert loaded.spec == {"modality": "image", "name": "resnet18", "options": {"in_channels": 1, "image_size": 8}}
    assert loaded.sampler_spec == original.sampler_spec
    assert np.array_equal(embed(loaded, IMAGES).features, embed(original, IMAGES).features)


def test_loading_draws_nothing_from_the_global_generator(run_dir: Path) -> None:
    before = torch.get_rng_state()
    load_encoder(run_dir)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_encoder_of_the_user_is_filled(tmp_path: Path) -> None:
    original = train(tmp_path, Pixels())
    loaded = load_encoder(tmp_path, encoder=Pixels())
    assert torch.equal(loaded.layer.weight, original.layer.weight)
    assert loaded.sampler_spec["options"] == {"size": 8}
    with pytest.raises(ValueError, match=r"was not made by pairgen\.create_encoder"):
        load_encoder(tmp_path)
    with pytest.raises(ValueError, match="does not fit Pixels"):
        load_encoder(tmp_path, encoder=Pixels(32))


def test_initial_weights_need_not_exist_any_more(tmp_path: Path) -> None:
    path = tmp_path / "initial.pt"
    torch.save(pairgen.create_encoder("image", "small-cnn").backbone.state_dict(), path)
    train(tmp_path, pairgen.create_encoder("image", "small-cnn", weights=path))
    path.unlink()
    assert load_encoder(tmp_path).out_features == 256


def test_only_the_newest_checkpoint_is_kept(run_dir: Path) -> None:
    checkpoint.save(run_dir, nn.Linear(1, 1), {}, {"epoch": 12, "history": []})
    checkpoint.save(run_dir, nn.Linear(1, 1), {}, {"epoch": 100, "history": []})
    assert [path.name for path in (run_dir / "checkpoints").iterdir()] == ["epoch-0100"]


@pytest.mark.parametrize("moment", ["save_file", "save", "write_text", "replace"])
def test_a_run_killed_while_saving_leaves_the_checkpoint_before(
    run_dir: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        module = {"save_file": "safetensors.torch", "save": "torch", "write_text": checkpoint, "replace": os}[moment]
        patch.setattr(*((module, moment) if isinstance(module, ModuleType) else (f"{module}.{moment}",)), killed)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save(run_dir, nn.Linear(1, 1), {}, {"epoch": 2})
    assert checkpoint.load(run_dir).config["epoch"] == 1
    checkpoint.save(run_dir, nn.Linear(1, 1), {}, {"epoch": 2})
    assert os.listdir(run_dir / "checkpoints") == ["epoch-0002"]


def test_shared_weights_are_saved(tmp_path: Path) -> None:
    tied = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})
    tied["b"].weight = tied["a"].weight
    checkpoint.save(tmp_path, tied, {}, {"epoch": 1, "method": "", "encoder": None, "sampler": None, "history": []})
    assert set(checkpoint.load(tmp_path).weights) == {"a.weight", "a.bias", "b.weight", "b.bias"}


def test_a_folder_without_a_checkpoint_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(FileNotFoundError, match="no checkpoint in"):
            load_encoder(folder)


@pytest.mark.parametrize("name", ["method.safetensors", "config.json"])
@pytest.mark.parametrize("content", [b"", b"{", b'{"epoch": 1}', None])
def test_a_damaged_checkpoint_is_an_error_with_its_file(run_dir: Path, name: str, content: bytes | None) -> None:
    path = run_dir / "checkpoints" / "epoch-0001" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name} is missing or damaged"):
        load_encoder(run_dir)


def test_a_truncated_optimizer_state_is_an_error_on_resuming(run_dir: Path) -> None:
    path = run_dir / "checkpoints" / "epoch-0001" / "optimizer.pt"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"optimizer\.pt is missing or damaged"):
        checkpoint.load(run_dir).optimizer_state()


def set_options(run_dir: Path, name: str, **options: object) -> None:
    path = run_dir / "checkpoints" / "epoch-0001" / "config.json"
    config = json.loads(path.read_text())
    config["encoder"]["name"] = name
    config["encoder"]["options"] |= options
    path.write_text(json.dumps(config))


class Marker:
    """Pickled, it writes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.path),)


LOADING: list[tuple[str, Any]] = [
    ("checkpoint_path", "FILE"),
    ("pretrained", True),
    ("pretrained_cfg", {"file": "FILE"}),
    ("pretrained_cfg_overlay", {"file": "FILE"}),
    ("cache_dir", "FILE"),
    ("anything", 1),
]


@pytest.mark.parametrize(("option", "value"), LOADING, ids=[option for option, _ in LOADING])
@pytest.mark.parametrize("name", ["timm/resnet18", "torchvision/resnet18", "small-cnn"])
def test_a_run_folder_makes_the_encoder_neither_unpickle_nor_fetch(
    run_dir: Path, name: str, option: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("timm"):
        pytest.importorskip("timm")
    monkeypatch.setattr("socket.socket.connect", lambda *args: pytest.fail("reached for the network"))
    file, marker = run_dir / "weights.pth", run_dir / "marker"
    file.write_bytes(pickle.dumps(Marker(marker)))
    placed = json.loads(json.dumps(value).replace("FILE", str(file)))
    set_options(run_dir, name, **{option: placed})
    with pytest.raises(ValueError, match=r"are not taken from a file|does not fit"):
        load_encoder(run_dir)
    assert not marker.exists()


def test_initial_weights_of_a_run_folder_are_not_read(run_dir: Path) -> None:
    file, marker = run_dir / "weights.pth", run_dir / "marker"
    file.write_bytes(pickle.dumps(Marker(marker)))
    set_options(run_dir, "small-cnn", weights=str(file))
    assert load_encoder(run_dir).out_features == 256
    assert not marker.exists()


@pytest.mark.parametrize(
    "encoder", ["small-cnn", {"name": "small-cnn"}, {"modality": "image", "name": 3, "options": 4}]
)
def test_a_spec_of_another_form_is_a_damaged_checkpoint(run_dir: Path, encoder: object) -> None:
    path = run_dir / "checkpoints" / "epoch-0001" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "encoder": encoder}))
    with pytest.raises(ValueError, match=r"config\.json is missing or damaged"):
        load_encoder(run_dir)


def test_an_encoder_of_timm_with_options_of_its_shape_is_loaded(tmp_path: Path) -> None:
    pytest.importorskip("timm")
    train(tmp_path, pairgen.create_encoder("image", "timm/resnet10t", in_channels=1, drop_path_rate=0.1))
    assert load_encoder(tmp_path).out_features == 512


@pytest.mark.parametrize("name", ["timm/resnet18", "torchvision/resnet18"])
def test_an_encoder_never_fetches_weights(name: str) -> None:
    with pytest.raises(ValueError, match=r"pretrained=True makes .* read or fetch weights"):
        pairgen.create_encoder("image", name, pretrained=True)
