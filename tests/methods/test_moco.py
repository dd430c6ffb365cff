"""MoCo against a simulation in plain Python: lists, loops and a deque."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pairgen.methods import CosineMomentum, MoCo
from pairgen.methods.moco import KeyQueue
from pairgen.pairs import PairBatch
from tests.helpers.method_toys import linear, pairs

TEMPERATURE, MOMENTUM = 0.3, 0.7


def batches(sizes: list[int], items: int = 5) -> list[PairBatch]:
    """Batches of these sizes over a few items, so that items come back while their keys are still in the queue."""
    made, seen = [], 0
    for n in sizes:
        made.append(replace(pairs(n, seed=seen), index=torch.arange(seen, seen + n) % items))
        seen += n
    return made


class Simulation:
    """What the papers say, for one linear layer as encoder and one as projector."""

    def __init__(self, method: MoCo, enqueue_first: bool = False) -> None:
        self.key_network = copy.deepcopy(nn.Sequential(method.encoder, method.projector))
        self.method = method
        self.queue: deque[tuple[np.ndarray, int]] = deque(maxlen=method.queue.size)
        self.enqueue_first = enqueue_first

    def unit(self, rows: Tensor) -> np.ndarray:
        rows = rows.detach().numpy()
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def loss(self, batch: PairBatch) -> float:
        query_network = nn.Sequential(self.method.encoder, self.method.projector)
        for k, q in zip(self.key_network.parameters(), query_network.parameters(), strict=True):
            k.data = MOMENTUM * k.data + (1 - MOMENTUM) * q.data
        ways = [(batch.first, batch.second)] + [(batch.second, batch.first)] * self.method.symmetric
        fresh = []
        for _, answering in ways:
            fresh += list(zip(self.unit(self.key_network(answering)), batch.index.tolist(), strict=True))
        if self.enqueue_first:
            self.queue.extend(fresh)
        losses = []
        for way, (asking, _) in enumerate(ways):
            for i, query in enumerate(self.unit(query_network(asking))):
                positive = np.exp(query @ fresh[way * len(batch) + i][0] / TEMPERATURE)
                if self.method.queue.size:
                    negatives = [key for key, item in self.queue if item != int(batch.index[i])]
                else:
                    negatives = [
                        fresh[way * len(batch) + j][0] for j in range(len(batch)) if batch.index[j] != batch.index[i]
                    ]
                total = positive + sum(np.exp(query @ key / TEMPERATURE) for key in negatives)
                losses.append(-np.log(positive / total))
        if not self.enqueue_first:
            for start in range(0, len(fresh), len(batch)):  # of each view, in the order of the items
                self.queue.extend(sorted(fresh[start : start + len(batch)], key=lambda key: key[1]))
        return float(np.mean(losses))


def moco(queue: int, symmetric: bool) -> MoCo:
    torch.manual_seed(1)
    method = MoCo(
        linear(), projection_dim=4, temperature=TEMPERATURE, queue=queue, momentum=MOMENTUM, symmetric=symmetric
    )
    return method.double()


def assert_follows(simulation: Simulation, method: MoCo, sizes: list[int]) -> None:
    optimizer = torch.optim.SGD([p for p in method.parameters() if p.requires_grad], lr=0.5)
    for batch in batches(sizes):
        expected = simulation.loss(batch)
        loss = method.loss(batch)
        assert loss.item() == pytest.approx(expected, abs=1e-10)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        keys, items = method.queue.read()
        held = sorted([*zip(items.tolist(), keys.tolist(), strict=True)])
        reference = sorted((item, key.tolist()) for key, item in simulation.queue)
        assert [item for item, _ in held] == [item for item, _ in reference]
        np.testing.assert_allclose([k for _, k in held], [k for _, k in reference], atol=1e-10)


@given(queue=st.integers(0, 12), sizes=st.lists(st.integers(1, 6), min_size=1, max_size=6), symmetric=st.booleans())
@settings(max_examples=25)
def test_it_does_what_the_papers_say(queue: int, sizes: list[int], symmetric: bool) -> None:
    method = moco(queue, symmetric)
    assert_follows(Simulation(method), method, sizes)


def test_a_queue_that_holds_the_keys_of_the_batch_would_be_noticed() -> None:
    method = moco(queue=8, symmetric=True)
    with pytest.raises(AssertionError):
        assert_follows(Simulation(method, enqueue_first=True), method, [3, 4])


def test_the_first_batch_finds_no_negatives_and_moves_nothing() -> None:
    method = moco(queue=16, symmetric=False)
    loss = method.loss(pairs())
    loss.backward()
    assert loss.item() == 0
    assert all(p.grad is not None and not p.grad.any() for p in method.encoder.parameters())
    assert len(method.queue) == 6


def test_keys_get_no_gradient_and_queries_do() -> None:
    method = MoCo(linear(), projection_dim=4, queue=0, symmetric=True, predictor=True).double()
    method.loss(pairs()).backward()
    assert all(p.grad is None and not p.requires_grad for p in method.ema_encoder.parameters())
    trained = [*method.encoder.parameters(), *method.projector.parameters(), *method.predictor.parameters()]
    assert all(p.grad is not None and p.grad.any() for p in trained)


def test_in_evaluation_mode_nothing_moves() -> None:
    method = moco(queue=8, symmetric=False)
    method.loss(pairs())
    before = {name: value.clone() for name, value in method.state_dict().items()}
    method.eval()
    assert method.loss(pairs(seed=1)).item() == method.loss(pairs(seed=1)).item() > 0
    assert all(torch.equal(value, before[name]) for name, value in method.state_dict().items())


def test_the_state_holds_key_encoder_queue_and_step() -> None:
    method, other = moco(queue=8, symmetric=True), moco(queue=8, symmetric=True)
    for batch in batches([3, 4]):
        method.loss(batch).backward()
    other.load_state_dict(method.state_dict())
    batch = pairs(5, seed=9)
    assert torch.equal(other.loss(batch), method.loss(batch))
    assert int(other.steps) == 3
    assert {"queue.keys", "queue.ids", "queue.pushed", "steps"} <= set(method.state_dict())


def test_buffers_of_the_key_encoder_follow() -> None:
    encoder = nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 6))
    encoder.out_features = 6
    method = MoCo(encoder, projection_dim=4, queue=8, momentum=0.5)
    for batch in batches([4] * 30):
        method.loss(replace(batch, first=batch.first.float() + 3, second=batch.second.float() + 3))
    average, source = method.ema_encoder.parts[0][0], encoder[0]
    torch.testing.assert_close(average.running_mean, source.running_mean, rtol=0.1, atol=0.1)
    assert average.num_batches_tracked > 0


def test_a_momentum_on_a_schedule_rises_to_one() -> None:
    momentum = CosineMomentum(start=0.9, steps=4)
    assert [momentum(step) for step in (0, 2, 4, 5)] == pytest.approx([0.9, 0.95, 1, 1])
    seen = []

    def watched(step: int) -> float:
        seen.append(step)
        return momentum(step)

    method = MoCo(linear(), queue=8, momentum=watched).double()
    for batch in batches([2, 2, 2]):
        method.loss(batch)
    assert seen[-3:] == [0, 1, 2]


def test_half_precision_keys_are_kept_in_single() -> None:
    method = MoCo(linear().bfloat16(), queue=8).bfloat16()
    method.queue.float()
    batch = pairs()
    batch = replace(batch, first=batch.first.bfloat16(), second=batch.second.bfloat16())
    assert [method.loss(batch).isfinite().item() for _ in range(2)] == [True, True]
    assert method.queue.keys.dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"queue": -1}, "queue is .*got -1"),
        ({"momentum": 1.0}, "momentum is 1.0"),
        ({"momentum": -0.1}, "momentum is -0.1"),
        ({"momentum": float("nan")}, "momentum is nan"),
        ({"momentum": lambda step: 2.0}, "momentum is 2.0 at step 0"),
        ({"projection_dim": 0}, "out_features is .* at least 1, got 0"),
        ({"hidden_dim": 0}, "hidden_features is .* at least 1, got 0"),
        ({"temperature": 0.0}, "temperature"),
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MoCo(linear(), **options)


@pytest.mark.parametrize(("start", "steps"), [(1.0, 5), (0.9, 0)])
def test_schedules_out_of_range_are_refused(start: float, steps: int) -> None:
    with pytest.raises(ValueError, match=r"momentum|steps"):
        CosineMomentum(start, steps)


# -- the queue, against Python's deque --------------------------------------------------------------------------------


@given(size=st.integers(0, 9), batches=st.lists(st.integers(0, 12), max_size=8))
def test_the_queue_holds_the_newest_keys_whatever_its_size_and_the_batches(size: int, batches: list[int]) -> None:
    queue, reference = KeyQueue(size, 2), deque[int](maxlen=size)
    seen = 0
    for n in batches:
        index = torch.arange(seen, seen + n)
        queue.push(torch.stack([index, -index], dim=1).float(), index)
        reference.extend(index.tolist())
        seen += n
        keys, held = queue.read()
        assert len(queue) == len(held) == len(reference)
        assert sorted(held.tolist()) == sorted(reference)
        assert torch.equal(keys, torch.stack([held, -held], dim=1).float())


def test_keys_that_were_read_stay_when_the_queue_moves_on() -> None:
    queue = KeyQueue(2, 1)
    queue.push(torch.ones(2, 1), torch.arange(2))
    keys, _ = queue.read()
    queue.push(torch.zeros(2, 1), torch.arange(2))
    assert keys.sum() == 2


def test_the_queue_is_saved_and_goes_on_where_it_was() -> None:
    one, other = KeyQueue(3, 1), KeyQueue(3, 1)
    one.push(torch.ones(2, 1), torch.tensor([7, 8]))
    other.load_state_dict(one.state_dict())
    for queue in (one, other):
        queue.push(torch.zeros(2, 1), torch.tensor([9, 10]))
    assert sorted(other.read()[1].tolist()) == sorted(one.read()[1].tolist()) == [8, 9, 10]


@pytest.mark.parametrize(("size", "error"), [(-1, ValueError), (2.5, TypeError), (True, TypeError)])
def test_a_size_that_is_not_a_number_of_keys_is_refused(size: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="queue is"):
        KeyQueue(size, 4)  # type: ignore[arg-type]
