"""Half and double precision in every encoder, and averages that half precision does not stop."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from torch import Tensor, nn

import pairgen
from pairgen.methods import MoCo, SimCLR
from pairgen.methods.ema import EMAEncoder
from pairgen.pairs import PairBatch
from pairgen.training import Trainer

RNG = np.random.default_rng(0)
ITEMS: dict[str, list[Any]] = {
    "image": list(RNG.integers(0, 256, (4, 12, 12, 3), dtype=np.uint8)),
    "timeseries": list(RNG.normal(size=(4, 20, 1))),
    "audio": list(0.1 * RNG.normal(size=(4, 8000)).astype(np.float32)),
    "graph": [nx.gnp_random_graph(8, 0.4, seed=seed) for seed in range(4)],
    "text": ["a dog runs", "two cats sleep", "birds fly south", "fish swim"],
}
RECIPES = {
    "image": {"recipe": "simclr-small", "size": 12},
    "timeseries": {"recipe": "ts-tcc"},
    "audio": {"recipe": "time-pitch"},
    "graph": {"recipe": "drop-perturb"},
    "text": {"recipe": "crop"},
}
ENCODERS: list[tuple[str, str, dict[str, Any]]] = [
    ("image", "small-cnn", {"in_channels": 3, "image_size": 12}),
    ("timeseries", "dilated-cnn", {"out_features": 4, "hidden": 4, "depth": 1}),
    ("timeseries", "lstm", {"out_features": 4, "hidden": 4}),
    ("audio", "log-mel-cnn", {"channels": (4,), "out_features": 4}),
    ("audio", "cpc-wave", {"out_features": 4}),
    ("graph", "gin", {"hidden": 4}),
    ("graph", "gcn", {"hidden": 4}),
    ("graph", "graphsage", {"hidden": 4}),
    ("text", "bag", {"width": 4}),
    ("text", "transformer", {"width": 4, "depth": 1}),
]


@pytest.fixture(scope="module")
def batches() -> dict[str, PairBatch]:
    return {
        name: next(iter(pairgen.PairSampler(name, **options).loader(ITEMS[name], 4)))
        for name, options in RECIPES.items()
    }


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize(("modality", "name", "options"), ENCODERS, ids=[name for _, name, _ in ENCODERS])
def test_an_encoder_of_any_precision_takes_batches_in_float32(
    modality: str, name: str, options: dict[str, Any], dtype: torch.dtype, batches: dict[str, PairBatch]
) -> None:
    torch.manual_seed(0)
    encoder = pairgen.create_encoder(modality, name, **options).eval()
    expected = encoder(batches[modality].first)
    actual = encoder.to(dtype)(batches[modality].first)
    assert actual.dtype == dtype
    tolerance = 1e-4 if dtype == torch.float64 else 0.1
    torch.testing.assert_close(actual.float(), expected.float(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("precision", ["bf16-true", "16-true", "64-true"])
@pytest.mark.parametrize("modality", ["timeseries", "graph"])
def test_moco_trains_in_a_precision_of_its_weights(
    precision: str, modality: str, batches: dict[str, PairBatch]
) -> None:
    name, options = next((name, options) for kind, name, options in ENCODERS if kind == modality)
    method = MoCo(pairgen.create_encoder(modality, name, **options), projection_dim=4, queue=8)
    Trainer(method, epochs=1, device="cpu", precision=precision, progress=False).fit([batches[modality]] * 2)
    wide = torch.float64 if precision == "64-true" else torch.float32
    assert {p.dtype for p in method.ema_encoder.parameters()} == {wide}


class Cast(nn.Module):
    out_features = 8

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(5, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.to(self.layer.weight.dtype))


def test_small_steps_of_the_average_are_not_rounded_away_in_half_precision() -> None:
    network = Cast().bfloat16()
    average = EMAEncoder(network)
    before = [p.clone() for p in average.parameters()]
    for p in network.parameters():
        p.data += 0.1 + p.data.abs()
    average.update(0.999, network)
    assert all((new != old).all() for new, old in zip(average.parameters(), before, strict=True))
    assert average(torch.ones(2, 5)).dtype == torch.bfloat16


def test_the_averages_follow_casts_and_keep_their_digits() -> None:
    average = EMAEncoder(Cast())
    exact = [p.clone() for p in average.parameters()]
    for kept in (average.bfloat16(), average.to("cpu"), average.half()):
        assert all(torch.equal(a, b) for a, b in zip(kept.parameters(), exact, strict=True))
    assert average.bfloat16()(torch.ones(2, 5)).dtype == torch.bfloat16
    assert average.float()(torch.ones(2, 5)).dtype == torch.float32
    assert average.double()(torch.ones(2, 5)).dtype == torch.float64


class Normed(nn.Module):
    out_features = 4

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def rows(n: int, seed: int = 0) -> PairBatch:
    views = torch.randn(2, n, 5, generator=torch.Generator().manual_seed(seed))
    return PairBatch(views[0], views[1], torch.arange(n))


@pytest.mark.parametrize("make", [SimCLR, lambda encoder: MoCo(encoder, queue=8)])
def test_a_frozen_encoder_keeps_its_weights_statistics_and_evaluation_mode(make: Any) -> None:
    encoder = Normed().requires_grad_(False)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    method = make(encoder)
    Trainer(method, epochs=2, device="cpu", progress=False).fit([rows(6)])
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    assert not any(layer.training for layer in encoder.modules())
    assert method.projector.training
    if isinstance(method, MoCo):
        assert not any(layer.training for layer in method.ema_encoder.parts[0].modules())


def test_a_frozen_layer_stays_in_evaluation_mode_and_the_others_train() -> None:
    encoder = Normed()
    encoder.layers[1].requires_grad_(False)
    method = SimCLR(encoder).train()
    assert [layer.training for layer in encoder.layers] == [True, False, True]
    encoder.layers[1].requires_grad_(True)
    assert all(layer.training for layer in method.train().modules())


@pytest.mark.parametrize("options", [{"queue": 8}, {"queue": 0}, {"queue": 8, "batch_norm": True, "predictor": True}])
def test_moco_takes_a_last_batch_of_one_under_batch_norm(options: dict[str, Any]) -> None:
    method = MoCo(Normed(), projection_dim=4, **options)
    history = Trainer(method, epochs=2, device="cpu", progress=False).fit([rows(4), rows(1)])
    assert [record.pairs for record in history] == [5, 5]
    assert all(layer.training for layer in method.encoder.modules())


def test_groups_of_parameters_keep_the_proportions_of_their_learning_rates() -> None:
    used = []

    class Watched(torch.optim.SGD):
        def step(self, closure: Any = None) -> None:
            used.append([group["lr"] for group in self.param_groups])
            super().step(closure)

    def create(parameters: Any) -> torch.optim.Optimizer:
        first, *others = parameters
        return Watched([{"params": [first], "lr": 1e-5}, {"params": others, "lr": 1e-3}])

    Trainer(SimCLR(Normed()), epochs=4, device="cpu", progress=False, optimizer=create, learning_rate=0.1).fit(
        [rows(4)]
    )
    assert max(max(rates) for rates in used) == pytest.approx(0.1)
    assert all(low == pytest.approx(high / 100) for low, high in used)
