"""What all losses have in common: gradients, precision, compilation, degenerate and bad input."""

from __future__ import annotations

import doctest
import importlib
import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from pairgen.losses import InfoNCELoss, NTXentLoss, SupConLoss, _log_sum_exp, supcon
from tests.helpers.loss_toys import ALL, TEMPERED, embeddings, labels

Loss = Callable[..., Tensor]
every = pytest.mark.parametrize("loss", ALL.values(), ids=ALL)
tempered = pytest.mark.parametrize("loss", TEMPERED.values(), ids=TEMPERED)


def grads_of(loss: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True, materialize_grads=True)


@tempered
@pytest.mark.parametrize("temperature", [0.002, 0.3])
@pytest.mark.parametrize("tile", [1, 3, 100])
def test_gradients_of_embeddings_and_temperature_pass_gradcheck(loss: Loss, temperature: float, tile: int) -> None:
    a, b = embeddings(4, d=3)
    # At a low temperature the loss must not be saturated, or there is nothing to check.
    if temperature < 0.01:
        a = a[:1] + 1e-3 * a
        b = a + 1e-3 * b
    inputs = [x.clone().requires_grad_() for x in (a, b)]
    tau = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
    step, tolerance = (1e-7, 1e-4) if temperature < 0.01 else (1e-6, 1e-7)
    assert torch.autograd.gradcheck(
        lambda x, y, t: loss(x, y, t, tile=tile), (*inputs, tau), eps=step, atol=tolerance, rtol=1e-4
    )


@tempered
@pytest.mark.parametrize("tile", [None, 2])
def test_second_derivatives_pass_gradgradcheck(loss: Loss, tile: int | None) -> None:
    inputs = [x.clone().requires_grad_() for x in embeddings(4, d=3)]
    tau = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x, y, t: loss(x, y, t, tile=tile), (*inputs, tau))


@tempered
@pytest.mark.parametrize("temperature", [0.002, 0.2])
def test_a_gradient_that_can_be_differentiated_again_is_the_same(loss: Loss, temperature: float) -> None:
    inputs = [x.requires_grad_() for x in embeddings(9)]
    once = torch.autograd.grad(loss(*inputs, temperature), inputs, allow_unused=True, materialize_grads=True)
    again = torch.autograd.grad(
        loss(*inputs, temperature), inputs, create_graph=True, allow_unused=True, materialize_grads=True
    )
    for g, e in zip(again, once, strict=True):
        torch.testing.assert_close(g, e, rtol=1e-9, atol=1e-12)


@every
@pytest.mark.parametrize("n", [1, 5])
def test_second_derivatives_of_degenerate_rows_are_finite(loss: Loss, n: int) -> None:
    a, b = (x.clone() for x in embeddings(n))
    a[0] = b[0] if n == 5 else 0  # of distance 0, or without direction
    a[n - 1] = 0
    a.requires_grad_()
    (grad,) = torch.autograd.grad(loss(a, b), a, create_graph=True)
    (second,) = torch.autograd.grad(grad.square().sum(), a, allow_unused=True, materialize_grads=True)
    assert grad.isfinite().all()
    assert second.isfinite().all()


@tempered
@pytest.mark.parametrize("temperature", [0.01, 0.2])
def test_the_tile_changes_neither_value_nor_gradients(loss: Loss, temperature: float) -> None:
    a, b = (x.requires_grad_() for x in embeddings(21))
    tau = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
    dense = loss(a, b, tau, tile=64)
    for tile in (None, 1, 5, 41):
        found = loss(a, b, tau, tile=tile)
        torch.testing.assert_close(found, dense, rtol=1e-12, atol=1e-13)
        for g, e in zip(grads_of(found, a, b, tau), grads_of(dense, a, b, tau), strict=True):
            torch.testing.assert_close(g, e, rtol=1e-9, atol=1e-12)


