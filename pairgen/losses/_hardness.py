"""InfoNCE with hard negatives: the hardest one alone, those below the positive, or all of them weighed by hardness."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from pairgen._validation import check_choice, check_number
from pairgen.losses._log_sum_exp import LeaveOut, log_sum_exp_between, product_bound, tile_steps
from pairgen.losses._shards import Shards

Hardness = Literal["semi-hard", "hardest"] | float | None

NOTHING = -1e4
"""What stands for the logarithm of 0: its exponential is 0 in any precision, and its derivatives are no NaN."""


class Candidates(NamedTuple):
    """Rows among which each query has negatives.

    Args:
        columns: (K, D).
        paired: Whether column i is the positive of query i, and no negative; distributed as the queries are.
        leave_out: Further pairs that do not count.
        shards: Which of the columns belong to which process; None where each process has all of them.
    """

    columns: Tensor
    paired: bool
    leave_out: LeaveOut | None = None
    shards: Shards | None = None


def check_hardness(hardness: Hardness) -> None:
    """Raise TypeError or ValueError unless `hardness` is None, a known name or a number of at least 0."""
    if isinstance(hardness, str):
        check_choice("hardness", hardness, ("semi-hard", "hardest"))
    elif hardness is not None:
        check_number("hardness", hardness, 0, below=True)


def log_negatives(
    queries: Tensor,
    candidates: list[Candidates],
    positive: Tensor,
    hardness: Literal["semi-hard", "hardest"] | float,
    shards: Shards,
    tile: int | None,
) -> Tensor:
    """Compute the logarithm of what the negatives of each query add to its denominator.

    Args:
        queries: (N, D), those of all processes, divided by the temperature.
        candidates: Where negatives come from.
        positive: (N,), similarity of each query to its positive.
        hardness: As in `info_nce`.
        shards: Which queries belong to which process.
        tile: Rows and columns of a tile.

    Returns:
        (N,); about -1e4 for a query without negatives.
    """
    if hardness == "hardest":
        return _join(_extreme(queries, each, shards, tile, largest=True) for each in candidates).amax(dim=0)
    if isinstance(hardness, str):
        below = [_only_below(queries, each, positive.detach()) for each in candidates]
        sums = _join(_log_sum(queries, each, shards, tile) for each in below).logsumexp(dim=0)
        easiest = [_extreme(queries, each, shards, tile, largest=False) for each in candidates]
        # Where a set has no negative its entry is about -1e4: the easiest is the lowest of the others.
        lowest = -_join(torch.where(each > NOTHING / 2, -each, NOTHING) for each in easiest).amax(dim=0)
        fallback = torch.where(lowest < -NOTHING / 2, lowest, NOTHING)
        return torch.where(sums > NOTHING / 2, sums, fallback)
    count = sum(_count(each, len(queries), shards, tile) for each in candidates)
    weighted, weights = (
        _join(_log_sum(factor * queries, each, shards, tile) for each in candidates).logsumexp(dim=0)
        for factor in (1 + hardness, hardness)
    )
    has_some = torch.as_tensor(count, device=queries.device) > 0
    log_count = torch.as_tensor(count, dtype=queries.dtype, device=queries.device).clamp(min=1).log()
    return torch.where(has_some, log_count + weighted - weights, NOTHING)


def _join(parts: Iterator[Tensor]) -> Tensor:
    return torch.stack(list(parts))


def _log_sum(queries: Tensor, candidates: Candidates, shards: Shards, tile: int | None) -> Tensor:
    columns, paired, leave_out, column_shards = candidates
    sums, _ = log_sum_exp_between(
        queries,
        columns,
        product_bound(queries, columns),
        shards,
        paired=paired,
        leave_out=leave_out,
        tile=tile,
        column_shards=column_shards,
    )
    return sums.masked_fill(sums == -math.inf, NOTHING)


def _only_below(queries: Tensor, candidates: Candidates, positive: Tensor) -> Candidates:
    """Leave out what is as similar as the positive, or more; as similar is what rounding cannot tell apart."""
    columns, others = candidates.columns.detach(), candidates.leave_out
    rows = queries.detach()
    limit = positive - 8 * torch.finfo(rows.dtype).eps * product_bound(rows, columns)

    def leave_out(i: slice, j: slice) -> Tensor:
        out = rows[i] @ columns[j].T >= limit[i, None]
        return out if others is None else out | others(i, j)

    return candidates._replace(leave_out=leave_out)


@torch.no_grad()
def _find_extreme(
    rows: Tensor, candidates: Candidates, part: slice, tile: int | None, *, largest: bool
) -> tuple[Tensor, Tensor]:
    """The column of the most (or least) similar negative of each row of a part, and whether there is one.

    Of equally similar ones, that of the lowest number, up to rounding.
    """
    count, columns = part.stop - part.start, candidates.columns
    sign = 1 if largest else -1
    best, where = rows.new_full((count,), -math.inf), torch.zeros(count, dtype=torch.int64, device=rows.device)
    for a in tile_steps(count, tile, rows.device):
        i = slice(part.start + a.start, part.start + a.stop)
        for j in tile_steps(len(columns), tile, rows.device):
            s = sign * (rows[i] @ columns[j].T)
            if candidates.paired:
                s.diagonal(i.start - j.start).fill_(-math.inf)
            if candidates.leave_out is not None:
                s.masked_fill_(candidates.leave_out(i, j), -math.inf)
            value, column = s.max(dim=1)
            better = value > best[a]
            best[a] = torch.where(better, value, best[a])
            where[a] = torch.where(better, column + j.start, where[a])
    return where, best > -math.inf


def _extreme(queries: Tensor, candidates: Candidates, shards: Shards, tile: int | None, *, largest: bool) -> Tensor:
    """The similarity of each query to its most (or least) similar negative, differentiably; (N,)."""
    columns = candidates.columns
    if not len(columns):
        return queries.sum(dim=1) * 0 + NOTHING
    local = slice(0, len(queries)) if shards.is_local else shards.local
    where, found = _find_extreme(queries.detach(), candidates, local, tile, largest=largest)
    if candidates.paired or candidates.shards is not None:
        # The columns' gradient is what all queries give: each process computes all of it, and keeps that of its own.
        where, found = shards.gather(where), shards.gather(found)
        all_rows: Tensor = torch.linalg.vecdot(queries, columns[where]).masked_fill(~found, NOTHING)
        return all_rows
    own = torch.linalg.vecdot(queries[local], columns[where]).masked_fill(~found, NOTHING)
    return shards.gather(own)


def _count(candidates: Candidates, queries: int, shards: Shards, tile: int | None) -> Tensor | int:
    """How many negatives each query has there: (N,), or a number for all."""
    columns, paired, leave_out, _ = candidates
    if leave_out is None:
        return len(columns) - paired
    part = slice(0, queries) if shards.is_local else shards.local
    count = torch.zeros(part.stop - part.start, dtype=torch.int64, device=columns.device)
    for a in tile_steps(len(count), tile, columns.device):
        i = slice(part.start + a.start, part.start + a.stop)
        for j in tile_steps(len(columns), tile, columns.device):
            out = leave_out(i, j)
            if paired:
                out = out.clone()
                out.diagonal(i.start - j.start).fill_(True)
            count[a] += (~out).sum(dim=1)
    return shards.gather(count)
