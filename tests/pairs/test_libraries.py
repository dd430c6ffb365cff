"""Loaders of pairs inside Lightning, Fabric and accelerate: six epochs, six different views."""

from __future__ import annotations

import logging
import warnings
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from pairgen.pairs import PairBatch, PairSampler
from tests.helpers.toy import Series, SeriesData

EPOCHS = 6
LOADERS = ("wrap_dataset", "wrap_dataset with workers", "loader", "wrap_loader")


def sampler() -> PairSampler:
    return PairSampler(Series(), "whole", seed=3)


def make_loader(form: str):
    make, data = sampler(), SeriesData(12)
    if form == "loader":
        return make.loader(data, 4, shuffle=True)
    if form == "wrap_loader":
        return make.wrap_loader(DataLoader(data, batch_size=4))
    workers = {"num_workers": 2, "persistent_workers": True} if "workers" in form else {}
    return DataLoader(make.wrap_dataset(data), batch_size=4, shuffle=True, collate_fn=make.collate, **workers)


def check_epochs(rows: list[torch.Tensor]) -> None:
    """Each of the epochs has all items, and no two views are equal."""
    assert len(rows) == 12 * EPOCHS
    assert len(torch.unique(torch.stack(rows), dim=0)) == 12 * EPOCHS


def lightning():
    for name in ("lightning.pytorch", "pytorch_lightning"):
        try:
            module = __import__(name, fromlist=["Trainer"])
        except ImportError:
            continue
        logging.getLogger(name).setLevel(logging.ERROR)
        return module
    pytest.skip("Lightning is not installed")
    return None


def fit(train, val=None, **options):
    pl = lightning()

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 2)
            self.rows: list[torch.Tensor] = []
            self.seen: list[PairBatch] = []

        def training_step(self, batch, _):
            self.rows.extend(batch.first.double())
            self.seen.append(batch)
            return self.layer(batch.first.to(self.layer.weight.dtype)).float().pow(2).mean()

        def validation_step(self, batch, _):
            assert len(batch) == 4

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.0)

    module = Module()
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = pl.Trainer(
            max_epochs=EPOCHS, accelerator="cpu", devices=1, enable_model_summary=False, **quiet, **options
        )
        trainer.fit(module, train, val)
    return module


@pytest.mark.parametrize("form", LOADERS)
def test_lightning_gets_other_views_in_each_epoch(form) -> None:
    check_epochs(fit(make_loader(form), make_loader(form)).rows)


@pytest.mark.parametrize("precision", ["bf16-true", "16-true", "64-true"])
def test_lightning_moves_the_views_alone_to_another_precision(precision) -> None:
    make = sampler()

    class Large(SeriesData):
        def __getitem__(self, i):
            return 70001 + i, super().__getitem__(i)[0], 70001 + i

    loader = DataLoader(make.wrap_dataset(Large(12)), batch_size=4, collate_fn=make.collate)
    seen = fit(loader, precision=precision).seen
    dtypes = {"bf16-true": torch.bfloat16, "16-true": torch.float16, "64-true": torch.float64}
    assert seen[0].first.dtype == dtypes[precision]
    assert seen[0].index.tolist() == [70001, 70002, 70003, 70004]
    assert seen[0].label.tolist() == [70001, 70002, 70003, 70004]


class Targets(SeriesData):
    """Labels that bfloat16 and float16 cannot hold."""

    def __getitem__(self, i):
        return super().__getitem__(i)[0], 70001.25 + i


@pytest.mark.parametrize("precision", ["bf16-true", "16-true", "64-true"])
def test_lightning_leaves_labels_and_scores_that_are_no_whole_numbers(precision) -> None:
    make = sampler()

    def collate(pairs):
        batch = make.collate(pairs)
        return replace(batch, score=batch.label / 70000)

    batches = fit(
        DataLoader(make.wrap_dataset(Targets(12)), batch_size=4, collate_fn=collate), precision=precision
    ).seen
    expected = torch.tensor([70001.25, 70002.25, 70003.25, 70004.25])
    for name, values in (("label", expected), ("score", expected / 70000)):
        assert getattr(batches[0], name).dtype == torch.float32
        assert torch.equal(getattr(batches[0], name), values)


@pytest.mark.parametrize("form", [form for form in LOADERS if "dataset" in form])
def test_fabric_gets_other_views_in_each_epoch(form) -> None:
    from lightning_fabric import Fabric

    fabric = Fabric(accelerator="cpu", devices=1, precision="bf16-true")
    loader = fabric.setup_dataloaders(make_loader(form))
    batches = [batch for _ in range(EPOCHS) for batch in loader]
    check_epochs([row for batch in batches for row in batch.first])


@pytest.mark.parametrize("form", LOADERS)
def test_accelerate_gets_other_views_in_each_epoch(form) -> None:
    accelerate = pytest.importorskip("accelerate")
    loader = accelerate.Accelerator(cpu=True).prepare(make_loader(form))
    batches = [batch for _ in range(EPOCHS) for batch in loader]
    assert all(isinstance(batch, PairBatch) for batch in batches)
    check_epochs([row for batch in batches for row in batch.first])
