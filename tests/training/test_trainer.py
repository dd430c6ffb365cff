from __future__ import annotations

import csv
import json
import math
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

import pairgen
from pairgen.methods import Method, SimCLR
from pairgen.pairs import PairBatch
from pairgen.training import Trainer
from pairgen.training._schedule import Schedule

IMAGES = [
    (image, i % 2) for i, image in enumerate(np.random.default_rng(0).integers(0, 256, (24, 10, 10), dtype=np.uint8))
]


def gray_loader(batch_size: int = 8, seed: int = 0, **options: Any) -> Any:
    sampler = pairgen.PairSampler("image", recipe="simclr-gray", size=8, seed=seed)
    return sampler.loader(IMAGES, batch_size, shuffle=True, **options)


class Tiny(nn.Module):
    """An encoder of pixels, with dropout and batch statistics, so that resuming has something to get wrong."""

    out_features = 6

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.BatchNorm1d(6), nn.Dropout(0.3))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def method() -> SimCLR:
    torch.manual_seed(0)
    return SimCLR(Tiny(), projection_dim=4)


def trainer(of: Method | None = None, **options: Any) -> Trainer:
    return Trainer(of or method(), **{"epochs": 2, "device": "cpu", "progress": False, **options})


def weights(of: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in of.state_dict().items()}


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


def cut_off(loader: Any, epoch: int, step: int) -> Any:
    """The loader, which is interrupted in the middle of an epoch."""

    class CutOff:
        sampler = loader.sampler
        seen = -1

        def __len__(self) -> int:
            return len(loader)

        def set_epoch(self, number: int) -> None:
            self.seen = number
            loader.set_epoch(number)

        def __iter__(self) -> Iterator[PairBatch]:
            for i, batch in enumerate(loader):
                if self.seen == epoch and i == step:
                    raise KeyboardInterrupt
                yield batch

    return CutOff()


def test_training_lowers_the_loss_and_tells_its_history() -> None:
    history = trainer(epochs=8, learning_rate=1e-2).fit(gray_loader())
    assert len(history) == 8
    assert [record.epoch for record in history] == list(range(8))
    assert history.loss[-1] < history.loss[0]
    assert all(record.pairs == 24 and record.steps == 3 for record in history)
    assert history[0].pairs_per_second == pytest.approx(24 / history[0].seconds)


def test_two_runs_end_in_the_same_weights() -> None:
    ends = []
    for _ in range(2):
        run = trainer()
        run.fit(gray_loader())
        ends.append(weights(run.method))
    assert equal(*ends)


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_a_resumed_run_ends_in_the_weights_of_an_uninterrupted_one(tmp_path: Path, epoch: int) -> None:
    whole = trainer(epochs=3)
    history = whole.fit(gray_loader())
    with pytest.raises(KeyboardInterrupt):
        trainer(epochs=3, run_dir=tmp_path).fit(cut_off(gray_loader(), epoch, step=1))
    torch.manual_seed(7)  # neither the initial weights nor the state of the generator may matter
    resumed = trainer(SimCLR(Tiny(), projection_dim=4) if epoch else None, epochs=3, run_dir=tmp_path)
    again = resumed.fit(gray_loader(), resume=True)
    assert equal(weights(resumed.method), weights(whole.method))
    assert again.loss == history.loss


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    run = trainer(run_dir=tmp_path)
    history = run.fit(gray_loader())
    again = trainer(run_dir=tmp_path)
    assert again.fit(gray_loader(), resume=True).to_list() == history.to_list()
    assert equal(weights(again.method), weights(run.method))


def test_a_run_directory_in_use_is_not_overwritten(tmp_path: Path) -> None:
    trainer(run_dir=tmp_path).fit(gray_loader())
    with pytest.raises(FileExistsError, match="resume=True"):
        trainer(run_dir=tmp_path).fit(gray_loader())


def test_a_checkpoint_of_other_pairs_or_another_network_is_refused(tmp_path: Path) -> None:
    trainer(run_dir=tmp_path).fit(gray_loader())
    with pytest.raises(ValueError, match="its sampler is"):
        trainer(run_dir=tmp_path).fit(gray_loader(seed=1), resume=True)
    with pytest.raises(ValueError, match="make the method as it was"):
        trainer(SimCLR(Tiny(), projection_dim=5), run_dir=tmp_path).fit(gray_loader(), resume=True)
    with pytest.raises(ValueError, match="its method is"):
        trainer(Draws(Tiny()), run_dir=tmp_path).fit(gray_loader(), resume=True)


