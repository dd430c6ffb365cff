from __future__ import annotations

import pytest
import torch

from pairgen.losses import nt_xent, supcon
from pairgen.methods import SupCon
from tests.helpers.method_toys import linear, pairs

LABELS = torch.tensor([0, 1, 0, 1, 2, 0])


def method(**options: object) -> SupCon:
    encoder = linear()
    torch.manual_seed(1)
    return SupCon(encoder, projection_dim=3, **options).double()


def test_the_loss_is_supcon_of_the_projections_and_labels() -> None:
    learner, batch = method(temperature=0.2), pairs(labels=LABELS)
    embeddings = [learner.projector(learner.encoder(views)) for views in (batch.first, batch.second)]
    torch.testing.assert_close(learner.loss(batch), supcon(*embeddings, labels=LABELS, temperature=0.2))


def test_labels_matter_and_without_two_of_a_class_it_is_simclr() -> None:
    learner, batch = method(temperature=0.2), pairs(labels=torch.arange(6))
    embeddings = [learner.projector(learner.encoder(views)) for views in (batch.first, batch.second)]
    torch.testing.assert_close(learner.loss(batch), nt_xent(*embeddings, temperature=0.2))
    assert learner.loss(pairs(labels=LABELS)) != learner.loss(batch)


@pytest.mark.parametrize("batch", [pairs(1, labels=LABELS[:1]), pairs(labels=torch.zeros(6, dtype=torch.int64))])
def test_a_batch_of_one_item_or_one_class_has_a_loss(batch: object) -> None:
    loss = method().loss(batch)
    loss.backward()
    assert loss.isfinite()


def test_without_labels_or_with_other_things_it_is_refused() -> None:
    with pytest.raises(ValueError, match=r"SupCon learns from labels.*SimCLR"):
        method().loss(pairs())
    with pytest.raises(TypeError, match=r"torch\.float64, are no whole numbers; number the classes"):
        method().loss(pairs(labels=LABELS.double() + 0.5))
    with pytest.raises(TypeError, match="a label is a list"):
        method().loss(pairs(labels=[["a"]] * 6))


def test_features_that_are_not_finite_are_an_error() -> None:
    batch = pairs(labels=LABELS)
    batch.first[2, 1] = torch.inf
    with pytest.raises(ValueError, match="NaN or infinite"):
        method().loss(batch)


@pytest.mark.parametrize("options", [{"temperature": 0.0}, {"temperature": -1.0}, {"hidden_dim": 0}])
def test_settings_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"temperature|at least 1"):
        method(**options)
