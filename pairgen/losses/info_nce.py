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
from pairgen.losses._embeddings import check_labels, check_negatives, check_pair, normalize_rows
from pairgen.losses._hardness import NOTHING, Candidates, Hardness, check_hardness, log_negatives
from pairgen.losses._log_sum_exp import (
    LeaveOut,
    check_tile,
    eager,
    log_sum_exp_among,
    log_sum_exp_between,
    product_bound,
)
from pairgen.losses._shards import Shards, gather_shards
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
    within: bool = False,
    hardness: Hardness = None,
    similarity: Similarity = "cosine",
    tile: int | None = None,
    gather: bool = False,
    gather_negatives: bool = False,
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

    With `hardness`, the sum over N_i is another:

    - "hardest": exp s_ij of the negative with the largest s_ij alone.
    - "semi-hard": over the negatives with s_ij < s_ii (Schroff et al. 2015, "FaceNet", section 3.2). For a query that
      has negatives but none below its positive, exp s_ij of the negative with the smallest s_ij alone, as FaceNet's
      published code does.
    - a number beta of at least 0: |N_i| sum of exp((1 + beta) s_ij) / sum of exp(beta s_ij), importance weights that
      grow with the similarity (Robinson et al. 2021, "Contrastive Learning with Hard Negative Samples", equation 4 with
      tau+ = 0, as its published code computes it); 0 is the loss above.

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
        within: Whether the other queries are negatives of a query too, and with `symmetric` the other keys of a key,
            but for those with its id (Li et al. 2023, "Towards General Text Embeddings with Multi-stage Contrastive
            Learning", equation 2).
        hardness: Which negatives count; see below. None: all, alike.
        similarity: "cosine", or "dot" for the inner product of the embeddings as they are.
        tile: Rows and columns of a tile, as in `nt_xent`; the value does not depend on it.
        gather: Compare with the queries and keys of all processes, as in `nt_xent`. False negatives in the batch are
            marked by `ids`, not by `mask`.
        gather_negatives: Where `gather`, compare with the `negatives` of all processes too, as many as each has, at
            least 0. Otherwise they are not gathered: give the same on each process, such as a queue.

    Returns:
        The mean over the queries: a scalar, float32, or float64 if an input is float64. A query without negatives (N =
        1, an empty queue, all masked) counts 0, without gradients.

    Raises:
        TypeError: An input is not a tensor, embeddings are not floating-point, ids not integers, or a mask not bool.
        ValueError: N = 0, different shapes, widths or devices, NaN or infinite entries, temperature <= 0, tile < 1, an
            unknown similarity or hardness, or options that exclude each other. With `gather`, on all processes if on
            one.

    Example:
        >>> info_nce(torch.eye(4), torch.eye(4), temperature=0.5)  # positives 1, negatives 0
        tensor(0.3408)
    """
    check_temperature(temperature)
    check_choice("similarity", similarity, ("cosine", "dot"))
    check_tile(tile)
    check_hardness(hardness)
    among_keys = negatives is None if in_batch is None else in_batch
    _check_together(among_keys, negatives, ids, mask, symmetric, gather)
    _check_options(among_keys, within, hardness, mask, gather and gather_negatives)

    def check() -> tuple[Tensor, ...]:
        pair = check_pair(queries, keys, ("queries", "keys"), empty=gather)
        _check_candidates(negatives, mask, pair[0], among_keys)
        return pair if ids is None else (*pair, check_labels(ids, pair[0], "ids"))

    (q, k, *id_rows), shards = gather_shards(check, gather)
    with torch.autocast(q.device.type, enabled=False):
        normalize = normalize_rows if similarity == "cosine" else lambda rows: rows
        divisor = temperature_like(temperature, q)
        q = shards.gather(normalize(q) / divisor)
        k = shards.gather(normalize(k))
        left_out = _LeftOut(mask, shards.gather(id_rows[0]) if id_rows else None, shards.local.start)
        candidates = []
        if among_keys:
            candidates.append(Candidates(k, True, left_out.of_keys()))
        if negatives is not None:
            others, column_shards = _gather_negatives(normalize(negatives.to(q.dtype)), gather and gather_negatives)
            masked = left_out.of_negatives(len(k) if among_keys else 0)
            candidates.append(Candidates(others, False, masked, column_shards))
        if hardness is None:
            loss = _all_negatives(q, k, candidates, shards, tile, symmetric=symmetric, within=within, root=divisor)
        else:
            loss = _hard_negatives(q, k, candidates, shards, tile, symmetric=symmetric, hardness=hardness)
        return shards.scale_gradient(loss.mean())


def _all_negatives(
    q: Tensor,
    k: Tensor,
    candidates: list[Candidates],
    shards: Shards,
    tile: int | None,
    *,
    symmetric: bool,
    within: bool,
    root: Tensor,
) -> Tensor:
    """The loss of each query, (N,); `root` is the temperature."""
    positive = torch.linalg.vecdot(q, k)
    loss, of_keys = torch.zeros_like(positive), None
    for columns, paired, leave_out, column_shards in candidates:
        sums, over_queries = log_sum_exp_between(
            q,
            columns,
            product_bound(q, columns),
            shards,
            paired=paired,
            of_columns=symmetric and paired,
            leave_out=leave_out,
            tile=tile,
            column_shards=column_shards,
        )
        loss = _add_negatives(loss, sums - positive)
        of_keys = over_queries if paired else of_keys
    if within:
        loss = _add_negatives(loss, _log_sum_within(q * root.sqrt(), candidates, shards, tile) - positive)
    if of_keys is not None:
        backwards = _add_negatives(torch.zeros_like(loss), of_keys - positive)
        if within:
            sums = _log_sum_within(k * root.rsqrt(), candidates, shards, tile)
            backwards = _add_negatives(backwards, sums - positive)
        loss = (loss + backwards) / 2
    return loss


def _log_sum_within(rows: Tensor, candidates: list[Candidates], shards: Shards, tile: int | None) -> Tensor:
    """The log-sum-exps of rows among themselves, without those that are no negatives among the keys."""
    return log_sum_exp_among(rows, product_bound(rows, rows), shards, leave_out=candidates[0].leave_out, tile=tile)


def _hard_negatives(
    q: Tensor,
    k: Tensor,
    candidates: list[Candidates],
    shards: Shards,
    tile: int | None,
    *,
    symmetric: bool,
    hardness: Literal["semi-hard", "hardest"] | float,
) -> Tensor:
    """The loss of each query, (N,), with hard negatives."""
    positive = torch.linalg.vecdot(q, k)
    loss = _add_negatives(
        torch.zeros_like(positive), log_negatives(q, candidates, positive, hardness, shards, tile) - positive
    )
    if symmetric:
        left_out = candidates[0].leave_out
        transposed = None if left_out is None else lambda i, j: left_out(j, i).T
        backwards = [Candidates(q, True, transposed)]
        sums = log_negatives(k, backwards, positive, hardness, shards, tile)
        loss = (loss + _add_negatives(torch.zeros_like(loss), sums - positive)) / 2
    return loss


def _gather_negatives(negatives: Tensor, gather: bool) -> tuple[Tensor, Shards | None]:
    """The negatives of all processes and who holds which, where they are to be gathered."""
    if not gather:
        return negatives, None
    (rows,), shards = gather_shards(lambda: (negatives,), True, empty=True)
    return (rows, None) if shards.is_local else (shards.gather(rows), shards)


class InfoNCELoss(TemperedLoss):
    """InfoNCE as a module; see `info_nce`.

    Args:
        temperature: Divisor of the similarities, above 0; the initial value if it is learned.
        in_batch: Whether the keys of the other queries are negatives; None: only where no `negatives` are given.
        symmetric: Average both directions (CLIP).
        hardness: Which negatives count: None, "semi-hard", "hardest" or a number.
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
        hardness: Hardness = None,
        similarity: Similarity = "cosine",
        learn_temperature: bool = False,
        tile: int | None = None,
        gather: bool = False,
    ) -> None:
        super().__init__(temperature, learn_temperature=learn_temperature, tile=tile, gather=gather)
        check_choice("similarity", similarity, ("cosine", "dot"))
        self.in_batch = in_batch
        check_hardness(hardness)
        self.symmetric = symmetric
        self.hardness: Hardness = hardness
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
            hardness=self.hardness,
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
    return torch.logaddexp(loss, log_sum.masked_fill(log_sum == -math.inf, NOTHING))


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


def _check_options(
    among_keys: bool, within: bool, hardness: Hardness, mask: Tensor | None, gather_negatives: bool
) -> None:
    if within and not among_keys:
        raise ValueError("within=True adds to the negatives among the keys: it needs in_batch=True")
    if within and mask is not None:
        raise ValueError("mask has no columns for the queries, which within=True makes negatives: give ids")
    if within and hardness is not None:
        raise ValueError("hardness chooses among keys and negatives, not among queries: leave within or hardness out")
    if gather_negatives and mask is not None:
        raise ValueError("mask has no columns for the negatives of other processes: leave gather_negatives or mask out")


def _check_candidates(negatives: Tensor | None, mask: Tensor | None, queries: Tensor, among_keys: bool) -> None:
    columns = len(queries) if among_keys else 0
    if negatives is not None:
        columns += len(check_negatives(negatives, queries, "queries"))
    if mask is None:
        return
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        raise TypeError("mask is not a tensor of dtype bool: give mask.bool(), True where a candidate is left out")
    if mask.shape != (len(queries), columns):
        raise ValueError(
            f"mask has shape {tuple(mask.shape)}, expected {(len(queries), columns)}: a row for each query and "
            "a column for each possible negative, the keys first"
        )
