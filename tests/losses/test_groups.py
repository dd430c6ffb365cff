"""The contrast within groups against one dot product at a time, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pairgen.losses._groups import contrast_in_groups


def slow_contrast(both, there, *, with_itself=False):
    """(G, 2N, D) and bool (G, N), as NumPy arrays -> the mean cross-entropy, anchor by anchor."""
    terms = []
    count = there.shape[1]
    for group, present in zip(both, there, strict=True):
        members = [i for i in range(2 * count) if present[i % count]]
        if len(members) < 4:
            continue
        for i in members:
            scores = np.array([group[i] @ group[j] for j in members if with_itself or j != i])
            top = scores.max()
            terms.append(top + np.log(np.exp(scores - top).sum()) - group[i] @ group[(i + count) % (2 * count)])
    return np.mean(terms) if terms else 0.0


def groups(seed, shape, share=0.7):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(shape[0], 2 * shape[1], shape[2])), rng.random(shape[:2]) < share


@settings(max_examples=40)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4)),
    share=st.sampled_from([0.3, 0.7, 1.0]),
    seed=st.integers(0, 99),
)
def test_it_is_the_mean_cross_entropy_of_finding_the_other_view(shape, share, seed):
    both, there = groups(seed, shape, share)
    made = contrast_in_groups(torch.from_numpy(both), torch.from_numpy(there))
    assert float(made) == pytest.approx(slow_contrast(both, there), rel=1e-10, abs=1e-10)


def test_an_oracle_that_counts_a_view_itself_would_be_detected():
    both, there = groups(0, (3, 4, 5))
    made = float(contrast_in_groups(torch.from_numpy(both), torch.from_numpy(there)))
    assert abs(made - slow_contrast(both, there, with_itself=True)) > 1e-3


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_gradients_are_those_of_differences(share):
    both, there = groups(1, (3, 3, 2), share)
    assert torch.autograd.gradcheck(
        lambda x: contrast_in_groups(x, torch.from_numpy(there)), torch.from_numpy(both).requires_grad_()
    )


def test_scores_far_beyond_the_range_of_exp_stay_finite():
    both = 100 * torch.ones(1, 4, 3)
    there = torch.ones(1, 2, dtype=torch.bool)
    assert contrast_in_groups(both, there).item() == pytest.approx(np.log(3), rel=1e-6)


def test_groups_of_one_say_nothing_and_have_a_gradient():
    both = torch.ones(2, 4, 3, requires_grad=True)
    loss = contrast_in_groups(both, torch.tensor([[True, False], [False, False]]))
    loss.backward()
    assert loss.item() == 0
    assert both.grad.eq(0).all()


def test_what_is_not_there_has_no_gradient():
    both, _ = groups(2, (1, 3, 2))
    leaf = torch.from_numpy(both).requires_grad_()
    contrast_in_groups(leaf, torch.tensor([[True, True, False]])).backward()
    assert leaf.grad[0, [2, 5]].eq(0).all()
    assert leaf.grad[0, [0, 1, 3, 4]].ne(0).all()


def test_half_precision_is_computed_in_float32_under_autocast_too():
    both, there = groups(3, (2, 3, 4), 1.0)
    half, mask = torch.from_numpy(both).bfloat16(), torch.from_numpy(there)
    wanted = contrast_in_groups(half.float(), mask)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        made = contrast_in_groups(half.requires_grad_(), mask)
    assert made.dtype == torch.float32
    assert made.item() == wanted.item()
    made.backward()
    assert half.grad.dtype == torch.bfloat16


@pytest.mark.parametrize("ratio", [1.0, 0.6])
def test_second_derivatives_pass_gradgradcheck(ratio):
    both, there = (torch.from_numpy(array) for array in groups(3, (3, 4, 2), ratio))
    assert torch.autograd.gradgradcheck(lambda views: contrast_in_groups(views, there), both.requires_grad_())
