"""The tokenizer: byte-level BPE, trained on the user's corpus, and passed on as its JSON text.

JSON text is what encoders and recipes take, so that a checkpoint holds the tokenizer and rebuilds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

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
    """Return the `tokenizers.Tokenizer` of its JSON text.

    Raises:
        ValueError: The text is no tokenizer, but a path for example.
    """
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_str(tokenizer)
    except Exception as error:  # the Rust library raises plain Exception
        raise ValueError(
            f"a tokenizer is passed as its JSON text, got {tokenizer[:60]!r}; build it with train_tokenizer(texts), or "
            'read a file with Path("tokenizer.json").read_text()'
        ) from error


@dataclass(frozen=True)
class Tokenize:
    """Turn texts into token ids: list[str] -> `PaddedBatch`, int64 (B, L) with lengths (B,). Ids stay as they are.

    Args:
        tokenizer: JSON text of the tokenizer.
        max_length: Tokens a text, at least 1; longer texts are cut.

    Raises:
        ValueError: `max_length` is below 1, or `tokenizer` is no tokenizer.
        TypeError: `max_length` is no integer.
    """

    tokenizer: str
    max_length: int = 128

    def __post_init__(self) -> None:
        check_int("max_length", self.max_length, low=1, unit="tokens")
        load_tokenizer(self.tokenizer)

    def __call__(self, batch: Sequence[str] | PaddedBatch) -> PaddedBatch:
        """Return the ids of the texts of a batch."""
        if isinstance(batch, PaddedBatch):
            return batch
        encodings = load_tokenizer(self.tokenizer).encode_batch_fast(list(batch))
        return _pad_rows([encoding.ids[: self.max_length] or [0] for encoding in encodings])


def _pad_rows(rows: Sequence[Sequence[int]]) -> PaddedBatch:
    """Rows of ids, none of them empty, as int64 (B, L), padded with 0."""
    lengths = torch.tensor([len(row) for row in rows], dtype=torch.int64)
    longest = max((len(row) for row in rows), default=1)
    values = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], dtype=torch.int64)
    return PaddedBatch(values.reshape(len(rows), longest), lengths)


def token_table(tokenizer: str, lexicon: Lexicon, senses: int | None = 3) -> TokenTable:
    """Return which tokens may replace which: complete words that are synonyms of each other in the same form.

    Only tokens in lower case are replaced. Of several readings the most frequent one is taken.

    Args:
        tokenizer: JSON text of the tokenizer.
        lexicon: The synonyms.
        senses: Only synonyms in that many senses of a word, the most frequent first; None for all.
    """
    tokens = load_tokenizer(tokenizer).get_vocab()
    ids = {word: number for token, number in tokens.items() if (word := _word(token))}
    vocabulary = Vocabulary(lexicon, frozenset(), senses, ("n", "v", "a", "r"), False)
    synonyms: dict[int, list[int]] = {}
    for word, number in ids.items():
        if word.islower() and (readings := vocabulary.readings(word)):
            reading = max(readings, key=lambda r: r.weight)
            candidates = [ids[c.text] for c in reading.candidates if c.text in ids]
            if candidates:
                synonyms[number] = candidates
    return TokenTable.from_synonyms(synonyms, max(tokens.values()) + 1)


def _word(token: str) -> str:
    """The word of a token that begins one: byte-level BPE writes the space before it as a letter of its own."""
    return token[1:] if token.startswith("\u0120") and token[1:].isalpha() else ""