@tempered
def test_tiles_are_kept_or_computed_again_with_the_same_result(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = (x.requires_grad_() for x in embeddings(600, d=3))  # three rows of tiles on the CPU
    found = []
    for kept in (0, _log_sum_exp._CPU_KEPT):
        monkeypatch.setattr(_log_sum_exp, "_CPU_KEPT", kept)
        value = loss(a, b)
        found.append((value, *grads_of(value, a, b), *grads_of(value, a, b)))
    for again, stored in zip(*found, strict=True):
        torch.testing.assert_close(again, stored, rtol=1e-12, atol=1e-15)


@tempered
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_at_temperature_one_hundredth_is_computed_in_float32(loss: Loss, dtype: torch.dtype) -> None:
    a, b = embeddings(16).to(dtype)
    a.requires_grad_()
    found = loss(a, b, 0.01)
    assert found.dtype == torch.float32
    exact = a.detach().double().requires_grad_()
    expected = loss(exact, b.double(), 0.01)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5, abs=1e-4)
    found.backward()
    expected.backward()
    assert a.grad.dtype == dtype
    largest = exact.grad.abs().max()
    torch.testing.assert_close(a.grad.double() / largest, exact.grad / largest, rtol=0, atol=torch.finfo(dtype).eps)


@every
def test_mixed_precisions_are_computed_in_the_wider(loss: Loss) -> None:
    a, b = embeddings(5)
    assert loss(a, b.float()).dtype == torch.float64
    assert loss(a.half(), b.bfloat16()).dtype == torch.float32


