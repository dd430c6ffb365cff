"""What holds for every method that the registry names."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pairgen.methods import CPC, METHODS, JointEmbedding, Method, MoCo, Siamese, SimCLR, SupCon
from pairgen.pairs import PairBatch
from pairgen.training import Trainer
from tests.helpers.method_toys import Strided, linear, pairs, sequences

LABELS = torch.tensor([0, 1, 0, 1, 2, 0])
MAKE: dict[str, Callable[[], Method]] = {
    "simclr": lambda: SimCLR(linear(), 4),
    "moco": lambda: MoCo(linear(), 4, queue=9, momentum=0.5, symmetric=True),
    "supcon": lambda: SupCon(linear(), 4),
    "siamese": lambda: Siamese(linear(), 4),
    "cpc": lambda: CPC(Strided(), 3, context_dim=5),
}


def batch_for(name: str, n: int = 6) -> PairBatch:
    if name == "cpc":
        return sequences((12, 20, 9, 14, 11, 16)[:n])
    return pairs(n, labels=LABELS[:n])


def made(name: str) -> Method:
    torch.manual_seed(1)
    return MAKE[name]().double()


def test_all_that_are_named_are_here() -> None:
    assert set(MAKE) <= set(METHODS.names())
    for name in MAKE:
        assert type(made(name)) is METHODS.get(name)


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("n", [1, 6])
def test_the_loss_is_a_finite_scalar_that_reaches_the_encoder(name: str, n: int) -> None:
    method, batch = made(name), batch_for(name, n)
    method.loss(batch)
    loss = method.loss(batch)
    loss.backward()
    assert loss.shape == ()
    assert loss.isfinite()
    assert all(p.grad is not None for p in method.encoder.parameters())


# The toy encoder of sequences ends in tanh, which makes infinity finite.
@pytest.mark.parametrize(
    ("name", "value"), [*((name, torch.nan) for name in MAKE), *((name, torch.inf) for name in MAKE if name != "cpc")]
)
def test_views_that_are_not_finite_are_told(name: str, value: float) -> None:
    batch = batch_for(name)
    for views in (batch.first, batch.second):
        (views if isinstance(views, Tensor) else views.values)[2, 1] = value
    with pytest.raises(ValueError, match="NaN or infinite"):
        made(name).loss(batch)


@pytest.mark.parametrize("name", MAKE)
def test_the_global_generators_are_not_used(name: str) -> None:
    method, batch = made(name), batch_for(name)
    before = torch.get_rng_state()
    method.loss(batch)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", MAKE)
def test_it_can_be_pickled(name: str) -> None:
    method, batch = made(name), batch_for(name)
    method.loss(batch)
    copy = pickle.loads(pickle.dumps(method))
    assert torch.equal(copy.loss(batch), method.loss(batch))


@pytest.mark.parametrize("name", MAKE)
def test_a_resumed_run_ends_in_the_same_weights(name: str, tmp_path: Path) -> None:
    batches = [replace(batch_for(name, n), index=torch.arange(n) + 10 * n) for n in (6, 4, 5)]
    options: dict[str, Any] = {
        "device": "cpu",
        "precision": "64-true",
        "progress": False,
        "schedule": "constant",
        "warmup_epochs": 0,
        "learning_rate": 0.01,
    }
    whole, first, rest = made(name), made(name), made(name)
    Trainer(whole, epochs=3, **options).fit(batches)
    Trainer(first, epochs=1, run_dir=tmp_path, **options).fit(batches)
    Trainer(rest, epochs=3, run_dir=tmp_path, **options).fit(batches, resume=True)
    for (part, value), other in zip(whole.state_dict().items(), rest.state_dict().values(), strict=True):
        assert torch.equal(value, other), part


@pytest.mark.parametrize("kind", [SimCLR, MoCo, SupCon, Siamese, CPC])
def test_encoders_that_are_none_are_refused(kind: type[Method]) -> None:
    with pytest.raises(TypeError, match="encoder is a str"):
        kind("resnet18")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="set encoder.out_features"):  # noqa: RUF043
        kind(nn.Sequential(nn.Linear(2, 3)))  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [SimCLR, MoCo, SupCon, Siamese])
def test_encoders_that_give_maps_instead_of_features_are_refused(kind: type[Method]) -> None:
    class Maps(nn.Linear):
        def forward(self, input: Tensor) -> Tensor:
            return super().forward(input)[..., None]

    with pytest.raises(ValueError, match=r"Maps gave features of shape \(\d+, 8, 1\).*pool or flatten"):
        kind(Maps(5, 8).double()).double().loss(pairs(labels=LABELS))  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["simclr", "supcon", "siamese"])
def test_embeddings_are_compared_by_those_that_can_be_split(name: str) -> None:
    assert isinstance(made(name), JointEmbedding)
