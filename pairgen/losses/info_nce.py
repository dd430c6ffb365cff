"""InfoNCE: which of the keys belongs to the query?

With s_ij the similarity of query i and key j by the temperature, key i its own, and N_i its negatives, van den Oord et
al. 2018, "Representation Learning with Contrastive Predictive Coding", equation 4, is

    loss = mean over i of  log( exp s_ii + sum over j in N_i of exp s_ij )  -  s_ii

computed as log(1 + sum over j of exp(s_ij - s_ii)), which keeps its digits where the loss is small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pairgen.losses.eager import eager
from pairgen.losses.embeddings import check_labels, check_matrix, check_pair, unit_rows
from pairgen.losses.log_sum_exp import log_sum_exp_between
from pairgen.losses.options import check_option
from pairgen.losses.shards import spread
from pairgen.losses.temperature import TemperedLoss, check_temperature, temperature_like
from pairgen.losses.tiles import LeaveOut, check_tile

Similarity = Literal["cosine", "dot"]


@eager
def info_nce(
    queries: Tensor,
    keys: Tensor,
    temperature: float | Tensor = 0.1,
    *,
    negatives: Tensor | None = None,
    in_batch: bool | None = None,
    ids: Tensor | None = None,
    mask: Tensor | None = None,
    symmetric: bool = False,
    similarity: Similarity = "cosine",
    tile: int | None = None,
    gather: bool = False,
) -> Tensor:
    """InfoNCE of N queries, each with a key of its own, among negatives.

    The negatives of a query are the keys of the others (SimCLR's, CLIP's and CPC's), or a set that all queries share,
    such as MoCo's queue, or both. Where the rows are steps of sequences, flattened to (B L, D), the negatives are those
    of other sequences and other steps of the same one.

    Args:
        queries, keys: (N, D) floating-point embeddings; row i of both belong together. Half precision is computed in
            float32, under autocast too.
        temperature: above 0; a tensor of one element receives its gradient.
        negatives: (K, D) more negatives of each query, K >= 0.
        in_batch: whether the keys of the other queries are negatives. None: only where no `negatives` are given.
        ids: integers (N,); keys of the same id as a query's are no negatives of it (false negatives), other than its
            own key, which stays the positive.
        mask: bool, one row a query and one column for each possible negative, True where it is none: (N, N) for the
            keys, (N, K) for `negatives`, (N, N + K) for both, the keys first. A query's own key stays the positive.
        symmetric: the mean of both directions (CLIP): each key looks for its query among the queries, too. `negatives`
            are the queries' alone.
        similarity: "cosine", or "dot", the product of the embeddings as they are.
        tile: rows and columns of a tile, as in `nt_xent`; the value does not depend on it.
        gather: compare with the queries and keys of all processes, as in `nt_xent`. `negatives` are not gathered: give
            the same on each, as a queue is. False negatives in the batch are told by `ids`, not by `mask`.

    Returns:
        The mean over the queries: a scalar, float32, or float64 if an input is float64. A query without negatives (N =
        1, an empty queue, all masked) counts 0, without gradients.

    Raises:
        TypeError: not tensors, embeddings not floating-point, ids not whole numbers, a mask that is not bool.
        ValueError: N = 0, different shapes, widths or devices, NaN or infinite entries, temperature <= 0, tile < 1, an
            unknown similarity, options that exclude each other. With `gather`, on all processes if on one.

    Memory beside the inputs: O((N + K) D + tile^2), and at most a constant for kept tiles. The gradient
    cannot be differentiated again.

    >>> info_nce(torch.eye(4), torch.eye(4), temperature=0.5)  # positives 1, negatives 0
    tensor(0.3408)
    """
    check_temperature(temperature)
    check_option("similarity", similarity, ("cosine", "dot"))
    check_tile(tile)
    among_keys = negatives is None if in_batch is None else in_batch
    _check_together(among_keys, negatives, ids, mask, symmetric, gather)

    def check() -> tuple[Tensor, ...]:
        pair = check_pair(queries, keys, ("queries", "keys"), empty=gather)
        _check_candidates(negatives, mask, pair[0], among_keys)
        return pair if ids is None else (*pair, check_labels(ids, pair[0], "ids"))

    (q, k, *known), shards = spread(check, gather)
    with torch.autocast(q.device.type, enabled=False):
        scaled = unit_rows if similarity == "cosine" else lambda rows: rows
        q = shards.gather(scaled(q) / temperature_like(temperature, q))
        k = shards.gather(scaled(k))
        left_out = _LeftOut(mask, shards.gather(known[0]) if known else None, shards.mine.start)
        positive = torch.linalg.vecdot(q, k)
        loss, back = torch.zeros_like(positive), None
        if among_keys:
            sums, back = log_sum_exp_between(
                q, k, _bound(q, k), shards, own=True, of_columns=symmetric, leave_out=left_out.of_keys(), tile=tile
            )
            loss = torch.logaddexp(loss, sums - positive)
        if negatives is not None:
            more = scaled(negatives.to(q.dtype))
            hidden = left_out.of_negatives(len(k) if among_keys else 0)
            sums, _ = log_sum_exp_between(q, more, _bound(q, more), shards, own=False, leave_out=hidden, tile=tile)
            loss = torch.logaddexp(loss, sums - positive)
        if back is not None:
            loss = (loss + torch.logaddexp(torch.zeros_like(loss), back - positive)) / 2
        return shards.averaged(loss.mean())


class InfoNCELoss(TemperedLoss):
    """`info_nce` as a module.

    Args:
        temperature: above 0; where training starts if it is learnt.
        in_batch, symmetric, similarity: see `info_nce`.
        learn_temperature: learn the temperature, by its logarithm, so that it stays positive.
        tile, gather: see `info_nce`.
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        in_batch: bool | None = None,
        symmetric: bool = False,
        similarity: Similarity = "cosine",
        learn_temperature: bool = False,
        tile: int | None = None,
        gather: bool = False,
    ) -> None:
        super().__init__(temperature, learn_temperature=learn_temperature, tile=tile, gather=gather)
        check_option("similarity", similarity, ("cosine", "dot"))
        self.in_batch = in_batch
        self.symmetric = symmetric
        self.similarity: Similarity = similarity

    def forward(
        self,
        queries: Tensor,
        keys: Tensor,
        *,
        negatives: Tensor | None = None,
        ids: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Queries and keys (N, D), and what `info_nce` takes beside them -> the scalar loss."""
        return info_nce(
            queries,
            keys,
            self.temperature,
            negatives=negatives,
            in_batch=self.in_batch,
            ids=ids,
            mask=mask,
            symmetric=self.symmetric,
            similarity=self.similarity,
            tile=self.tile,
            gather=self.gather,
        )

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"{super().extra_repr()}, symmetric={self.symmetric}, similarity={self.similarity!r}"


@dataclass(frozen=True)
class _LeftOut:
    """Which candidates are no negatives; `start` is the first row of this process's mask among the rows of all."""

    mask: Tensor | None
    ids: Tensor | None
    start: int

    def of_keys(self) -> LeaveOut | None:
        mask, ids = self.mask, self.ids
        if ids is None:
            return None if mask is None else lambda i, j: mask[i, j]
        if mask is None:
            return lambda i, j: ids[i, None] == ids[j]
        return lambda i, j: mask[i, j] | (ids[i, None] == ids[j])

    def of_negatives(self, before: int) -> LeaveOut | None:
        mask, start = self.mask, self.start
        if mask is None:
            return None
        return lambda i, j: mask[i.start - start : i.stop - start, j.start + before : j.stop + before]


def _bound(rows: Tensor, columns: Tensor) -> float:
    """No product of a row and a column is larger in size (Cauchy and Schwarz)."""
    longest = [torch.linalg.vector_norm(each.detach(), dim=1).max() for each in (rows, columns) if len(each)]
    return float(math.prod(longest)) if len(longest) == 2 else 0.0


def _check_together(
    among_keys: bool,
    negatives: Tensor | None,
    ids: Tensor | None,
    mask: Tensor | None,
    symmetric: bool,
    gather: bool,
) -> None:
    if not among_keys:
        if negatives is None:
            raise ValueError("in_batch is False and there are no negatives: give some, or leave in_batch out")
        if symmetric:
            raise ValueError("symmetric=True compares keys with the other queries: it needs in_batch=True")
        if ids is not None:
            raise ValueError("ids tell false negatives among the keys, which are none here: give mask for `negatives`")
    elif gather and mask is not None:
        raise ValueError("mask does not know the keys of other processes: give ids where gather=True")


def _check_candidates(negatives: Tensor | None, mask: Tensor | None, queries: Tensor, among_keys: bool) -> None:
    columns = len(queries) if among_keys else 0
    if negatives is not None:
        columns += len(check_matrix(negatives, "negatives", empty=True))
        if negatives.shape[1] != queries.shape[1]:
            raise ValueError(
                f"negatives has shape {tuple(negatives.shape)}, but queries and keys have {queries.shape[1]} columns"
            )
        if negatives.device != queries.device:
            raise ValueError(f"negatives is on {negatives.device} and queries on {queries.device}: move to one device")
    if mask is None:
        return
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        raise TypeError("mask is not a tensor of dtype bool: give mask.bool(), True where a candidate is no negative")
    if mask.shape != (len(queries), columns):
        raise ValueError(
            f"mask has shape {tuple(mask.shape)}, expected {(len(queries), columns)}: a row for each query and "
            "a column for each possible negative, the keys first"
        )
