"""InfoNCE, the loss of CPC, MoCo and CLIP: classify which of the keys belongs to the query.

With s_ij the similarity of query i and key j divided by the temperature, key i the positive of query i, and N_i its
negatives, van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding", equation 4, is

    loss = mean over i of  log( exp s_ii + sum over j in N_i of exp s_ij )  -  s_ii

computed as log(1 + sum over j of exp(s_ij - s_ii)), which keeps its digits where the loss is small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pairgen._validation import check_choice
from pairgen.losses._embeddings import check_labels, check_matrix, check_pair, normalize_rows
from pairgen.losses._log_sum_exp import LeaveOut, check_tile, eager, log_sum_exp_between
from pairgen.losses._shards import gather_shards
from pairgen.losses._temperature import TemperedLoss, check_temperature, temperature_like

__all__ = ["InfoNCELoss", "info_nce"]

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
    """Compute InfoNCE, the cross-entropy of finding each query's key among negatives.

    With s_ij the similarity of query i and key j divided by the temperature, and N_i the negatives of query i, the loss
    is (van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding", equation 4)

        loss = mean over i of  log( exp s_ii + sum over j in N_i of exp s_ij )  -  s_ii

    The negatives of a query are the keys of the other queries (as in SimCLR, CLIP and CPC), or a set that all queries
    share (as MoCo's queue), or both. Where the rows are steps of sequences, flattened to (B L, D), the negatives are
    those of other sequences and other steps of the same one. The memory beside the inputs is O((N + K) D + tile^2),
    and at most a constant for kept tiles. Where the gradient is differentiated again (`create_graph=True`), it is
    O(N (N + K)); with `gather` over several processes that is an error.

    Args:
        queries: Floating-point embeddings (N, D). Half precision is computed in float32, under autocast too.
        keys: Floating-point embeddings (N, D); row i is the positive of query i.
        temperature: Divisor of the similarities, above 0; a tensor of one element receives its gradient.
        negatives: (K, D) further negatives of every query, K at least 0; None for none.
        in_batch: Whether the keys of the other queries are negatives; None: only where `negatives` is None.
        ids: Integers (N,). Keys with the id of a query are false negatives and left out, except its positive.
        mask: bool, a row for each query and a column for each candidate, True where that is not a negative: (N, N) for
            the keys, (N, K) for `negatives`, (N, N + K) for both, the keys first. The positive always stays.
        symmetric: Average both directions (CLIP): each key is also to find its query among the queries. `negatives`
            serve the queries only.
        similarity: "cosine", or "dot" for the inner product of the embeddings as they are.
        tile: Rows and columns of a tile, as in `nt_xent`; the value does not depend on it.
        gather: Compare with the queries and keys of all processes, as in `nt_xent`. `negatives` are not gathered: give
            the same on each process, such as a queue. False negatives in the batch are marked by `ids`, not by `mask`.

    Returns:
        The mean over the queries: a scalar, float32, or float64 if an input is float64. A query without negatives (N =
        1, an empty queue, all masked) counts 0, without gradients.

    Raises:
        TypeError: An input is not a tensor, embeddings are not floating-point, ids not integers, or a mask not bool.
        ValueError: N = 0, different shapes, widths or devices, NaN or infinite entries, temperature <= 0, tile < 1, an
            unknown similarity, or options that exclude each other. With `gather`, on all processes if on one.

    Example:
        >>> info_nce(torch.eye(4), torch.eye(4), temperature=0.5)  # positives 1, negatives 0
        tensor(0.3408)
    """
    check_temperature(temperature)
    check_choice("similarity", similarity, ("cosine", "dot"))
    check_tile(tile)
    among_keys = negatives is None if in_batch is None else in_batch
    _check_together(among_keys, negatives, ids, mask, symmetric, gather)

    def check() -> tuple[Tensor, ...]:
        pair = check_pair(queries, keys, ("queries", "keys"), empty=gather)
        _check_candidates(negatives, mask, pair[0], among_keys)
        return pair if ids is None else (*pair, check_labels(ids, pair[0], "ids"))

    (q, k, *id_rows), shards = gather_shards(check, gather)
    with torch.autocast(q.device.type, enabled=False):
        normalize = normalize_rows if similarity == "cosine" else lambda rows: rows
        q = shards.gather(normalize(q) / temperature_like(temperature, q))
        k = shards.gather(normalize(k))
        left_out = _LeftOut(mask, shards.gather(id_rows[0]) if id_rows else None, shards.local.start)
        positive = torch.linalg.vecdot(q, k)
        loss, of_keys = torch.zeros_like(positive), None
        if among_keys:
            sums, of_keys = log_sum_exp_between(
                q, k, _bound(q, k), shards, paired=True, of_columns=symmetric, leave_out=left_out.of_keys(), tile=tile
            )
            loss = _add_negatives(loss, sums - positive)
        if negatives is not None:
            others = normalize(negatives.to(q.dtype))
            masked = left_out.of_negatives(len(k) if among_keys else 0)
            sums, _ = log_sum_exp_between(
                q, others, _bound(q, others), shards, paired=False, leave_out=masked, tile=tile
            )
            loss = _add_negatives(loss, sums - positive)
        if of_keys is not None:
            loss = (loss + _add_negatives(torch.zeros_like(loss), of_keys - positive)) / 2
        return shards.scale_gradient(loss.mean())


class InfoNCELoss(TemperedLoss):
    """InfoNCE as a module; see `info_nce`.

    Args:
        temperature: Divisor of the similarities, above 0; the initial value if it is learned.
        in_batch: Whether the keys of the other queries are negatives; None: only where no `negatives` are given.
        symmetric: Average both directions (CLIP).
        similarity: "cosine", or "dot" for the inner product of the embeddings as they are.
        learn_temperature: Learn the temperature, through its logarithm, so that it stays positive.
        tile: Rows and columns of a tile; None chooses for the device.
        gather: Compare with the queries and keys of all processes.
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
        check_choice("similarity", similarity, ("cosine", "dot"))
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
        """Compute the loss.

        Args:
            queries: Floating-point embeddings (N, D).
            keys: Floating-point embeddings (N, D); row i is the positive of query i.
            negatives: (K, D) further negatives of every query.
            ids: Integers (N,); keys with the id of a query are not its negatives.
            mask: bool, a row for each query, a column for each candidate; True where that is not a negative.

        Returns:
            The scalar loss; see `info_nce`.
        """
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
    """Which candidates are not negatives; `start` is the first row of this process's mask among the rows of all."""

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


def _add_negatives(loss: Tensor, log_sum: Tensor) -> Tensor:
    """log(exp loss + exp log_sum), the loss (at least 0) where there are no negatives, in all derivatives."""
    return torch.logaddexp(loss, log_sum.masked_fill(log_sum == -math.inf, -1e4))  # exp(-1e4) is 0 in any precision


def _bound(rows: Tensor, columns: Tensor) -> float:
    """A bound of the products of a row and a column (Cauchy and Schwarz)."""
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
            raise ValueError(
                "ids mark false negatives among the keys, which are not candidates here: give a mask for `negatives`"
            )
    elif gather and mask is not None:
        raise ValueError("mask has no columns for the keys of other processes: give ids where gather=True")


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
        raise TypeError("mask is not a tensor of dtype bool: give mask.bool(), True where a candidate is left out")
    if mask.shape != (len(queries), columns):
        raise ValueError(
            f"mask has shape {tuple(mask.shape)}, expected {(len(queries), columns)}: a row for each query and "
            "a column for each possible negative, the keys first"
        )