def test_resuming_needs_a_run_directory() -> None:
    with pytest.raises(ValueError, match="run_dir"):
        trainer().fit(gray_loader(), resume=True)


def test_the_global_generators_are_left_as_they_were() -> None:
    run, loader = trainer(), gray_loader()
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    run.fit(loader)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.random.get_state()[1].tolist() == before[2]  # noqa: NPY002


class Draws(Method):
    """Records what a layer that draws sees."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__(encoder)
        self.drawn: list[float] = []

    def loss(self, batch: PairBatch) -> Tensor:
        self.drawn.append(torch.rand(()).item())
        return self(batch.first).square().mean()


def test_layers_draw_by_the_seed_and_the_epoch_and_nothing_else() -> None:
    drawn = []
    for seed, state in ((0, 1), (0, 2), (1, 1)):
        run = trainer(Draws(Tiny()), seed=seed)
        torch.manual_seed(state)
        run.fit(gray_loader(24))
        assert isinstance(run.method, Draws)
        drawn.append(run.method.drawn)
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert drawn[0][0] != drawn[0][1]


def test_metrics_and_tensorboard_logs_are_written(tmp_path: Path) -> None:
    history = trainer(run_dir=tmp_path, logger="tensorboard").fit(gray_loader())
    with (tmp_path / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == history.loss
    assert list(tmp_path.glob("events.out.tfevents.*"))


def test_without_a_logger_tensorboard_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    trainer(run_dir=tmp_path).fit(gray_loader())
    assert not list(tmp_path.glob("events.out.tfevents.*"))
    with pytest.raises(ImportError, match=r"pairgen\[tensorboard\]"):
        trainer(run_dir=tmp_path / "b", logger="tensorboard").fit(gray_loader())
    with pytest.raises(ValueError, match="logger is one of"):
        trainer(logger="wandb")


def test_the_checkpoint_is_weights_without_code_and_a_description(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    encoder = pairgen.create_encoder("image", "small-cnn")
    run = trainer(SimCLR(encoder), epochs=1, run_dir=tmp_path)
    run.fit(gray_loader())
    (folder,) = (tmp_path / "checkpoints").iterdir()
    assert equal(load_file(folder / "method.safetensors"), weights(run.method))
    config = json.loads((folder / "config.json").read_text())
    assert config["epoch"] == 1
    assert config["encoder"] == {"modality": "image", "name": "small-cnn", "options": {}}
    assert config["sampler"]["recipe"] == "simclr-gray"
    assert config["pairgen"] == pairgen.__version__


def test_the_rate_warms_up_and_follows_half_a_cosine() -> None:
    schedule = Schedule(1.0, epochs=10, warmup_epochs=2)
    assert schedule.at(0, 0.25) == pytest.approx(0.125)
    assert schedule.at(1.75, 0.25) == 1
    assert schedule.at(2, 0.25) == 1
    assert schedule.at(6, 0.25) == pytest.approx(0.5)
    assert schedule.at(9.75, 0.25) < 0.01
    assert Schedule(1.0, epochs=10, warmup_epochs=0, shape="constant").at(9, 1) == 1


def test_the_optimiser_uses_the_rate_of_the_schedule() -> None:
    seen: list[float] = []

    class Watched(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            seen.append(self.param_groups[0]["lr"])
            return super().step(closure)

    options = {"warmup_epochs": 0, "schedule": "constant", "learning_rate": 0.5}
    history = trainer(optimizer=lambda p: Watched(p, lr=9.0), **options).fit(gray_loader())
    assert seen == [0.5] * 6
    assert history[-1].learning_rate == 0.5


def test_gradients_are_clipped() -> None:
    norms: list[float] = []

    class Watched(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            grads = [p.grad for group in self.param_groups for p in group["params"] if p.grad is not None]
            norms.append(torch.cat([g.flatten() for g in grads]).norm().item())
            return super().step(closure)

    trainer(optimizer=lambda p: Watched(p, lr=1.0), clip_gradients=1e-3, epochs=1).fit(gray_loader())
    assert max(norms) <= 1.001e-3


def test_parameters_that_are_frozen_stay() -> None:
    frozen = method()
    frozen.encoder.requires_grad_(False)
    before = frozen.encoder.layers[1].weight.clone()
    trainer(frozen).fit(gray_loader())
    assert torch.equal(frozen.encoder.layers[1].weight, before)


@pytest.mark.parametrize(
    "make",
    [
        lambda s: DataLoader(s.wrap_dataset(IMAGES), batch_size=8, shuffle=True, collate_fn=s.collate),
        lambda s: s.wrap_loader(DataLoader(torch.zeros(24, 1, 10, 10, dtype=torch.uint8), batch_size=8)),
        lambda s: s.loader(IMAGES, 8, batched=True),
    ],
)
def test_loaders_of_every_kind_are_trained_on_and_get_the_epoch(make: Callable[[Any], Any]) -> None:
    sampler = pairgen.PairSampler("image", recipe="simclr-gray", size=8)
    run = trainer(Keeps(Tiny()))
    run.fit(make(sampler))
    assert isinstance(run.method, Keeps)
    assert run.method.encoder.sampler_spec == {**sampler.spec, "options": {"size": 8}}
    first, second = run.method.kept[:3], run.method.kept[3:]
    assert len(second) == 3
    assert not torch.equal(torch.cat(first), torch.cat(second)) or not torch.cat(first).std()


class Keeps(Draws):
    def __init__(self, encoder: nn.Module) -> None:
        super().__init__(encoder)
        self.kept: list[Tensor] = []

    def loss(self, batch: PairBatch) -> Tensor:
        self.kept.append(batch.first)
        return super().loss(batch)


def test_a_loader_of_unknown_length_is_trained_on() -> None:
    class Stream:
        def __iter__(self) -> Iterator[PairBatch]:
            return iter(gray_loader())

    assert trainer(method()).fit(Stream())[-1].steps == 3


def test_the_bar_tells_loss_and_speed_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    trainer(progress=True).fit(gray_loader())
    out, err = capsys.readouterr()
    assert out == ""
    assert "loss" in err
    assert "pairs/s" in err
    trainer(progress=None).fit(gray_loader())
    assert capsys.readouterr().err == ""  # no terminal


class Diverges(Draws):
    def loss(self, batch: PairBatch) -> Tensor:
        return super().loss(batch) * (math.nan if len(self.drawn) == 5 else 1)


def test_a_loss_that_is_not_finite_is_an_error_with_epoch_and_step_and_changes_nothing(tmp_path: Path) -> None:
    run = trainer(Diverges(Tiny()), run_dir=tmp_path)
    with pytest.raises(ValueError, match="epoch 1, step 1: the loss is nan; lower the learning rate"):
        run.fit(gray_loader())
    assert all(value.isfinite().all() for value in run.method.state_dict().values())
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["epoch-0001"]


def test_embeddings_that_are_not_finite_are_an_error_with_epoch_and_step() -> None:
    broken = method()
    with torch.no_grad():
        broken.encoder.layers[1].weight.fill_(math.nan)
    with pytest.raises(ValueError, match="epoch 0, step 0: first has NaN"):
        trainer(broken).fit(gray_loader())


def test_loaders_without_batches_or_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="no batches"):
        trainer().fit([])
    with pytest.raises(ValueError, match="no batches in epoch 0"):
        trainer().fit(iter([]))
    with pytest.raises(TypeError, match=r"Tensor.*sampler\.loader"):
        trainer().fit([torch.ones(2, 2)])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": -1}, "epochs"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"warmup_epochs": 2}, "warmup_epochs"),
        ({"schedule": "linear"}, "schedule"),
        ({"clip_gradients": 0.0}, "clip_gradients"),
        ({"device": "tpu"}, "not available; available: .*cpu"),
        ({"device": "cuda:99"}, "cuda:99"),
        ({"precision": "8-bit"}, "precision='8-bit'"),
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trainer(**options)


def test_what_is_no_method_is_refused() -> None:
    with pytest.raises(TypeError, match=r"SimCLR\(encoder\)"):
        trainer(nn.Linear(2, 2))  # type: ignore[arg-type]
    frozen = method()
    frozen.requires_grad_(False)
    with pytest.raises(ValueError, match="no parameters to train"):
        trainer(frozen)


def test_mixed_precision_trains_on_the_cpu_too() -> None:
    assert all(math.isfinite(loss) for loss in trainer(precision="bf16-mixed").fit(gray_loader()).loss)


@pytest.mark.gpu
def test_training_runs_on_a_gpu(tmp_path: Path) -> None:
    run = trainer(device="auto", run_dir=tmp_path)
    assert run.fit(gray_loader()).loss[-1] < 10
    assert next(run.method.parameters()).is_cuda
