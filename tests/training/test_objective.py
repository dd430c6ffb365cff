"""Batches beyond memory: the same loss and gradients, the memory of one chunk, and a word where it is not exact."""

from __future__ import annotations

import warnings
from weakref import WeakSet

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pairgen.batch import pad
from pairgen.methods import JointEmbedding, Method, SimCLR
from pairgen.pairs import PairBatch
from pairgen.training import Trainer, loss_in_chunks

N = 7


class Encoder(nn.Sequential):
    """LayerNorm and dropout, which treat each row on its own; in float64."""

    out_features = 6

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__(nn.Linear(5, 16), nn.LayerNorm(16), nn.GELU(), nn.Dropout(dropout), nn.Linear(16, 6))


def pairs(n: int = N) -> PairBatch:
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, n, 5, generator=generator, dtype=torch.float64)
    return PairBatch(first, second, torch.arange(n))


def simclr(encoder: nn.Module, **options: object) -> SimCLR:
    torch.manual_seed(0)
    for layer in encoder.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return SimCLR(encoder, projection_dim=4, **options).double()


def gradients(method: Method, loss: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(loss, [p for p in method.parameters() if p.requires_grad]))


def assert_same(one: list[Tensor], other: list[Tensor]) -> None:
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-10)


@given(chunk=st.integers(1, N + 2), batch_norm=st.booleans())
@settings(max_examples=12)
def test_loss_and_gradients_are_those_of_the_whole_batch(chunk: int, batch_norm: bool) -> None:
    """With batch statistics in the projector too, which sees the whole batch."""
    method = simclr(Encoder(), batch_norm=batch_norm)
    whole = method.loss(pairs())
    chunked = loss_in_chunks(method, pairs(), chunk)
    torch.testing.assert_close(chunked, whole, rtol=0, atol=1e-12)
    assert_same(gradients(method, chunked), gradients(method, whole))


def kept_in_memory(method: JointEmbedding, batch: PairBatch, chunk: int) -> Tensor:
    """The same chunks, drawing the same dropout, with every activation kept for the way back."""
    parts = [
        method.features_of(batch.first[i : i + chunk], batch.second[i : i + chunk]) for i in range(0, len(batch), chunk)
    ]
    return method.loss_of_features(tuple(torch.cat(part) for part in zip(*parts, strict=True)), batch)


@pytest.mark.parametrize("chunk", [1, 3])
def test_dropout_is_drawn_once_and_replayed(chunk: int) -> None:
    method, batch = simclr(Encoder(dropout=0.5)), pairs()
    results = []
    for loss_of in (kept_in_memory, loss_in_chunks):
        torch.manual_seed(1)
        loss = loss_of(method, batch, chunk)
        torch.rand(3)  # whatever is drawn between the two passes must not matter
        results.append((loss, gradients(method, loss)))
    torch.testing.assert_close(results[0][0], results[1][0], rtol=0, atol=1e-12)
    assert_same(results[0][1], results[1][1])


def test_that_test_would_fail_without_the_saved_random_state(monkeypatch: pytest.MonkeyPatch) -> None:
    from pairgen.training import objective

    forgetful = objective.checkpoint
    monkeypatch.setattr(objective, "checkpoint", lambda *a, **o: forgetful(*a, **o, preserve_rng_state=False))
    with pytest.raises(AssertionError):
        test_dropout_is_drawn_once_and_replayed(3)


class Counted(nn.Module):
    """An encoder that knows how many rows of its activations are alive at once."""

    out_features = 5

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(5, 5)
        self.alive: WeakSet[Tensor] = WeakSet()
        self.most = 0

    def forward(self, x: Tensor) -> Tensor:
        activation = self.linear(x).sigmoid()
        self.alive.add(activation)
        self.most = max(self.most, sum(len(a) for a in self.alive))
        return activation.square()


def test_the_activations_of_one_chunk_are_in_memory_at_a_time() -> None:
    method = simclr(Counted())
    gradients(method, kept_in_memory(method, pairs(32), 4))
    assert method.encoder.most == 64
    method.encoder.most = 0
    gradients(method, loss_in_chunks(method, pairs(32), 4))
    assert method.encoder.most <= 2 * 8


