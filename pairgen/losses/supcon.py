"""SupCon: NT-Xent with labels, where every view of the same class is a positive.

With z the unit vectors of all views, s_ij = z_i . z_j / temperature, A(i) all views but i and P(i) those of them with
the label of i, Khosla et al. 2020, "Supervised Contrastive Learning", equations 2 and 3, are the means over i of

    L_out = log( sum over A(i) of exp s_ij )  -  mean over P(i) of s_ij
    L_in  = log( sum over A(i) of exp s_ij )  -  log( mean over P(i) of exp s_ij )

The positives of L_out need no matrix: z_i . (sum of the class's z - z_i) is the sum over them.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from pairgen.losses.eager import eager
from pairgen.losses.embeddings import check_labels, check_matrix, check_pair, unit_rows
from pairgen.losses.log_sum_exp import log_sum_exp_among
from pairgen.losses.options import check_option
from pairgen.losses.shards import spread
from pairgen.losses.temperature import TemperedLoss, check_temperature, temperature_like
from pairgen.losses.tiles import check_tile

Form = Literal["out", "in"]
Anchors = Literal["both", "first"]


@eager
def supcon(
    first: Tensor,
    second: Tensor | None,
    labels: Tensor,
    temperature: float | Tensor = 0.1,
    *,
    form: Form = "out",
    anchors: Anchors = "both",
    tile: int | None = None,
    gather: bool = False,
) -> Tensor:
    """Supervised contrastive loss of N labelled items in two views, or in one.

    Args:
        first: (N, D) floating-point embeddings, scaled to unit length here, as in `nt_xent`.
        second: (N, D), the other view of each item, which is a positive too; or None.
        labels: (N,) integers or booleans, on the same device; any values.
        temperature: above 0; a tensor of one element receives its gradient.
        form: "out", the mean over the positives outside the logarithm (equation 2, which the paper recommends), or
            "in" (equation 3).
        anchors: "both" views, or the "first" alone, whose candidates are still all views.
        tile, gather: as in `nt_xent`; with `gather` each process gives the labels of its own items.

    Returns:
        The mean over the anchors: a scalar, float32, or float64 if an input is float64. An anchor without positives
        (its label occurs once, and there is no second view) counts as 0 in the mean and pulls nothing; it remains
        a negative of others. Where no anchor has any, the loss is 0 and so are the gradients.

        Where no label occurs twice and there are two views, this is NT-Xent. Where all are equal there are no
        negatives, and the loss is lowest where all embeddings are one. The paper's code multiplies by temperature /
        0.07; this does not.

    Raises:
        TypeError: not tensors, embeddings not floating-point, labels neither integer nor boolean.
        ValueError: N = 0, different shapes or devices, NaN or infinite entries, temperature <= 0, an unknown form,
            unknown anchors, tile < 1. With `gather`, on all processes if on one.

    >>> supcon(torch.eye(4), None, torch.tensor([0, 0, 1, 1]), temperature=0.5)  # all orthogonal
    tensor(1.0986)
    """
    scale = check_temperature(temperature)
    _check_options(form, anchors)
    check_tile(tile)

    def check() -> tuple[Tensor, Tensor, Tensor]:
        if second is None:
            embeddings = check_matrix(first, "first", empty=gather)
        else:
            embeddings = torch.cat(check_pair(first, second, empty=gather))
        classes = check_labels(labels, first)
        is_first = torch.arange(len(embeddings), device=embeddings.device) < len(first)
        return embeddings, classes.repeat(1 if second is None else 2), is_first

    (embeddings, classes, is_first), shards = spread(check, gather)
    with torch.autocast(embeddings.device.type, enabled=False):
        z = unit_rows(embeddings)
        z = shards.gather(z * temperature_like(temperature, z).rsqrt())
        _, classes, sizes = torch.unique(shards.gather(classes), return_inverse=True, return_counts=True)
        positives = (sizes - 1)[classes].to(z.dtype)

        def other_class(i: slice, j: slice) -> Tensor:
            different: Tensor = classes[i, None] != classes[j]
            return different

        candidates = log_sum_exp_among(z, 1 / scale, shards, tile=tile)
        if form == "out":
            sums = z.new_zeros((len(sizes), z.shape[1])).index_add(0, classes, z)
            pulled = torch.linalg.vecdot(z, sums[classes] - z) / positives.clamp(min=1)
        else:
            pulled = log_sum_exp_among(z, 1 / scale, shards, leave_out=other_class, tile=tile) - positives.log()
        each = torch.where(positives > 0, candidates - pulled, 0)
        if anchors == "first":
            each = each[shards.gather(is_first)]
        return shards.averaged(each.mean())


class SupConLoss(TemperedLoss):
    """`supcon` as a module.

    Args:
        temperature: above 0; where training starts if it is learnt.
        form, anchors: see `supcon`.
        learn_temperature: learn the temperature, by its logarithm, so that it stays positive.
        tile, gather: see `nt_xent`.
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        form: Form = "out",
        anchors: Anchors = "both",
        learn_temperature: bool = False,
        tile: int | None = None,
        gather: bool = False,
    ) -> None:
        super().__init__(temperature, learn_temperature=learn_temperature, tile=tile, gather=gather)
        _check_options(form, anchors)
        self.form: Form = form
        self.anchors: Anchors = anchors

    def forward(self, first: Tensor, second: Tensor | None, labels: Tensor) -> Tensor:
        """Embeddings (N, D) of one or two views and labels (N,) -> the scalar loss."""
        return supcon(
            first,
            second,
            labels,
            self.temperature,
            form=self.form,
            anchors=self.anchors,
            tile=self.tile,
            gather=self.gather,
        )

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"{super().extra_repr()}, form={self.form!r}, anchors={self.anchors!r}"


def _check_options(form: str, anchors: str) -> None:
    check_option("form", form, ("out", "in"))
    check_option("anchors", anchors, ("both", "first"))
