"""Retrieval: how well the items of one side find those that belong to them on the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pairgen._neighbors import UnitRows, count_above, pair_similarities, unit_rows
from pairgen._validation import check_int
from pairgen.evaluation._inputs import FeaturesLike, LabelsLike, check_features

__all__ = ["RetrievalResult", "RetrievalScores", "retrieval"]


@dataclass(frozen=True)
class RetrievalScores:
    """What queries find in a gallery.

    Args:
        recall: For each k, the ratio of queries with a relevant item among the k most similar, in [0, 1].
        mrr: Mean of 1 / rank of the first relevant item, in (0, 1].
        map_at_r: Mean average precision at R, the number of relevant items of a query (Musgrave et al. 2020), in
            [0, 1]; for one relevant item a query this is recall at 1.
        queries: Number of queries with a relevant item.
        unmatched: Number of queries without one, which count nowhere.
    """

    recall: dict[int, float]
    mrr: float
    map_at_r: float
    queries: int
    unmatched: int


@dataclass(frozen=True)
class RetrievalResult:
    """Retrieval both ways.

    Args:
        first_to_second: The first rows are the queries, the second ones the gallery.
        second_to_first: The other way round.
    """

    first_to_second: RetrievalScores
    second_to_first: RetrievalScores


def retrieval(
    first: FeaturesLike,
    second: FeaturesLike,
    k: Sequence[int] = (1, 5, 10),
    *,
    relevant: tuple[LabelsLike, LabelsLike] | None = None,
    block: int = 1024,
) -> RetrievalResult:
    r"""Compute recall@k, MRR and MAP@R by cosine similarity, both ways.

    With the rank r_1 < ... < r_R of the R relevant items of a query,

    $$\text{recall@}k = [r_1 \le k], \quad \text{RR} = 1 / r_1, \quad
    \text{AP@R} = \frac{1}{R} \sum_{i : r_i \le R} \frac{i}{r_i},$$

    each averaged over the queries (MAP@R: Musgrave, Belongie and Lim 2020, "A Metric Learning Reality Check"). Ties
    count against: a relevant item ranks behind all others that are as similar, so that an encoder that gives one
    embedding to all items finds nothing. Similarities are compared as in float64, and the result depends neither on
    `block` nor on the order of the rows. Memory is that of a block, beside the embeddings in float32 and float64.

    Args:
        first: Embeddings (N, D), such as those of images.
        second: Embeddings (M, D), such as those of captions.
        k: Ranks, at least 1 each.
        relevant: Ids of the first and of the second rows, (N,) and (M,): rows with equal ids belong together, such as
            the several captions of an image, or items of one class. None: row i belongs to row i.
        block: Queries compared at a time, at least 1.

    Returns:
        The scores of both directions.

    Raises:
        TypeError: The embeddings are not real numbers.
        ValueError: The embeddings are empty, not finite or zero, their widths differ, not one id a row, or nothing is
            relevant.

    Example:
        >>> images, captions = [[1.0, 0.0], [0.0, 1.0]], [[0.9, 0.1], [0.8, 0.2]]
        >>> retrieval(images, captions, k=(1, 2)).first_to_second.recall
        {1: 1.0, 2: 1.0}
    """
    check_int("block", block, low=1)
    ks = [check_int("k", value, low=1) for value in k]
    a, b = (unit_rows(check_features(value, name), name) for value, name in ((first, "first"), (second, "second")))
    if a.exact.shape[1] != b.exact.shape[1]:
        raise ValueError(
            f"first has {a.exact.shape[1]} columns and second {b.exact.shape[1]}: embed both into one space"
        )
    ids_a, ids_b = _ids(len(a), len(b), relevant)
    return RetrievalResult(_search(a, b, ids_a, ids_b, ks, block), _search(b, a, ids_b, ids_a, ks, block))


def _ids(
    n: int, m: int, relevant: tuple[LabelsLike, LabelsLike] | None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    if relevant is None:
        if n != m:
            raise ValueError(f"first has {n} rows and second {m}: give relevant=(ids of first, ids of second)")
        own = np.arange(n, dtype=np.int32)
        return own, own
    arrays = [np.asarray(ids) for ids in relevant]
    for array, rows, name in zip(arrays, (n, m), ("first", "second"), strict=True):
        if array.shape != (rows,):
            raise ValueError(f"the ids of {name} have shape {array.shape}: give one for each of its {rows} rows")
    codes = np.unique(np.concatenate(arrays), return_inverse=True)[1].astype(np.int32)
    if not np.isin(codes[:n], codes[n:]).any():
        raise ValueError("no id of first is among those of second: nothing is relevant")
    return codes[:n], codes[n:]


def _search(
    queries: UnitRows,
    gallery: UnitRows,
    own: npt.NDArray[np.int32],
    theirs: npt.NDArray[np.int32],
    ks: Sequence[int],
    block: int,
) -> RetrievalScores:
    by_id = np.argsort(theirs, kind="stable")
    low, high = (np.searchsorted(theirs[by_id], own, side=side) for side in ("left", "right"))
    matched = np.flatnonzero(high > low)
    best, average = np.empty(len(matched), dtype=np.int64), np.empty(len(matched))
    # So many queries at a time that their relevant items take no more memory than a tile.
    step = max(1, min(max(block, len(matched)), (1 << 22) // int((high - low).max())))
    for top in range(0, len(matched), step):
        part = matched[top : top + step]
        counts = high[part] - low[part]
        starts = np.concatenate([[0], np.cumsum(counts)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
        columns = by_id[np.repeat(low[part], counts) + within]
        limits = pair_similarities(queries, np.repeat(part, counts), gallery, columns)
        limits = limits[np.lexsort((-limits, np.repeat(np.arange(len(part)), counts)))]
        rows = UnitRows(queries.exact[part], queries.fast[part])
        above = count_above(rows, gallery, own[part], theirs, starts, limits, block)
        ranks = above + within + 1
        best[top : top + step] = ranks[starts[:-1]]
        precision = np.where(ranks <= np.repeat(counts, counts), (within + 1) / ranks, 0.0)
        average[top : top + step] = np.add.reduceat(precision, starts[:-1]) / counts
    recall = {value: float(np.mean(best <= value)) for value in ks}
    unmatched = len(queries) - len(matched)
    return RetrievalScores(recall, float(np.mean(1 / best)), float(np.mean(average)), len(matched), unmatched)
