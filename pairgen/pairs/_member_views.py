"""Views of two items that belong together, and of negatives: how a `PairSampler` of two members makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from pairgen._numerics import default_numerics
from pairgen.batch import concat, take, unbatch
from pairgen.pairs.member import Member, device_of, naming_member
from pairgen.pairs.pair import DecodedItem, Pair
from pairgen.pairs.pair_sample import PairColumnNames, PairItem, is_missing, is_same
from pairgen.pairs.sample import Sample, key_of
from pairgen.random import Stream

__all__ = ["MemberBatch", "MemberViews"]

_FIRST_NEGATIVE_VIEW = 2  # the j-th negative of a row, from 0 on, has the stream of view 2 + j
_CANDIDATE_VIEW = -3  # less the number of the member: the view whose stream draws one of several candidates
_ALIASES = {"text": ("caption",)}  # further names of a modality's column


@dataclass(frozen=True)
class MemberBatch:
    """Collated items of both members, as `augment` takes them.

    Args:
        first: B items of the first member.
        second: B items of the second.
        negatives: M items of the second member's modality, one batch or `NegativeRounds`; None without.
        negative_of: int64 (M,), the row that each negative belongs to; None without negatives.
        score: float32 (B,); None without scores.
    """

    first: Any
    second: Any
    negatives: Any = None
    negative_of: np.ndarray | None = None
    score: torch.Tensor | None = None


@dataclass(frozen=True)
class MemberViews:
    """One view of each of two items that belong together, and of each negative.

    The view of member k is made by the first (k = 0) or second (k = 1) augmentation of its recipe, with the stream of
    view k; that of the j-th negative as the second member's, with the stream of view 2 + j.

    Args:
        members: The two members.
    """

    members: tuple[Member, Member]

    def columns(self, item: str | tuple[str, str] | None, label: str | None, index: str | None) -> PairColumnNames:
        """Return the names of the columns of samples that are dicts."""
        if item is not None:
            if isinstance(item, str) or len(item) != 2:
                raise ValueError(f"two members have two columns, item=('...', '...'), got {item!r}")
            return PairColumnNames(((item[0],), (item[1],)), label, index)
        first, second = [(member.name, *_ALIASES.get(member.name, ())) for member in self.members]
        return PairColumnNames((first, second), label, index)

    def to_sample(self, item: object, label: object) -> Sample:
        """Return a pair, as a dataset would give it, and its label as a sample."""
        sample = self.columns(None, "label", None).parse(item)
        return sample if label is None else Sample(sample.index, sample.item, label, sample.is_named)

    def resolve(self, sample: Sample) -> Sample:
        """Return the sample: the parts of a pair carry no labels of their own."""
        return sample

    @staticmethod
    def _is_several(member: Member, value: object) -> bool:
        """Whether a member is given by candidates."""
        return isinstance(value, (tuple, list)) and not member.is_item(value)

    def choose(self, item: PairItem, key: tuple[int, int, int]) -> PairItem:
        """Return the pair with one of the candidates of each member, drawn by the key.

        Raises:
            MemberError: A member or negative is missing or empty, or a negative equals a member.
        """
        chosen: list[Any] = []
        others: list[Any] = []
        for number, (member, value) in enumerate(zip(self.members, item.members, strict=True)):
            with naming_member(member.name):
                several = self._is_several(member, value)
                candidates = value if several else [value]
                _check_present(candidates, member.modality.name)
                seed, epoch, index = key
                stream = Stream(seed, epoch, index, view=_CANDIDATE_VIEW - number)
                chosen.append(candidates[int(stream.integers(0, len(candidates)))] if several else value)
                others += candidates
        for number, negative in enumerate(item.negatives):
            with naming_member(f"negative {number}"):
                _check_present([negative], self.members[1].modality.name)
                if any(is_same(negative, other) for other in others):
                    raise ValueError("it is equal to an item that belongs to the pair; leave this negative out")
        return PairItem((chosen[0], chosen[1]), item.negatives, item.score)

    def decode(self, item: PairItem) -> PairItem:
        """Return the pair with its items decoded; `MemberError` if one cannot be."""
        decoded = []
        for member, value in zip(self.members, item.members, strict=True):
            with naming_member(member.name):
                decoded.append(member.codec.decode(value))
        negatives = []
        for number, value in enumerate(item.negatives):
            with naming_member(f"negative {number}"):
                negatives.append(self.members[1].codec.decode(value))
        return PairItem((decoded[0], decoded[1]), tuple(negatives), item.score)

    def content(self, item: PairItem, decoded: PairItem) -> tuple[Any, ...]:
        """Return what tells the pair from others of its index: the decoded members, or the candidates of a member."""
        return tuple(
            given if self._is_several(member, given) else value
            for member, given, value in zip(self.members, item.members, decoded.members, strict=True)
        )

    def augment(self, decoded: DecodedItem, seed: int) -> Pair:
        """Return the views of a decoded pair."""
        key = seed, decoded.epoch, key_of(decoded.index, decoded.repeat)
        item: PairItem = decoded.item
        views = []
        for number, (member, value) in enumerate(zip(self.members, item.members, strict=True)):
            with naming_member(member.name):
                views.append(member.view(value, number, key, view=number))
        negatives = []
        for number, value in enumerate(item.negatives):
            with naming_member(f"negative {number}"):
                negatives.append(self.members[1].view(value, 1, key, view=_FIRST_NEGATIVE_VIEW + number))
        return Pair(
            views[0], views[1], decoded.index, decoded.label, (), tuple(negatives), item.score, decoded.identity
        )

    def restore(self, pair: Pair, item: PairItem) -> Pair:
        """Return the pair with its views in the types of its items."""
        codecs = [member.codec for member in self.members]
        first, second = [c.restore(*parts) for c, *parts in zip(codecs, pair.views, item.members, strict=True)]
        negatives = tuple(codecs[1].restore(*parts) for parts in zip(pair.negatives, item.negatives, strict=True))
        return replace(pair, first=first, second=second, negatives=negatives)

    def collate(self, pairs: Sequence[Pair]) -> dict[str, Any]:
        """Return the views of pairs as batches, by the fields of a `PairBatch`."""
        fields: dict[str, Any] = {"score": _collate_scores([(pair.index, pair.score) for pair in pairs])}
        fields["first"], fields["second"] = [
            member.collate(views)
            for member, views in zip(self.members, zip(*(pair.views for pair in pairs), strict=True), strict=True)
        ]
        rounds = _by_rank([pair.negatives for pair in pairs])
        if rounds:
            fields["negatives"] = self.members[1].collate([view for _, views in rounds for view in views])
            fields["negative_of"] = torch.tensor([row for rows, _ in rounds for row in rows], dtype=torch.int64)
        return fields

    def collate_decoded(self, items: Sequence[DecodedItem]) -> MemberBatch:
        """Return decoded pairs as batches that `augment_batch` takes."""
        first, second = [
            member.modality.collate([item.item.members[number] for item in items])
            for number, member in enumerate(self.members)
        ]
        rounds = _by_rank([item.item.negatives for item in items])
        score = _collate_scores([(item.index, item.item.score) for item in items])
        if not rounds:
            return MemberBatch(first, second, score=score)
        negatives = NegativeRounds(tuple(self.members[1].modality.collate(values) for _, values in rounds))
        rows = np.array([row for rows, _ in rounds for row in rows], dtype=np.int64)
        return MemberBatch(first, second, negatives, rows, score)

    def augment_batch(self, batch: object, keys: np.ndarray, epoch: int, seed: int) -> dict[str, Any]:
        """Return the views of collated pairs, by the fields of a `PairBatch`."""
        given = batch if isinstance(batch, MemberBatch) else _to_member_batch(batch)
        fields: dict[str, Any] = {"score": given.score}
        for number, (member, items) in enumerate(zip(self.members, (given.first, given.second), strict=True)):
            with naming_member(member.name):
                checked = member.check_batch(items)
                if keys.shape != (len(checked),):
                    raise ValueError(
                        f"a batch of {len(checked)} items needs {len(checked)} indices, got shape {keys.shape}"
                    )
                with torch.no_grad(), default_numerics(device_of(checked)):
                    views = member.view(checked, number, (seed, epoch, keys), view=number, batched=True)
                    fields["second" if number else "first"] = member.to_model_input(views)
        if given.negative_of is not None:
            with naming_member("negatives"):
                fields["negatives"] = self._augment_negatives(given.negatives, given.negative_of, keys, epoch, seed)
                fields["negative_of"] = torch.from_numpy(given.negative_of.astype(np.int64))
        return fields

    def _augment_negatives(self, negatives: Any, rows: np.ndarray, keys: np.ndarray, epoch: int, seed: int) -> Any:
        """The views of negatives in their order; the streams differ by how many of the same row come before."""
        member, ranks = self.members[1], _count_earlier(rows)
        if not isinstance(negatives, NegativeRounds):
            negatives = _split(member.check_batch(negatives), ranks)
        order, views = [], []
        for rank, batch in enumerate(negatives.batches):
            of_rank = np.flatnonzero(ranks == rank)
            key = seed, epoch, keys[rows[of_rank]]
            with torch.no_grad(), default_numerics(device_of(batch)):
                views.append(member.view(batch, 1, key, view=_FIRST_NEGATIVE_VIEW + rank, batched=True))
            order.append(of_rank)
        joined, position = _join(member, views), np.argsort(np.concatenate(order), kind="stable")
        ordered = joined if np.array_equal(position, np.arange(len(position))) else take(joined, position)
        return member.to_model_input(ordered)


def _to_member_batch(batch: object) -> MemberBatch:
    if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 4):
        raise TypeError(
            "a batch of pairs is (first, second), two batches of items, or (first, second, negatives, negative_of); "
            f"got {type(batch).__name__}" + (f" of {len(batch)}" if isinstance(batch, (tuple, list)) else "")
        )
    if len(batch) == 2:
        return MemberBatch(*batch)
    rows = np.asarray(batch[3].cpu() if isinstance(batch[3], torch.Tensor) else batch[3])
    count = len(batch[0])
    if (
        rows.shape != (len(batch[2]),)
        or rows.dtype.kind not in "iu"
        or (len(rows) and not 0 <= rows.min() <= rows.max() < count)
    ):
        raise ValueError(
            f"negative_of is the row in [0, {count}) of each of the {len(batch[2])} negatives, got {rows.dtype} "
            f"{rows.shape}"
        )
    return MemberBatch(batch[0], batch[1], batch[2], rows)


@dataclass(frozen=True)
class NegativeRounds:
    """Batches of negatives: the first ones of the rows that have one, the second ones, and so on."""

    batches: tuple[Any, ...]


def _split(batch: Any, ranks: np.ndarray) -> NegativeRounds:
    return NegativeRounds(
        tuple(take(batch, np.flatnonzero(ranks == rank)) for rank in range(ranks.max(initial=-1) + 1))
    )


def _join(member: Member, batches: Sequence[Any]) -> Any:
    """Batches of views as one; collated anew where their type cannot be concatenated."""
    joined = batches[0]
    for batch in batches[1:]:
        joined = None if joined is None else concat(joined, batch)
    if joined is None:
        joined = member.modality.collate([view for batch in batches for view in unbatch(batch)])
    return joined


def _by_rank(negatives: Sequence[tuple[Any, ...]]) -> list[tuple[list[int], list[Any]]]:
    """For each number of a negative, the rows that have as many, and what they have there."""
    rounds = []
    for rank in range(max(map(len, negatives), default=0)):
        rows = [row for row, values in enumerate(negatives) if len(values) > rank]
        rounds.append((rows, [negatives[row][rank] for row in rows]))
    return rounds


def _count_earlier(rows: np.ndarray) -> np.ndarray:
    """int64 (M,): how many of the rows before each are the same."""
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], rows[order])
    earlier = np.empty(len(rows), dtype=np.int64)
    earlier[order] = np.arange(len(rows)) - starts
    return earlier


def _collate_scores(scores: Sequence[tuple[int, float | None]]) -> torch.Tensor | None:
    given = [(index, score) for index, score in scores if score is not None]
    if given and len(given) < len(scores):
        without = next(index for index, score in scores if score is None)
        raise ValueError(f"item {without} has no score and item {given[0][0]} has one; give all of them one, or none")
    return torch.tensor([score for _, score in given], dtype=torch.float32) if given else None


def _check_present(values: Sequence[Any], modality: str) -> None:
    """Raise ValueError where there is no item, or one without content."""
    if not len(values):
        raise ValueError(f"its list of candidates is empty; give at least one {modality}, or drop the sample")
    for value in values:
        if is_missing(value):
            raise ValueError(f"the {modality} is missing, it is {value!r}; a pair needs both, drop the sample")
