"""Strategies of texts for the property checks: items, invalid ones, and the properties of each augmentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from pairgen.augmentation import Augmentation
from pairgen.batch import PaddedBatch, pad
from pairgen.modalities.text.augmentations.tokens import TokenTable
from pairgen.modalities.text.io.codec import CODEC, TextItem
from pairgen.testing.spec import CheckSpec, Forms, Tags

__all__ = ["LEXICON", "batches", "check_spec", "ids", "padded_ids", "sentences", "texts"]

LEXICON: Mapping[str, Mapping[str, Sequence[str]]] = {
    "a": {"big": ["large", "huge"], "old": ["aged", "ancient"], "quick": ["fast", "swift"]},
    "n": {"dog": ["hound", "canine"], "city": ["town", "metropolis"], "question": ["query", "inquiry"]},
    "v": {"walk": ["stroll", "march"], "answer": ["reply", "respond"]},
    "r": {"quickly": ["rapidly", "fast"]},
}
"""A small lexicon, for machines without WordNet."""

_VOCABULARY = 50
_WORDS = """
the a an old big dogs walked quickly children answer questions city largest is was I He Paris NASA don't it's John's
well-known 192.168.1.1 https://example.com/a_b?c=d me@example.org 3.14 1990s U.S. e.g. (see) "quoted" end. Why? naïve
Straße \u043f\u0440\u0438\u0432\u0435\u0442 你好 مرحبا שלום 👩\u200d👩\u200d👧 🇩🇪 e\u0301te\u0301 _x_ #tag @name c++ a/b
"""
_SPACES = (" ", "  ", "\n", "\t", "\u00a0", " \r\n", "\u2003")


def check_spec() -> CheckSpec:
    """Return strategies of texts of every script and of token ids, also empty ones, and of batches of both."""
    return CheckSpec(
        items=texts() | ids(_VOCABULARY),
        informative_items=_long_texts() | ids(_VOCABULARY, min_length=30, max_length=40),
        batches=batches(min_size=1) | padded_ids(_VOCABULARY),
        invalid_items=_INVALID,
        find_invalid=_find_invalid,
        forms=Forms(_convert, _to_values, tolerance=0.0),
        augmentations=_augmentations(),
        recipes={name: {"lexicon": LEXICON} for name in ("synonyms", "eda")},
        model_items=_long_texts(),
    )


_INVALID: Mapping[str, Callable[[], object]] = {
    "None": lambda: None,
    "a number": lambda: 3.5,
    "a list of words": lambda: ["two", "words"],
    "bytes that are not UTF-8": lambda: b"caf\xe9",
    "ids of two axes": lambda: torch.zeros(2, 3, dtype=torch.int64),
}


def _long_texts() -> st.SearchStrategy[str]:
    """Some different sentences, one after the other, of words that the lexicon knows."""
    known = "The old dogs walked quickly to the big city and answered quick question"
    return st.integers(3, 6).map(lambda count: " ".join(f"{known} {number}." for number in range(count)))


def _find_invalid(view: TextItem, item: TextItem) -> str | None:
    """Why the view is no text any more; ids stay within the vocabulary and keep their number."""
    decoded = CODEC.decode(view)
    if isinstance(decoded, str):
        return None
    low, high = (int(decoded.min()), int(decoded.max())) if len(decoded) else (0, 0)
    return None if 0 <= low <= high < _VOCABULARY else f"ids from {low} to {high}, outside 0 to {_VOCABULARY - 1}"


def _convert(item: TextItem) -> dict[str, TextItem]:
    """A text as str, as NumPy's str and as bytes; ids as tensors and arrays of either width, in a byte too."""
    decoded = CODEC.decode(item)
    if isinstance(decoded, str):
        return {"str": decoded, "numpy.str_": np.str_(decoded), "bytes": decoded.encode()}
    plain = np.asarray(decoded)
    arrays = {f"array-{dtype}": plain.astype(dtype) for dtype in ("int64", "int32", "uint8")}
    tensors = {name.replace("array", "tensor"): torch.from_numpy(array.copy()) for name, array in arrays.items()}
    return {**tensors, **arrays}


def _to_values(item: TextItem) -> dict[str, np.ndarray]:
    """The characters by their numbers, or the ids."""
    decoded = CODEC.decode(item)
    if isinstance(decoded, str):
        return {"characters": np.array([ord(character) for character in decoded])}
    return {"ids": np.asarray(decoded)}


