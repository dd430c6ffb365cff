from __future__ import annotations

import pickle

import pytest
import torch
from torch import Tensor, nn

from pairgen.losses import nt_xent
from pairgen.methods import Method, Projector, SimCLR
from pairgen.pairs import PairBatch


def pairs(n: int = 6, d: int = 5) -> PairBatch:
    first = torch.randn(n, d, generator=torch.Generator().manual_seed(0))
    return PairBatch(first, first + 0.1, torch.arange(n))


def linear(d: int = 5, out: int = 8) -> nn.Module:
    encoder = nn.Linear(d, out)
    assert encoder.out_features == out
    return encoder


def test_the_loss_is_nt_xent_of_the_projections() -> None:
    method, batch = SimCLR(linear(), projection_dim=3, temperature=0.2), pairs()
    embeddings = [method.projector(method.encoder(view)) for view in (batch.first, batch.second)]
    torch.testing.assert_close(method.loss(batch), nt_xent(*embeddings, temperature=0.2))


def test_the_loss_reaches_encoder_and_projector() -> None:
    method = SimCLR(linear(), projection_dim=3)
    method.loss(pairs()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in method.encoder.parameters())
    assert all(p.grad is not None for p in method.projector.parameters())


def test_both_views_share_the_statistics_of_one_batch() -> None:
    class Norm(nn.BatchNorm1d):
        out_features = 5

        def forward(self, input: Tensor) -> Tensor:
            self.seen = len(input)
            return super().forward(input)

    encoder = Norm(5)
    SimCLR(encoder).loss(pairs(6))
    assert encoder.seen == 12


def test_views_of_different_shape_are_encoded_one_after_the_other() -> None:
    class Mean(nn.Module):
        out_features = 1

        def forward(self, x: Tensor) -> Tensor:
            return x.mean(1, keepdim=True)

    batch = PairBatch(torch.randn(4, 5), torch.randn(4, 7), torch.arange(4))
    assert SimCLR(Mean()).loss(batch).isfinite()


def test_forward_gives_the_features_of_the_encoder() -> None:
    method, batch = SimCLR(linear()), pairs()
    assert torch.equal(method(batch.first), method.encoder(batch.first))


def test_the_hidden_layer_is_as_wide_as_the_features_unless_asked() -> None:
    assert SimCLR(linear(out=8)).projector[0].out_features == 8
    assert SimCLR(linear(out=8), hidden_dim=16).projector[0].out_features == 16


def test_a_learnt_temperature_is_a_parameter() -> None:
    names = [name for name, _ in SimCLR(linear(), learn_temperature=True).named_parameters()]
    assert "criterion.log_temperature" in names


def test_a_projector_with_batch_norm_has_no_biases() -> None:
    projector = Projector(4, 5, 6, batch_norm=True)
    assert projector(torch.randn(3, 4)).shape == (3, 6)
    assert [type(layer).__name__ for layer in projector] == ["Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm1d"]
    assert projector[0].bias is None


def test_a_method_can_be_pickled() -> None:
    method = SimCLR(linear())
    copy = pickle.loads(pickle.dumps(method))
    assert torch.equal(copy.loss(pairs()), method.loss(pairs()))


def test_a_new_method_is_a_loss_and_no_more() -> None:
    class Attraction(Method):
        def loss(self, batch: PairBatch) -> Tensor:
            return (self(batch.first) - self(batch.second)).square().mean()

    assert Attraction(linear()).loss(pairs()) > 0


def test_an_encoder_that_is_no_module_is_refused() -> None:
    with pytest.raises(TypeError, match=r"pairgen\.create_encoder"):
        SimCLR("resnet18")  # type: ignore[arg-type]


def test_an_encoder_of_unknown_width_is_refused() -> None:
    with pytest.raises(ValueError, match="out_features"):
        SimCLR(nn.Sequential(nn.Linear(2, 3)))


def test_without_a_projector_the_features_themselves_are_compared() -> None:
    method, batch = SimCLR(linear(), projection_dim=None, temperature=0.2), pairs()
    features = [method.encoder(view) for view in (batch.first, batch.second)]
    torch.testing.assert_close(method.loss(batch), nt_xent(*features, temperature=0.2))
    with pytest.raises(ValueError, match="no projector"):
        SimCLR(linear(), projection_dim=None, hidden_dim=4)


@pytest.mark.parametrize("width", [{"projection_dim": 0}, {"hidden_dim": -1}])
def test_a_projector_without_width_is_refused(width: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        SimCLR(linear(), **width)
