"""Bugs of texts, planted in an augmentation that drops words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pairgen.augmentation import Augmentation
from pairgen.random import Stream
from pairgen.testing.spec import Tags
from tests.helpers.planted_bugs.base import PlantedBug


@dataclass(frozen=True)
class DropWords(Augmentation):
    """Correct: drop each word with probability `p`, but never all; the others are unchanged."""

    p: float = 0.3

    def draw(self, item: str, rng: Stream) -> Any:
        return tuple(bool(kept) for kept in rng.uniform(size=len(item.split(" "))) >= self.p)

    def apply(self, item: str, params: Any) -> str:
        words = item.split(" ")
        kept = [word for word, stays in zip(words, params, strict=True) if stays]
        return " ".join(kept or words[:1])


class LowersAll(DropWords):
    """Like EDA, which lower-cases whatever it touches."""

    def apply(self, item: str, params: Any) -> str:
        return super().apply(item, params).lower()


class DropsEverything(DropWords):
    def apply(self, item: str, params: Any) -> str:
        return " ".join(word for word, stays in zip(item.split(" "), params, strict=True) if stays)


class OrdersByHash(DropWords):
    """Iterates over a set, whose order depends on the process."""

    def apply(self, item: str, params: Any) -> str:
        return " ".join(sorted(super().apply(item, params).split(" "), key=hash))


class ReturnsAList(DropWords):
    """Like nlpaug."""

    def apply(self, item: str, params: Any) -> Any:
        return [super().apply(item, params)]


WORDS = st.sampled_from(["a", "Big", "cat", "don't", "éclair"])
TEXTS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)


def check_kept_ratio(drop: DropWords, item: str, params: Any, view: str) -> str | None:
    return None if view else "nothing is left"


TAGS = Tags(identity_params={"p": 0.0}, check_bounds=check_kept_ratio)
# So many different words that two processes cannot order them alike by chance: of 30 words some 21 are kept.
MANY = st.permutations([f"word{number}" for number in range(30)]).map(" ".join)

BUGS = [
    PlantedBug(LowersAll(), DropWords(), "identity_at_zero_strength", {"items": TEXTS, "tags": TAGS}),
    PlantedBug(DropsEverything(), DropWords(), "stays_within_its_bounds", {"items": TEXTS, "tags": TAGS}),
    PlantedBug(OrdersByHash(), DropWords(), "same_in_a_fresh_process", {"items": MANY, "tags": TAGS}),
    PlantedBug(ReturnsAList(), DropWords(), "keeps_type", {"items": TEXTS, "tags": TAGS}),
]
