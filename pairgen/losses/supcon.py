"""SupCon, NT-Xent with labels: every view of the same class is a positive.

See `supcon` for the equations. The positives of L_out need no matrix: z_i . (sum of the class's z - z_i) is the sum
over them.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from pairgen._validation import check_choice
from pairgen.losses._embeddings import check_labels, check_views, normalize_rows
from pairgen.losses._log_sum_exp import check_tile, eager, log_sum_exp_among
from pairgen.losses._shards import gather_shards
from pairgen.losses._temperature import TemperedLoss, check_temperature, temperature_like

__all__ = ["SupConLoss", "supcon"]

Form = Literal["out", "in"]
Anchors = Literal["all", "first"]


@eager
def supcon(
    *views: Tensor,
    labels: Tensor,
    temperature: float | Tensor = 0.1,
    form: Form = "out",
    anchors: Anchors = "all",
    tile: int | None = None,
    gather: bool = False,
) -> Tensor:
    """Compute the supervised contrastive loss of N labelled items in one view or more.

    With z the embeddings of all views at unit length, s_ij = z_i . z_j / temperature, A(i) all views except i and P(i)
    those of them with the label of i, the loss is the mean over i of (Khosla et al. 2020, "Supervised Contrastive
    Learning", equations 2 and 3)

        L_out = log( sum over A(i) of exp s_ij )  -  mean over P(i) of s_ij
        L_in  = log( sum over A(i) of exp s_ij )  -  log( mean over P(i) of exp s_ij )

    Where no label occurs twice and there are two views or more, L_out is NT-Xent. Where all labels are equal there
    are no negatives, and the loss is lowest where all embeddings coincide. The paper's code multiplies the loss by
    temperature / 0.07; this does not.

    Args:
        views: One or more floating-point tensors (N, D), scaled to unit length here, as in `nt_xent`; the other views
            of an item are positives too.
        labels: Integers or booleans (N,) of any values, on the same device.
        temperature: Divisor of the cosines, above 0; a tensor of one element receives its gradient.
        form: "out", with the mean over the positives outside the logarithm (equation 2, which the paper recommends), or
            "in" (equation 3).
        anchors: "all" views, or those of the "first" only, whose candidates are still all views.
        tile: Rows of a tile, as in `nt_xent`.
        gather: Compare with the views of all processes, as in `nt_xent`; each gives the labels of its own items.

    Returns:
        The mean over the anchors: a scalar, float32, or float64 if an input is float64. An anchor without positives
        (its label occurs once, and there is one view) counts 0 and has no gradient as an anchor; it remains a
        negative of others. Where no anchor has positives, loss and gradients are 0.

    Raises:
        TypeError: An input is not a tensor, embeddings are not floating-point, or labels neither integer nor boolean.
        ValueError: N = 0, different shapes or devices, NaN or infinite entries, temperature <= 0, an unknown form,
            unknown anchors, or tile < 1. With `gather`, on all processes if on one.

    Example:
        >>> supcon(torch.eye(4), labels=torch.tensor([0, 0, 1, 1]), temperature=0.5)  # all orthogonal
        tensor(1.0986)
    """
    scale = check_temperature(temperature)
    _check_options(form, anchors)
    check_tile(tile)

    def check() -> tuple[Tensor, Tensor, Tensor]:
        embeddings = check_views(views, fewest=1, empty=gather)
        classes = check_labels(labels, views[0])
        is_first = torch.arange(len(embeddings), device=embeddings.device) < len(classes)
        return embeddings, classes.repeat(len(views)), is_first

    (embeddings, classes, is_first), shards = gather_shards(check, gather)
    with torch.autocast(embeddings.device.type, enabled=False):
        z = normalize_rows(embeddings)
        z = shards.gather(z * temperature_like(temperature, z).rsqrt())
        _, classes, sizes = torch.unique(shards.gather(classes), return_inverse=True, return_counts=True)
        positives = (sizes - 1)[classes].to(z.dtype)

        def other_class(i: slice, j: slice) -> Tensor:
            different: Tensor = classes[i, None] != classes[j]
            return different

        candidates = log_sum_exp_among(z, 1 / scale, shards, tile=tile)
        if form == "out":
            sums = z.new_zeros((len(sizes), z.shape[1])).index_add(0, classes, z)
            attraction = torch.linalg.vecdot(z, sums[classes] - z) / positives.clamp(min=1)
        else:
            attraction = log_sum_exp_among(z, 1 / scale, shards, leave_out=other_class, tile=tile) - positives.log()
        each = torch.where(positives > 0, candidates - attraction, 0)
        if anchors == "first":
            each = each[shards.gather(is_first)]
        return shards.scale_gradient(each.mean())


class SupConLoss(TemperedLoss):
    """The supervised contrastive loss as a module; see `supcon`.

    Args:
        temperature: Divisor of the cosines, above 0; the initial value if it is learned.
        form: "out" (equation 2) or "in" (equation 3).
        anchors: "all" views, or the "first" only.
        learn_temperature: Learn the temperature, through its logarithm, so that it stays positive.
        tile: Rows of a tile; None chooses for the device.
        gather: Compare with the views of all processes.
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        form: Form = "out",
        anchors: Anchors = "all",
        learn_temperature: bool = False,
        tile: int | None = None,
        gather: bool = False,
    ) -> None:
        super().__init__(temperature, learn_temperature=learn_temperature, tile=tile, gather=gather)
        _check_options(form, anchors)
        self.form: Form = form
        self.anchors: Anchors = anchors

    def forward(self, *views: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss.

        Args:
            views: One or more floating-point tensors (N, D); row i of each comes from item i.
            labels: Integers or booleans (N,).

        Returns:
            The scalar loss; see `supcon`.
        """
        return supcon(
            *views,
            labels=labels,
            temperature=self.temperature,
            form=self.form,
            anchors=self.anchors,
            tile=self.tile,
            gather=self.gather,
        )

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"{super().extra_repr()}, form={self.form!r}, anchors={self.anchors!r}"


def _check_options(form: str, anchors: str) -> None:
    check_choice("form", form, ("out", "in"))
    check_choice("anchors", anchors, ("all", "first"))