def _is_text(augmentation: Augmentation, item: object) -> bool:
    return isinstance(item, str)


def _is_text_batch(augmentation: Augmentation, batch: object) -> bool:
    return isinstance(batch, list)


def _token_table() -> TokenTable:
    """Every even id may become the next two even ones."""
    synonyms = {i: [(i + 2) % _VOCABULARY, (i + 4) % _VOCABULARY] for i in range(2, 40, 2)}
    return TokenTable.from_synonyms(synonyms, _VOCABULARY)


def _ratios() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"ratio": st.floats(0.2, 0.8)})


def _string_tags(parameters: st.SearchStrategy[dict[str, Any]] | None, **more: Any) -> Tags:
    return Tags(parameters, accepts=_is_text, accepts_batch=_is_text_batch, **more)


def _augmentations() -> dict[str, Tags]:
    ratios = {"identity_params": {"ratio": 0.0}, "invalid_params": ({"ratio": 1.5}, {"ratio": -0.1})}
    synonyms = st.fixed_dictionaries({"lexicon": st.just(LEXICON), "ratio": st.floats(0.2, 0.8)})
    synonym_params = {
        "identity_params": {"ratio": 0.0, "lexicon": LEXICON},
        "invalid_params": (
            {"ratio": 2.0},
            {"senses": 0, "lexicon": LEXICON},
            {"language": "xx", "lexicon": None},
            {"pos": "q"},
        ),
    }
    return {
        "SynonymSwap": _string_tags(synonyms, **synonym_params),
        "SynonymInsertion": _string_tags(synonyms, **synonym_params),
        "WordDropout": _string_tags(_ratios(), **ratios),
        "WordSwap": _string_tags(_ratios(), **ratios),
        "CharacterNoise": _string_tags(_ratios(), **ratios),
        "SpanCrop": _string_tags(
            st.just({"scale": (0.2, 0.8)}),
            identity_params={"scale": 1.0},
            invalid_params=({"scale": 0.0}, {"scale": (0.9, 0.1)}),
        ),
        "SentenceShuffle": _string_tags(None),
        "Identity": Tags(random=False),
        "TokenSwap": Tags(
            st.fixed_dictionaries({"table": st.just(_token_table()), "ratio": st.floats(0.2, 0.8)}),
            identity_params={"table": _token_table(), "ratio": 0.0},
            accepts=lambda augmentation, item: isinstance(item, Tensor),
            accepts_batch=lambda augmentation, batch: isinstance(batch, PaddedBatch),
            invalid_params=({"table": _token_table(), "ratio": 2.0},),
        ),
    }


@st.composite
def sentences(draw: st.DrawFn, max_words: int = 12) -> str:
    """Draw words, names, addresses, numbers and scripts of all kinds between white space of all kinds."""
    words = draw(st.lists(st.sampled_from(_WORDS.split()), max_size=max_words))
    ends = st.sampled_from(["", *_SPACES])
    spaces = [draw(ends), *(draw(st.sampled_from(_SPACES)) for _ in words[1:])]
    return "".join(space + word for space, word in zip(spaces, words, strict=bool(words))) + draw(ends)


def texts() -> st.SearchStrategy[str]:
    """Return sentences, and text of any characters at all, empty ones among both; no lone surrogates."""
    return st.one_of(sentences(), st.text(max_size=40))


def batches(min_size: int = 0, max_size: int = 5) -> st.SearchStrategy[list[str]]:
    """Return lists of texts."""
    return st.lists(texts(), min_size=min_size, max_size=max_size)


@st.composite
def ids(draw: st.DrawFn, vocabulary: int = 50, max_length: int = 12, min_length: int = 0) -> torch.Tensor:
    """Draw token ids below `vocabulary`: int64 or int32 tensors (L,)."""
    values = draw(st.lists(st.integers(0, vocabulary - 1), min_size=min_length, max_size=max_length))
    return torch.tensor(values, dtype=draw(st.sampled_from([torch.int64, torch.int32])))


def padded_ids(vocabulary: int = 50) -> st.SearchStrategy[PaddedBatch]:
    """Return batches of one to four sequences of token ids of unequal length, int64."""
    rows = st.lists(st.lists(st.integers(0, vocabulary - 1), max_size=8), min_size=1, max_size=4)
    return rows.map(lambda values: pad([torch.tensor(row, dtype=torch.int64) for row in values]))