def test_sequences_are_split_too() -> None:
    class Mean(nn.Module):
        out_features = 5

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(5, dtype=torch.float64))

        def forward(self, views: object) -> Tensor:
            return views.values.sum(1, keepdim=True) / views.lengths[:, None] * self.weight

    views = [pad([torch.randn(n, dtype=torch.float64) for n in lengths]) for lengths in ([3, 5, 2], [4, 4, 1])]
    batch, method = PairBatch(*views, torch.arange(3)), simclr(Mean())
    assert_same(gradients(method, loss_in_chunks(method, batch, 2)), gradients(method, method.loss(batch)))


def normed() -> nn.Module:
    encoder = nn.Sequential(nn.Linear(5, 6), nn.BatchNorm1d(6))
    encoder.out_features = 6
    return encoder


def test_batch_statistics_of_a_chunk_are_warned_of_once_by_name() -> None:
    method = simclr(normed())
    with pytest.warns(UserWarning, match=r"BatchNorm \(1\) takes its statistics from a chunk"):
        loss_in_chunks(method, pairs(), 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss_in_chunks(method, pairs(), 3)
        loss_in_chunks(simclr(normed().eval()), pairs(), 3)
        loss_in_chunks(simclr(Encoder(), batch_norm=True), pairs(), 3)  # the projector sees all


@pytest.mark.filterwarnings("ignore:.*takes its statistics from a chunk")
def test_running_statistics_see_each_chunk_once() -> None:
    chunked, whole = simclr(normed()), simclr(normed())
    loss_in_chunks(chunked, pairs(), 3).backward()
    kept_in_memory(whole, pairs(), 3).backward()
    for (name, a), b in zip(chunked.named_buffers(), whole.buffers(), strict=True):
        assert torch.equal(a, b), name


def test_the_trainer_learns_the_same_in_chunks() -> None:
    weights = []
    for chunk_size in (None, 3):
        torch.manual_seed(0)
        trainer = Trainer(
            simclr(Encoder()).float(), epochs=3, chunk_size=chunk_size, device="cpu", progress=False, learning_rate=1e-2
        )
        batch = pairs()
        trainer.fit([PairBatch(batch.first.float(), batch.second.float(), batch.index)])
        weights.append(torch.cat([p.detach().flatten() for p in trainer.method.parameters()]))
    torch.testing.assert_close(weights[0], weights[1], rtol=1e-5, atol=1e-6)


def test_methods_without_embeddings_and_chunks_without_pairs_are_refused() -> None:
    class Attraction(Method):
        def loss(self, batch: PairBatch) -> Tensor:
            return (self(batch.first) - self(batch.second)).square().mean()

    with pytest.raises(TypeError, match="Attraction cannot be trained in chunks"):
        Trainer(Attraction(Encoder()), epochs=1, chunk_size=2)
    for size, error in ((0, ValueError), (2.0, TypeError), (True, TypeError)):
        with pytest.raises(error, match="chunk_size"):
            Trainer(simclr(Encoder()), epochs=1, chunk_size=size)  # type: ignore[arg-type]


@pytest.mark.gpu
def test_dropout_is_replayed_on_a_gpu_for_padded_sequences_too() -> None:
    class Pooled(Encoder):
        def forward(self, views: object) -> Tensor:
            return super().forward(views.values.unflatten(1, (-1, 5)).mean(1))

    views = pad([torch.randn(10, dtype=torch.float64) for _ in range(6)])
    batch, method = PairBatch(views, views, torch.arange(6)).to("cuda"), simclr(Pooled(dropout=0.5)).cuda()
    torch.manual_seed(1)
    chunked = gradients(method, loss_in_chunks(method, batch, 6))
    torch.manual_seed(1)
    whole = method.features_of(batch.first, batch.second)
    assert_same(chunked, gradients(method, method.loss_of_features(whole, batch)))
