"""The tokenizer: byte-level BPE, trained on the user's corpus, and passed on as its JSON text.

JSON text is what encoders and recipes take, so that a checkpoint holds the tokenizer and rebuilds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch

from pairgen._validation import check_int
from pairgen.batch import PaddedBatch
from pairgen.modalities.text.augmentations.synonyms.eligibility import Vocabulary
from pairgen.modalities.text.augmentations.tokens import TokenTable
from pairgen.modalities.text.lexicon.lexicon import Lexicon

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Tokenize", "load_tokenizer", "token_table", "train_tokenizer"]

_PAD, _CLS = "[PAD]", "[CLS]"


def train_tokenizer(texts: Iterable[str], vocab_size: int = 4096, *, lowercase: bool = False) -> str:
    """Train a byte-level BPE (Sennrich et al. 2016; Radford et al. 2019) on texts; return its JSON text.

    Token 0 is [PAD], 1 is [CLS], which begins every text, and then come the 256 bytes; so no text, whatever its script,
    has unknown tokens. The same texts give the same tokenizer.

    Args:
        texts: Texts to train on; with none of them, the vocabulary is just the bytes and the special tokens.
        vocab_size: Largest number of tokens, at least 258.
        lowercase: Fold case.

    Raises:
        ValueError: `vocab_size` is too small.

    Example:
        >>> Tokenize(train_tokenizer([], vocab_size=258))(["hi"]).values.shape  # [CLS], a space, h, i
        torch.Size([1, 4])
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    check_int("vocab_size", vocab_size, low=len(alphabet) + 2)  # the bytes and two special tokens
    tokenizer = Tokenizer(models.BPE())
    if lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=[_PAD, _CLS], initial_alphabet=sorted(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{_CLS} $A", special_tokens=[(_CLS, 1)])
    return str(tokenizer.to_str())


@lru_cache(maxsize=16)
def load_tokenizer(tokenizer: str) -> Tokenizer:
    """Return the `tokenizers.Tokenizer` of its JSON text, without the padding and truncation that it may hold.

    Raises:
        ValueError: The text is no tokenizer, but a path for example.
    """
    from tokenizers import Tokenizer

    try:
        loaded = Tokenizer.from_str(tokenizer)
    except Exception as error:  # the Rust library raises plain Exception
        raise ValueError(
            f"a tokenizer is passed as its JSON text, got {tokenizer[:60]!r}; build it with train_tokenizer(texts), or "
            'read a file with Path("tokenizer.json").read_text()'
        ) from error
    loaded.no_padding()  # what a file may have saved with it: padding is no text
    loaded.no_truncation()
    return loaded


@dataclass(frozen=True)
class Tokenize:
    """Turn texts into token ids: list[str] -> `PaddedBatch`, int64 (B, L) with lengths (B,). Ids stay as they are.

    Args:
        tokenizer: JSON text of the tokenizer.
        max_length: Tokens a text, at least 1; longer texts are cut, and not behind the first token of a word that goes
            on: on its own it would count as a whole word.

    Raises:
        ValueError: `max_length` is below 1, or `tokenizer` is no tokenizer.
        TypeError: `max_length` is no integer.
    """

    tokenizer: str
    max_length: int = 128

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_length", check_int("max_length", self.max_length, low=1, unit="tokens"))
        load_tokenizer(self.tokenizer)

    def __call__(self, batch: Sequence[str] | PaddedBatch) -> PaddedBatch:
        """Return the ids of the texts of a batch."""
        if isinstance(batch, PaddedBatch):
            return batch
        encodings = load_tokenizer(self.tokenizer).encode_batch_fast(list(batch))
        return _pad_rows([self._cut(encoding.ids) or [0] for encoding in encodings])

    def _cut(self, ids: list[int]) -> list[int]:
        """At most `max_length` ids, of which the last is not the first part of a word that goes on."""
        if len(ids) <= self.max_length:
            return ids
        joins = _find_joins(self.tokenizer)
        last, following = ids[self.max_length - 1], ids[self.max_length]
        goes_on = last not in joins.previous and (following in joins.previous or last in joins.next)
        length = self.max_length - 1 if goes_on and self.max_length > 2 else self.max_length
        return ids[:length]


def _pad_rows(rows: Sequence[Sequence[int]]) -> PaddedBatch:
    """Rows of ids, none of them empty, as int64 (B, L), padded with 0."""
    lengths = torch.tensor([len(row) for row in rows], dtype=torch.int64, device="cpu")
    longest = max((len(row) for row in rows), default=1)
    padded = [[*row, *[0] * (longest - len(row))] for row in rows]
    values = torch.tensor(padded, dtype=torch.int64, device="cpu")
    return PaddedBatch(values.reshape(len(rows), longest), lengths)


@dataclass(frozen=True)
class _Joins:
    """Ids of tokens, none of them special, that are part of the word of the token before or after them."""

    previous: frozenset[int] = frozenset()
    next: frozenset[int] = frozenset()


@lru_cache(maxsize=16)
def _find_joins(tokenizer: str) -> _Joins:
    """The joins of a tokenizer; none where its tokens do not show where words begin."""
    loaded = load_tokenizer(tokenizer)
    try:
        marks = _find_marks(json.loads(tokenizer))
    except ValueError:
        return _Joins()
    special = {added.content for added in loaded.get_added_tokens_decoder().values()}
    tokens = {token: number for token, number in loaded.get_vocab().items() if token and token not in special}
    return _Joins(
        frozenset(number for token, number in tokens.items() if marks.joins_previous(token)),
        frozenset(number for token, number in tokens.items() if marks.joins_next(token)),
    )


def token_table(tokenizer: str, lexicon: Lexicon, senses: int | None = 3) -> TokenTable:
    """Return which tokens may replace which: complete words that are synonyms of each other in the same form.

    Only tokens in lower case are replaced, and only where they are a whole word: neither before a token that continues
    it nor after one that it continues. Of several readings the most frequent one is taken.

    Args:
        tokenizer: JSON text of the tokenizer, of any model whose tokens show where words begin or end: byte-level BPE,
            Unigram or BPE with a mark for spaces, WordPiece, BPE with a mark for the ends of words, or word-level.
        lexicon: The synonyms.
        senses: Only synonyms in that many senses of a word, the most frequent first; None for all.

    Raises:
        ValueError: The tokens of the tokenizer do not show where words begin.
    """
    loaded = load_tokenizer(tokenizer)
    tokens, marks = loaded.get_vocab(), _find_marks(json.loads(tokenizer))
    special = {added.content for added in loaded.get_added_tokens_decoder().values()}
    ids = {word: number for token, number in tokens.items() if token not in special and (word := marks.word(token))}
    vocabulary = Vocabulary(lexicon, frozenset(), senses, ("n", "v", "a", "r"), False)
    synonyms: dict[int, list[int]] = {}
    for word, number in ids.items():
        if word.islower() and (readings := vocabulary.readings(word)):
            reading = max(readings, key=lambda r: r.weight)
            candidates = [ids[c.text] for c in reading.candidates if c.text in ids]
            if candidates:
                synonyms[number] = candidates
    joins = _find_joins(tokenizer)
    return TokenTable.from_synonyms(synonyms, max(tokens.values()) + 1, joins.previous, joins.next)


@dataclass(frozen=True)
class _Marks:
    """How the tokens of a model show where words begin and end.

    Args:
        space: Begins each token that begins a word.
        inside: Begins each token that continues a word.
        end: Ends each token that ends a word.
    """

    space: str = ""
    inside: str = ""
    end: str = ""

    def word(self, token: str) -> str:
        """The word that a token may be; empty if it is none."""
        if not token.startswith(self.space) or not token.endswith(self.end) or self._continues(token):
            return ""
        word = token[len(self.space) : len(token) - len(self.end)]
        return word if word.isalpha() else ""

    def joins_previous(self, token: str) -> bool:
        """Whether a token is part of the word before it; "well-known" and "can't" are one word each."""
        if self._continues(token):
            return True
        if self.space:
            return not token.startswith(self.space) and (token[0].isalnum() or token[0] in _JOINTS or token[0] > "~")
        return token[0] in _JOINTS

    def joins_next(self, token: str) -> bool:
        """Whether the word of a token goes on in the next one."""
        if self.space:  # there, a token that begins a word says so itself
            return False
        return token[-1] in _JOINTS or (bool(self.end) and not token.endswith(self.end))

    def _continues(self, token: str) -> bool:
        return bool(self.inside) and token.startswith(self.inside)


_JOINTS = "'\u2019-\u2010\u2011_"


def _find_marks(tokenizer: Mapping[str, Any]) -> _Marks:
    """The marks of a tokenizer, from the parts of its JSON."""
    model = tokenizer["model"]
    parts = [part for name in ("normalizer", "pre_tokenizer", "decoder") for part in _parts(tokenizer.get(name))]
    if model.get("end_of_word_suffix"):
        return _Marks(end=model["end_of_word_suffix"], inside=model.get("continuing_subword_prefix") or "")
    if any(part["type"] == "ByteLevel" for part in parts):
        return _Marks(space="\u0120")
    for part in parts:
        if part["type"] == "Metaspace" or (part["type"] == "Replace" and part.get("pattern") == {"String": " "}):
            return _Marks(space=part.get("replacement") or part["content"])
    if model.get("continuing_subword_prefix"):
        return _Marks(inside=model["continuing_subword_prefix"])
    if model.get("type") == "WordLevel":
        return _Marks()
    raise ValueError(
        f"the tokens of this {model.get('type')} tokenizer do not show where words begin, so that parts of words "
        "would be replaced; use SynonymSwap on strings, or a tokenizer such as train_tokenizer(texts)"
    )


def _parts(part: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The parts of a normalizer, pre-tokenizer or decoder, which may be a sequence of such."""
    if part is None:
        return []
    inner = next((part[name] for name in ("normalizers", "pretokenizers", "decoders") if name in part), None)
    return [part] if inner is None else [leaf for member in inner for leaf in _parts(member)]
