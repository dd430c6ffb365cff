"""CLIP and SigLIP: two encoders, learned scales, negatives, duplicates, chunks, and what a run keeps."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import pairgen
from pairgen.losses import info_nce, sigmoid_contrastive
from pairgen.methods import CLIP, SigLIP, SimCLR, TwoTowers
from pairgen.methods.method import encode_each
from pairgen.pairs import PairBatch
from pairgen.training import Trainer, loss_in_chunks
from tests.helpers.method_toys import linear, pairs

MAKE: dict[str, type[Any]] = {"CLIP": CLIP, "SigLIP": SigLIP}
every = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


def batch(n: int = 6, seed: int = 0, negatives: int = 0) -> PairBatch:
    """First members of five numbers, second ones of three, both float64."""
    one = pairs(n, seed=seed)
    second = one.second[:, :3] + 0.1
    more = pairs(negatives, 3, seed=9).first if negatives else None
    of = torch.arange(negatives) % n if negatives else None
    return replace(one, second=second, negatives=more, negative_of=of, label=torch.arange(n) % 4)


def towers(make: type[Any], **options: Any) -> TwoTowers:
    torch.manual_seed(2)
    method: TwoTowers = make(linear(), linear(3, 7), 4, **options).double()
    return method


def train(method: TwoTowers, run_dir: Path | None, epochs: int = 2, **options: Any) -> pairgen.training.History:
    trainer = Trainer(
        method, epochs=epochs, device="cpu", precision="64-true", progress=False, run_dir=run_dir, **options
    )
    return trainer.fit([batch(seed=seed, negatives=seed) for seed in range(3)], resume=epochs > 2)


@pytest.mark.parametrize("mask", [None, "label", "index"])
@pytest.mark.parametrize("negatives", [0, 5])
def test_the_losses_are_those_of_the_embeddings(mask: Any, negatives: int) -> None:
    b = batch(negatives=negatives)
    b = replace(b, index=torch.tensor([0, 1, 0, 3, 4, 5]))
    ids = {None: None, "label": b.label, "index": b.index}[mask]
    clip, siglip = (towers(make, mask_duplicates=mask) for make in MAKE.values())
    for method in (clip, siglip):
        a, c = method.encode(b.first), method.encode(b.second, tower=1)
        more = None if b.negatives is None else method.encode(b.negatives, tower=1)
        torch.testing.assert_close(torch.linalg.vector_norm(c, dim=1), torch.ones(6, dtype=torch.float64))
        if method is clip:
            expected = info_nce(a, c, 0.07, ids=ids, negatives=more, in_batch=True, symmetric=True)
        else:
            expected = sigmoid_contrastive(a, c, 10.0, -10.0, ids=ids, negatives=more)
        torch.testing.assert_close(method.loss(b), expected, rtol=1e-6, atol=1e-9)  # parameters began as float32


def test_the_scale_of_clip_stays_at_its_clamp_says_so_once_and_can_come_back() -> None:
    method = towers(CLIP, temperature=0.011)
    with torch.no_grad():
        method.log_scale.fill_(7.0)
    with pytest.warns(UserWarning, match="reached max_scale=100"):
        loss = method.loss(batch())
    assert method.figures() == {"scale": pytest.approx(100), "scale_at_clamp": 1.0}
    loss.backward()
    assert method.log_scale.grad != 0
    with torch.no_grad():
        method.log_scale.sub_(1)
    method.loss(batch())
    assert method.figures() == {"scale": pytest.approx(100 / math.e), "scale_at_clamp": 0.0}


def test_a_temperature_beyond_the_clamp_is_refused_unless_it_is_fixed() -> None:
    with pytest.raises(ValueError, match="a scale of 1000, above max_scale=100"):
        CLIP(linear(), temperature=0.001)
    fixed = CLIP(linear(), temperature=0.001, learn_temperature=False)
    assert not fixed.log_scale.requires_grad
    assert fixed.figures()["scale"] == pytest.approx(1000)


@every
def test_one_encoder_serves_both_members_where_one_is_given(make: type[Any]) -> None:
    shared = make(linear(), projection_dim=4).double()
    assert shared.second_encoder is None
    assert shared.towers[0] is shared.towers[1]
    shared.loss(pairs()).backward()
    encoder = linear()
    assert make(encoder, encoder, None).second_encoder is None


@every
def test_widths_that_differ_need_a_projection(make: type[Any]) -> None:
    with pytest.raises(ValueError, match=r"give 8 and 7 features.*give projection_dim"):
        make(linear(), linear(3, 7), None)
    assert make(linear(), linear(3, 8), None).encode(torch.ones(2, 3).double(), tower=1).shape == (2, 8)


@every
@pytest.mark.parametrize("shared", [False, True])
def test_in_chunks_loss_and_gradients_are_those_of_the_whole_batch(make: type[Any], shared: bool) -> None:
    method = make(linear(3), projection_dim=4).double() if shared else towers(make)
    b = batch(7, negatives=5)
    b = replace(b, first=b.first[:, :3]) if shared else b
    found = []
    for loss in (method.loss(b), loss_in_chunks(method, b, 3)):
        method.zero_grad()
        loss.backward()
        found.append([loss.detach(), *(p.grad.clone() for p in method.parameters())])
    for whole, chunked in zip(*found, strict=True):
        torch.testing.assert_close(chunked, whole, rtol=1e-10, atol=1e-12)


@every
def test_a_run_records_the_figures_and_keeps_both_towers(make: type[Any], tmp_path: Path) -> None:
    method = towers(make)
    history = train(method, tmp_path)
    assert history[1].figures == method.figures()
    header, *rows = (tmp_path / "metrics.csv").read_text().splitlines()
    assert header.endswith(",".join(method.figures()))
    assert len(rows) == 2
    for number, fresh in enumerate(towers(make).towers):
        loaded = pairgen.load_encoder(tmp_path, fresh, tower=number)
        assert loaded.tower == number
        for value, expected in zip(loaded.parameters(), method.towers[number].parameters(), strict=True):
            assert torch.equal(value, expected)
    resumed = towers(make)
    again = train(resumed, tmp_path, epochs=3)
    assert [record.figures for record in again][:2] == [record.figures for record in history]


def test_towers_of_pairgens_encoders_are_rebuilt_from_the_run(tmp_path: Path) -> None:
    def encoder() -> nn.Module:
        return pairgen.create_encoder("image", "resnet18", in_channels=1)

    torch.manual_seed(0)
    method = CLIP(encoder(), linear(3, 7).float(), 4)
    views = torch.rand(4, 1, 8, 8)
    members = PairBatch(views, torch.rand(4, 3), torch.arange(4))
    Trainer(method, epochs=1, device="cpu", progress=False, run_dir=tmp_path).fit([members])
    loaded = pairgen.load_encoder(tmp_path)
    torch.testing.assert_close(loaded(views), method.eval().encoder(views))
    assert loaded.encoder.out_features == 512
    with pytest.raises(ValueError, match="was not made by"):
        pairgen.load_encoder(tmp_path, tower=1)


def test_a_run_of_one_encoder_has_no_second_tower(tmp_path: Path) -> None:
    Trainer(SimCLR(linear()), epochs=1, device="cpu", precision="64-true", progress=False, run_dir=tmp_path).fit(
        [pairs()]
    )
    with pytest.raises(ValueError, match="has one encoder: leave tower out"):
        pairgen.load_encoder(tmp_path, linear(), tower=1)


@every
def test_training_lowers_the_loss(make: type[Any]) -> None:
    method = towers(make)
    before = method.loss(batch(12)).item()
    trainer = Trainer(method, epochs=30, learning_rate=0.02, device="cpu", precision="64-true", progress=False)
    assert trainer.fit([batch(12)]).loss[-1] < 0.8 * before


class Pooled(nn.Module):
    """Images of any size -> their mean color."""

    out_features = 3
    seen: list[tuple[int, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.seen = []

    def forward(self, views: Tensor) -> Tensor:
        self.seen.append(tuple(views.shape))
        return views.mean(dim=(2, 3))


def test_views_of_different_sizes_are_encoded_size_by_size_and_come_back_in_order() -> None:
    sizes = (8, 4, 8, 4, 4)
    views = [torch.rand(2, 3, size, size, dtype=torch.float64) for size in sizes]
    encoder = Pooled()
    found = encode_each(encoder, *views)
    assert encoder.seen == [(4, 3, 8, 8), (6, 3, 4, 4)]
    for features, view in zip(found, views, strict=True):
        torch.testing.assert_close(features, view.mean(dim=(2, 3)))


def test_simclr_learns_from_views_of_different_sizes() -> None:
    views = [torch.rand(5, 3, size, size, dtype=torch.float64) for size in (8, 8, 4, 4)]
    method = SimCLR(Pooled(), 4).double()
    b = PairBatch(views[0], views[1], torch.arange(5), more=tuple(views[2:]))
    whole = method.loss(b)
    whole.backward()
    torch.testing.assert_close(loss_in_chunks(method, b, 2), whole, rtol=1e-10, atol=0)
