"""Hard negatives: `mine_negatives` finds the candidates that are similar to an anchor and do not belong to it."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.utils.data import Dataset

from pairgen._neighbors import Exclusions, UnitRows, nearest, pair_similarities, unit_rows
from pairgen._validation import check_choice, check_int, check_number
from pairgen.pairs.composition.hard import SearchIndex, check_embeddings
from pairgen.pairs.composition.values import encode
from pairgen.pairs.sample import index_of
from pairgen.random import Stream

__all__ = ["MinedNegatives", "MiningReport", "mine_negatives"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Encoder = Callable[[Sequence[Any]], npt.ArrayLike | Tensor]

_DEPTH = 10  # candidates asked of an index, for each negative wanted
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class MiningReport:
    """What was mined.

    Args:
        rows: Number of anchors.
        negatives: Number of negatives found.
        short: Rows with fewer negatives than asked for; without any, a sample is (anchor, positive).
        false_negatives: Ratio of the negatives that have the label of their anchor, in [0, 1]; None without labels.
        positive_similarity: Quantiles 0.05, 0.25, 0.5, 0.75 and 0.95 of the similarity of anchor and positive.
        negative_similarity: The same of anchor and negative; empty without negatives.
    """

    rows: int
    negatives: int
    short: int
    false_negatives: float | None
    positive_similarity: dict[float, float]
    negative_similarity: dict[float, float]


class MinedNegatives(Dataset[Any]):
    """A map-style dataset of samples (anchor, positive, negative, ...), the most similar negative first.

    Args:
        anchors: N items.
        positives: N items.
        candidates: M items.
        indices: Candidates that are negatives of each row, int64 (N, k); -1 where there are fewer, at the end.
        similarities: Their similarities to the anchor, float64 (N, k); NaN where there are fewer.
        report: What was mined.
    """

    def __init__(
        self,
        anchors: Sequence[Any],
        positives: Sequence[Any],
        candidates: Sequence[Any],
        indices: Ints,
        similarities: Floats,
        report: MiningReport,
    ) -> None:
        self.anchors, self.positives, self.candidates = anchors, positives, candidates
        self.indices, self.similarities, self.report = indices, similarities, report

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        negatives = [self.candidates[column] for column in self.indices[index].tolist() if column >= 0]
        return self.anchors[index], self.positives[index], *negatives


def mine_negatives(
    anchors: Any,
    positives: Any,
    k: int = 1,
    *,
    candidates: Any = None,
    encoder: Encoder | None = None,
    items: tuple[Sequence[Any], ...] | None = None,
    index: SearchIndex | None = None,
    margin: float | None = None,
    relative_margin: float | None = None,
    ranks: tuple[int, int] | None = None,
    labels: Any = None,
    candidate_labels: Any = None,
    exclude_same_label: bool = False,
    known: Sequence[Sequence[int]] | None = None,
    choose: str = "top",
    seed: int = 0,
) -> MinedNegatives:
    r"""Find k hard negatives of each pair (anchor, positive): candidates that are similar to the anchor.

    With the cosine similarities s(a, p) of a pair and s(a, n) of a candidate, a candidate is taken if

    $$s(a, n) \le s(a, p) - \text{margin} \quad\text{and}\quad
    s(a, n) \le s(a, p) - \text{relative\_margin} \cdot |s(a, p)|$$

    where they are given, which keeps positives that nobody marked out: for s(a, p) > 0 these are `absolute_margin` and
    `relative_margin` of sentence-transformers' `mine_hard_negatives`. A relative_margin of 0.05 takes candidates that
    are at most 95 % as similar as the positive (Moreira et al. 2024, "NV-Retriever").

    Similarities are exact, in blocks, without a matrix of all pairs; of equally similar candidates the first are taken.

    Args:
        anchors: Embeddings (N, D); with an `encoder`, N items.
        positives: Embeddings (N, D) or items: row i is the positive of anchor i.
        k: Negatives a row, at least 1.
        candidates: Embeddings (M, D) or items that may be negatives; None for the positives of all rows.
        encoder: Computes embeddings (B, D) of a sequence of B items.
        items: With embeddings: what the samples are made of, (anchors, positives) or (anchors, positives, candidates),
            N, N and M items; None for the row numbers. Of candidates of equal content the first stands for all.
        index: An index of the candidates, such as one of FAISS: only the `ranks[1]`, or 10 k, nearest that it finds are
            looked at, beside known positives.
        margin: At least 0.
        relative_margin: From 0 to 1.
        ranks: (low, high): only candidates of these ranks, from 0 and without `high`, among those that are no known
            positives are taken. None for all.
        labels: Labels of the rows, (N,), for the report and `exclude_same_label`.
        candidate_labels: Labels of the candidates, (M,); None for `labels` where the candidates are the positives.
        exclude_same_label: Take no candidate with the label of the anchor.
        known: The candidates that are positives of each row, N sequences of numbers, beside those that are told by
            themselves: with items all positives of an anchor, and the anchor, by content; else row i where the
            candidates are the positives.
        choose: "top" for the most similar candidates that may be taken, "random" for any k of them, which needs
            `ranks` or an index.
        seed: Seed of "random"; row i has a stream of its own.

    Returns:
        A dataset of (anchor, positive, negative, ...) with a `report`. A warning says if rows have fewer than k.

    Raises:
        TypeError: An option has another type.
        ValueError: Counts or widths differ, embeddings are not finite or zero, all candidates are known positives, or
            options contradict each other.

    Example:
        >>> a = [[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]]
        >>> mine_negatives(a, a, k=1, items=("abc", "ABC"))[0]
        ('a', 'A', 'C')
    """
    task = _Task(anchors, positives, candidates, encoder, items)
    check_int("k", k, low=1)
    own, theirs = _label_codes(task, labels, candidate_labels, exclude_same_label)
    low, high = _check_ranks(ranks, choose, index, k)
    positive = pair_similarities(task.a, np.arange(len(task.a)), task.p, np.arange(len(task.a)))
    limit = _limits(positive, margin, relative_margin)
    excluded = task.known_positives(known)
    if high is None:  # exactly the k nearest that may be taken, however far down
        if exclude_same_label and own is not None and theirs is not None:
            excluded = excluded.by_id(own, theirs)
        similarities, columns = nearest(task.a, task.c, k, excluded=excluded, upper=limit)
    else:
        found = _nearest_of_index(index, task, excluded, high) if index is not None else None
        similarities, columns = nearest(task.a, task.c, high, excluded=excluded) if found is None else found
        taken = (columns >= 0) & (similarities <= limit[:, None]) & (np.arange(columns.shape[1]) >= low)
        if exclude_same_label and own is not None and theirs is not None:
            taken &= theirs[columns] != own[:, None]
        similarities, columns = _take(similarities, columns, taken, k, choose, seed)
    columns = np.where(np.isfinite(similarities), columns, -1)
    similarities = np.where(columns >= 0, similarities, np.nan)
    report = _report(columns, similarities, positive, own, theirs)
    if report.short:
        warnings.warn(
            f"{report.short} of {report.rows} rows have fewer than {k} negatives: too few candidates are below the "
            "margin, in the range of ranks, or of another label",
            stacklevel=2,
        )
    columns = np.where(columns >= 0, task.distinct[columns], -1)
    return MinedNegatives(*task.items, columns, similarities, report)


class _Task:
    """Embeddings, and the items that they are of."""

    def __init__(self, anchors: Any, positives: Any, candidates: Any, encoder: Encoder | None, items: Any) -> None:
        self.shares_positives = candidates is None
        given = [anchors, positives] if candidates is None else [anchors, positives, candidates]
        names = ("anchors", "positives", "candidates")
        if encoder is not None:
            if items is not None:
                raise ValueError("with an encoder, anchors and positives are the items; leave items out")
            items, given = given, [encoder(part) for part in given]
        self.has_items = items is not None
        units = [unit_rows(check_embeddings(v, name), name) for v, name in zip(given, names, strict=False)]
        self.a, self.p, self.c = (*units, units[1])[:3]
        if len(self.a) != len(self.p):
            raise ValueError(f"{len(self.a)} anchors but {len(self.p)} positives; give one positive for each anchor")
        widths = {unit.exact.shape[1] for unit in units}
        if len(widths) > 1:
            raise ValueError(f"the embeddings have {sorted(widths)} columns; compute all by one encoder, or two towers")
        self.items = self._check_items(items)
        self.keys = [*map(_key, self.items[2])] if self.has_items else [*self.items[2]]
        # Of candidates of equal content the first stands for all: no anchor gets one negative twice.
        first: dict[Any, int] = {}
        for position, key in enumerate(self.keys):
            first.setdefault(key, position)
        self.column_of = {key: column for column, key in enumerate(first)}
        self.distinct = np.array([*first.values()], dtype=np.int64)
        self.total = len(self.c)
        self.c = UnitRows(self.c.exact[self.distinct], self.c.fast[self.distinct])

    def _check_items(self, items: Any) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        counts = len(self.a), len(self.p), len(self.c)
        if items is None:
            return range(counts[0]), range(counts[1]), range(counts[2])
        parts = tuple(items)
        if len(parts) != (2 if self.shares_positives else 3):
            expected = "(anchors, positives)" if self.shares_positives else "(anchors, positives, candidates)"
            raise ValueError(f"items are {expected}, got {len(parts)} parts")
        anchors, positives, candidates = (*parts, parts[1])[:3]
        for part, count in zip((anchors, positives, candidates), counts, strict=True):
            if len(part) != count:
                raise ValueError(f"{count} embeddings but {len(part)} items; give one for each")
        return anchors, positives, candidates

    def known_positives(self, known: Sequence[Sequence[int]] | None) -> Exclusions:
        """The distinct candidates that are positives of each row, by number and by content."""
        anchors, positives = self._row_keys()
        lists: dict[Any, set[int]] = defaultdict(set)
        if known is not None:
            if len(known) != len(self.a):
                raise ValueError(f"known has {len(known)} rows for {len(self.a)} anchors; give one for each")
            for row, numbers in enumerate(known):
                if len(numbers) and not 0 <= min(numbers) <= max(numbers) < self.total:
                    raise ValueError(f"known[{row}]={numbers!r} is outside of the {self.total} candidates")
                lists[anchors[row]].update(self.column_of[self.keys[number]] for number in numbers)
        for anchor, positive in zip(anchors, positives, strict=True):
            own = (positive, anchor) if self.has_items else (positive,)  # an anchor is no negative of itself
            lists[anchor] |= {self.column_of[item] for item in own if item in self.column_of}
        if all(len(columns) == len(self.c) for columns in lists.values()):
            raise ValueError(
                f"each of the {len(self.c)} different candidates is a known positive of every anchor, as where all "
                "captions are equal: every negative would be false; give other candidates"
            )
        number = {anchor: group for group, anchor in enumerate(lists)}
        return Exclusions.of([number[anchor] for anchor in anchors], [sorted(columns) for columns in lists.values()])

    def _row_keys(self) -> tuple[list[Any], list[Any]]:
        """What tells the anchors and the positives of the rows apart."""
        if self.has_items:
            return [*map(_key, self.items[0])], [*map(_key, self.items[1])]
        rows = list(range(len(self.a)))
        return rows, rows if self.shares_positives else [None] * len(rows)


def _key(item: Any) -> Any:
    return item if isinstance(item, (str, int)) else index_of(None, item)


def _check_ranks(
    ranks: tuple[int, int] | None, choose: str, index: SearchIndex | None, k: int
) -> tuple[int, int | None]:
    check_choice("choose", choose, ("top", "random"))
    if ranks is None:
        if index is None and choose == "random":
            raise ValueError('choose="random" needs ranks=(low, high): any candidate would be as good as a hard one')
        return 0, None if index is None else _DEPTH * k
    if len(ranks) != 2:
        raise ValueError(f"ranks is (low, high), got {ranks!r}")
    low, high = check_int("the low rank", ranks[0], low=0), check_int("the high rank", ranks[1], low=1)
    if high - low < k:
        raise ValueError(f"ranks={ranks!r} has {max(high - low, 0)} candidates, fewer than k={k}; widen it")
    return low, high


def _limits(positive: Floats, margin: float | None, relative_margin: float | None) -> Floats:
    """The largest similarity that a negative of each row may have."""
    limit = np.full(len(positive), math.inf)
    if margin is not None:
        limit = positive - check_number("margin", margin, 0)
    if relative_margin is not None:
        ratio = check_number("relative_margin", relative_margin, 0, 1)
        limit = np.minimum(limit, positive - ratio * np.abs(positive))
    return limit


def _label_codes(
    task: _Task, labels: Any, candidate_labels: Any, exclude: bool
) -> tuple[npt.NDArray[Any] | None, npt.NDArray[Any] | None]:
    if candidate_labels is None and task.shares_positives:
        candidate_labels = labels
    if labels is None or candidate_labels is None:
        if exclude or (labels is None) != (candidate_labels is None):
            raise ValueError("give the labels of the rows, and with candidates also candidate_labels")
        return None, None
    rows, columns = list(labels), list(candidate_labels)
    if len(rows) != len(task.a) or len(columns) != task.total:
        raise ValueError(
            f"{len(rows)} labels for {len(task.a)} rows and {len(columns)} for {task.total} candidates; give one each"
        )
    codes = encode([value.item() if hasattr(value, "item") else value for value in rows + columns], "the label")
    return codes[: len(rows)], codes[len(rows) :][task.distinct]


def _nearest_of_index(index: SearchIndex, task: _Task, excluded: Exclusions, high: int) -> tuple[Floats, Ints]:
    """The `high` nearest of those that the index finds and that are no known positives, by exact similarity."""
    if index.ntotal != task.total:
        raise ValueError(f"the index has {index.ntotal} vectors for {task.total} candidates; add them in their order")
    depth = min(high + int(np.diff(excluded.starts).max()), task.total)
    found = np.asarray(index.search(task.a.fast, depth)[1], dtype=np.int64)
    column_of = np.array([task.column_of[key] for key in task.keys], dtype=np.int64)
    values, columns = np.full((len(found), high), -np.inf), np.full((len(found), high), -1, dtype=np.int64)
    for row, numbers in enumerate(found):
        group = excluded.groups[row]
        known = excluded.columns[excluded.starts[group] : excluded.starts[group + 1]]
        left = np.setdiff1d(column_of[numbers[numbers >= 0]], known)
        similarities = pair_similarities(task.a, np.full(len(left), row), task.c, left)
        order = np.argsort(-similarities, kind="stable")[:high]
        values[row, : len(order)], columns[row, : len(order)] = similarities[order], left[order]
    return values, columns


def _take(
    similarities: Floats, columns: Ints, taken: npt.NDArray[np.bool_], k: int, choose: str, seed: int
) -> tuple[Floats, Ints]:
    """The first k candidates of each row that may be taken, or k random ones."""
    priority = np.where(taken, -similarities, np.inf)
    if choose == "random":
        words = Stream(seed, index=np.arange(len(columns))).uniform(size=columns.shape[1])
        chosen = np.argsort(np.where(taken, words, np.inf), axis=1, kind="stable")[:, k:]
        np.put_along_axis(priority, chosen, np.inf, axis=1)
    order = np.argsort(priority, axis=1, kind="stable")[:, :k]
    best: Floats = -np.take_along_axis(priority, order, axis=1)
    found: Ints = np.take_along_axis(columns, order, axis=1)
    return best, found


def _report(
    columns: Ints,
    similarities: Floats,
    positive: Floats,
    own: npt.NDArray[Any] | None,
    theirs: npt.NDArray[Any] | None,
) -> MiningReport:
    found = columns >= 0
    false = None
    if own is not None and theirs is not None:
        false = float((theirs[columns] == own[:, None])[found].mean()) if found.any() else 0.0
    return MiningReport(
        rows=len(columns),
        negatives=int(found.sum()),
        short=int((~found).any(axis=1).sum()),
        false_negatives=false,
        positive_similarity=_quantiles(positive),
        negative_similarity=_quantiles(similarities[found]),
    )


def _quantiles(values: Floats) -> dict[float, float]:
    return {q: float(np.quantile(values, q)) for q in _QUANTILES} if len(values) else {}