@every
def test_autocast_changes_neither_value_nor_gradient_even_around_backward(loss: Loss) -> None:
    a, b = (x.requires_grad_() for x in embeddings(16, dtype=torch.float32))
    expected = loss(a, b)
    plain = grads_of(expected, a, b)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = loss(a, b)
        inside = grads_of(found, a, b)
    assert torch.equal(found, expected)
    for g, e in zip(inside, plain, strict=True):
        torch.testing.assert_close(g, e, rtol=0, atol=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nt_xent", "supcon in", "info_nce both", "margin"])
def test_compiled_it_has_the_same_value_and_gradients(name: str) -> None:
    net = torch.nn.Linear(6, 6).double()
    views = embeddings(8)
    found = []
    for compiled in (False, True):
        torch.compiler.reset()

        def step(a: Tensor, b: Tensor) -> Tensor:
            return 2 * ALL[name](net(a), net(b).tanh())

        loss = (torch.compile(step, backend="aot_eager") if compiled else step)(*views)
        found.append((loss, *torch.autograd.grad(loss, net.parameters())))
    for g, e in zip(*found, strict=True):
        torch.testing.assert_close(g, e, rtol=1e-12, atol=1e-14)


@every
def test_a_retained_graph_can_be_walked_again(loss: Loss) -> None:
    a, b = (x.requires_grad_() for x in embeddings(6))
    value = loss(a, b)
    for g, e in zip(grads_of(value, a, b), grads_of(value, a, b), strict=True):
        assert torch.equal(g, e)


@every
def test_inputs_are_left_as_they_were(loss: Loss) -> None:
    a, b = embeddings(6)
    before = a.clone(), b.clone()
    loss(a, b)
    assert torch.equal(a, before[0])
    assert torch.equal(b, before[1])


@every
@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_items_give_a_finite_loss_and_finite_gradients(loss: Loss, n: int) -> None:
    a, b = (x.requires_grad_() for x in embeddings(n))
    value = loss(a, b)
    assert value.isfinite()
    assert all(g.isfinite().all() for g in grads_of(value, a, b))


@every
@pytest.mark.parametrize("temperature", [0.01, 0.5])
def test_rows_of_zeros_give_a_finite_loss_and_finite_gradients(loss: Loss, temperature: float) -> None:
    a, b = embeddings(6)
    a[2] = 0
    b[2:4] = 0
    a.requires_grad_()
    value = loss(a, b, temperature)
    assert value.isfinite()
    assert grads_of(value, a)[0].isfinite().all()


@every
def test_an_empty_batch_is_refused(loss: Loss) -> None:
    with pytest.raises(ValueError, match=r"shape \(0, 3\).*skip empty batches"):
        loss(torch.ones(0, 3), torch.ones(0, 3))


@every
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_embeddings_that_are_not_finite_are_refused_by_row(loss: Loss, bad: float) -> None:
    a, b = embeddings(5)
    a[3, 1] = bad
    with pytest.raises(ValueError, match=r"(first|queries) has NaN or infinite entries, in row 3"):
        loss(a, b)


@every
def test_whole_numbers_are_refused(loss: Loss) -> None:
    with pytest.raises(TypeError, match=r"int64.*\.float\(\)"):
        loss(torch.ones(4, 3).long(), torch.ones(4, 3))


@every
def test_different_shapes_are_refused(loss: Loss, request: pytest.FixtureRequest) -> None:
    if "one view" in request.node.name:
        pytest.skip("takes one tensor alone")
    with pytest.raises(ValueError, match=r"\(4, 3\) and (second|keys) \(4, 2\)"):
        loss(torch.ones(4, 3), torch.ones(4, 2))


@tempered
@pytest.mark.parametrize("temperature", [0, -1.0, math.nan, math.inf, torch.tensor(0.0)])
def test_a_temperature_that_is_not_positive_is_refused(loss: Loss, temperature: float | Tensor) -> None:
    with pytest.raises(ValueError, match="above 0"):
        loss(torch.eye(3), torch.eye(3), temperature)


@tempered
@pytest.mark.parametrize(
    ("tile", "error"), [(0, ValueError), (-2, ValueError), (1.5, TypeError), (True, TypeError), ("all", TypeError)]
)
def test_a_tile_that_is_not_a_number_of_rows_is_refused(loss: Loss, tile: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="tile"):
        loss(torch.eye(3), torch.eye(3), tile=tile)


@pytest.mark.parametrize("module", [NTXentLoss, SupConLoss, InfoNCELoss])
def test_modules_refuse_at_construction_what_can_be_seen_there(module: type) -> None:
    with pytest.raises(ValueError, match="above 0"):
        module(-0.1)
    with pytest.raises(ValueError, match="tile"):
        module(tile=0)


@tempered
def test_gathering_in_one_process_changes_nothing(loss: Loss) -> None:
    a, b = embeddings(6)
    assert torch.equal(loss(a, b, gather=True), loss(a, b))


@pytest.mark.parametrize("name", ["nt_xent", "supcon in", "info_nce symmetric", "info_nce ids"])
def test_memory_is_that_of_a_tile_and_not_of_the_batch(name: str) -> None:
    n, tile = 400, 64
    a, b = (x.requires_grad_() for x in embeddings(n, d=4, dtype=torch.float32))
    with torch.profiler.profile(profile_memory=True) as profile:
        ALL[name](a, b, tile=tile).backward()
    largest = max(event.cpu_memory_usage for event in profile.events())
    assert largest < 2 * n * 4 * 4 * 8 + 8 * tile * tile * 4  # one matrix would be 640 kB or more


@pytest.mark.parametrize("module", ["nt_xent", "supcon", "info_nce", "margin"])
def test_the_examples_of_the_docstrings_hold(module: str) -> None:
    results = doctest.testmod(importlib.import_module(f"pairgen.losses.{module}"))
    assert results.attempted
    assert not results.failed


@pytest.mark.gpu
@every
def test_the_value_on_a_gpu_is_that_on_the_cpu(loss: Loss) -> None:
    a, b = embeddings(300)
    torch.testing.assert_close(loss(a.cuda(), b.cuda(), 0.1).cpu(), loss(a, b, 0.1), rtol=1e-12, atol=0)


def test_labels_on_another_device_are_refused() -> None:
    a, b = embeddings(4)
    with pytest.raises(ValueError, match="labels is on meta"):
        supcon(a, b, labels=labels(4).to("meta"))
