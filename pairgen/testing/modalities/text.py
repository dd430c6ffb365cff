"""What the property-testing kit is shown of texts: items, bad ones, and what each augmentation promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from pairgen.batch import PaddedBatch
from pairgen.modalities.text.augmentations.tokens import TokenTable
from pairgen.modalities.text.io.codec import decode_text
from pairgen.testing.modalities.text_strategies import batches, ids, padded_ids, texts
from pairgen.testing.spec import CheckSpec, Tags

__all__ = ["LEXICON", "check_spec"]

LEXICON: Mapping[str, Any] = {
    "a": {"big": ["large", "huge"], "old": ["aged", "ancient"], "quick": ["fast", "swift"]},
    "n": {"dog": ["hound", "canine"], "city": ["town", "metropolis"], "question": ["query", "inquiry"]},
    "v": {"walk": ["stroll", "march"], "answer": ["reply", "respond"]},
    "r": {"quickly": ["rapidly", "fast"]},
}
"""A lexicon that is there on every machine."""

_VOCABULARY = 50


def check_spec() -> CheckSpec:
    """Texts of every script and token ids, from the empty ones on; batches of both; five that are none."""
    return CheckSpec(
        items=texts() | ids(_VOCABULARY),
        informative_items=_long() | ids(_VOCABULARY, min_length=30, max_length=40),
        batches=batches(min_size=1) | padded_ids(_VOCABULARY),
        invalid_items=_BAD,
        find_invalid=_complaint,
        augmentations=_augmentations(),
        recipes={name: {"lexicon": LEXICON} for name in ("synonyms", "eda")},
        model_items=_long(),
    )


_BAD: Mapping[str, Any] = {
    "None": lambda: None,
    "a number": lambda: 3.5,
    "a list of words": lambda: ["two", "words"],
    "bytes that are not UTF-8": lambda: b"caf\xe9",
    "ids of two axes": lambda: torch.zeros(2, 3, dtype=torch.int64),
}


def _long() -> st.SearchStrategy[str]:
    """Some different sentences, one after the other, of words that the lexicon knows."""
    known = "The old dogs walked quickly to the big city and answered quick question"
    return st.integers(3, 6).map(lambda count: " ".join(f"{known} {number}." for number in range(count)))


def _complaint(view: Any, item: Any) -> str | None:
    """Why the view is no text any more; ids stay within the vocabulary and keep their number."""
    opened = decode_text(view)
    if isinstance(opened, str):
        return None
    low, high = (int(opened.min()), int(opened.max())) if len(opened) else (0, 0)
    return None if 0 <= low <= high < _VOCABULARY else f"ids from {low} to {high}, outside 0 to {_VOCABULARY - 1}"


def _is_text(augmentation: Any, item: Any) -> bool:
    return isinstance(item, str)


def _is_texts(augmentation: Any, batch: Any) -> bool:
    return isinstance(batch, list)


def _table() -> TokenTable:
    """Every even id may become the next two even ones."""
    return TokenTable.of({i: [(i + 2) % _VOCABULARY, (i + 4) % _VOCABULARY] for i in range(2, 40, 2)}, _VOCABULARY)


def _rates() -> Any:
    return st.fixed_dictionaries({"rate": st.floats(0.2, 0.8)})


def _of_strings(parameters: Any, **more: Any) -> Tags:
    return Tags(parameters, accepts=_is_text, accepts_batch=_is_texts, **more)


def _augmentations() -> dict[str, Tags]:
    rates = {"identity_params": {"rate": 0.0}, "invalid_params": ({"rate": 1.5}, {"rate": -0.1})}
    synonyms = st.fixed_dictionaries({"lexicon": st.just(LEXICON), "rate": st.floats(0.2, 0.8)})
    known = {
        "identity_params": {"rate": 0.0, "lexicon": LEXICON},
        "invalid_params": (
            {"rate": 2.0},
            {"senses": 0, "lexicon": LEXICON},
            {"language": "xx", "lexicon": None},
            {"pos": "q"},
        ),
    }
    return {
        "SynonymSwap": _of_strings(synonyms, **known),
        "SynonymInsertion": _of_strings(synonyms, **known),
        "WordDropout": _of_strings(_rates(), **rates),
        "WordSwap": _of_strings(_rates(), **rates),
        "CharacterNoise": _of_strings(_rates(), **rates),
        "SpanCrop": _of_strings(
            st.just({"scale": (0.2, 0.8)}),
            identity_params={"scale": 1.0},
            invalid_params=({"scale": 0.0}, {"scale": (0.9, 0.1)}),
        ),
        "SentenceShuffle": _of_strings(None),
        "Identity": Tags(random=False),
        "TokenSwap": Tags(
            st.fixed_dictionaries({"table": st.just(_table()), "rate": st.floats(0.2, 0.8)}),
            identity_params={"table": _table(), "rate": 0.0},
            accepts=lambda augmentation, item: isinstance(item, Tensor),
            accepts_batch=lambda augmentation, batch: isinstance(batch, PaddedBatch),
            invalid_params=({"table": _table(), "rate": 2.0},),
        ),
    }
