"""The tokenizer: byte-level BPE, trained on the user's corpus, and carried about as its JSON text.

JSON text is what encoders and recipes take, so that a checkpoint holds the tokenizer and rebuilds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from pairgen.batch import PaddedBatch
from pairgen.modalities.text.augmentations.tokens import TokenTable
from pairgen.modalities.text.augmentations.vocabulary import Vocabulary
from pairgen.modalities.text.lexicon import Lexicon

__all__ = ["PAD", "Tokenize", "opened", "token_table", "train_tokenizer"]

PAD, CLS = "[PAD]", "[CLS]"


def train_tokenizer(texts: Iterable[str], vocab_size: int = 4096, *, lowercase: bool = False) -> str:
    """The JSON text of a byte-level BPE (Sennrich et al. 2016; Radford et al. 2019) trained on these texts.

    vocab_size: at least 258: [PAD] is 0, [CLS] 1, which begins every text, and then come the 256 bytes; so no text,
    whatever its script, has unknown tokens. No texts give just those. lowercase: fold case.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    if vocab_size < len(alphabet) + 2:
        raise ValueError(
            f"vocab_size is at least {len(alphabet) + 2}, the bytes and two special tokens; got {vocab_size}"
        )
    tokenizer = Tokenizer(models.BPE())
    if lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=[PAD, CLS], initial_alphabet=sorted(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{CLS} $A", special_tokens=[(CLS, 1)])
    return str(tokenizer.to_str())


@lru_cache(maxsize=16)
def opened(tokenizer: str) -> Any:
    """The `tokenizers.Tokenizer` of its JSON text. ValueError for anything else, a path for example."""
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_str(tokenizer)
    except Exception as error:  # the Rust library raises plain Exception
        raise ValueError(
            f"a tokenizer is given as its JSON text, got {tokenizer[:60]!r}; make it with train_tokenizer(texts), or "
            'read a file with Path("tokenizer.json").read_text()'
        ) from error


@dataclass(frozen=True)
class Tokenize:
    """Texts as token ids: list[str] -> `PaddedBatch`, int64 (B, L) with lengths (B,). Ids pass as they are.

    tokenizer: its JSON text. max_length: tokens a text, beyond which it is cut; at least 1.
    """

    tokenizer: str
    max_length: int = 128

    def __post_init__(self) -> None:
        if isinstance(self.max_length, bool) or not isinstance(self.max_length, int) or self.max_length < 1:
            raise ValueError(f"max_length is a whole number of tokens, at least 1; got {self.max_length!r}")
        opened(self.tokenizer)

    def __call__(self, batch: Any) -> Any:
        """The ids of the texts of a batch."""
        if not isinstance(batch, (list, tuple)):
            return batch
        rows = [row.ids[: self.max_length] or [0] for row in opened(self.tokenizer).encode_batch_fast(list(batch))]
        return padded(rows)


def padded(rows: Sequence[Sequence[int]]) -> PaddedBatch:
    """Rows of ids, none of them empty, as int64 (B, L), padded with 0."""
    lengths = torch.tensor([len(row) for row in rows], dtype=torch.int64)
    longest = max((len(row) for row in rows), default=1)
    values = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], dtype=torch.int64)
    return PaddedBatch(values.reshape(len(rows), longest), lengths)


def token_table(tokenizer: str, lexicon: Lexicon, senses: int | None = 3) -> TokenTable:
    """Which tokens may stand for which: those that are whole words, and synonyms of each other in the same form.

    Only tokens in lower case are swapped. Of several readings the most frequent one is taken.
    """
    vocabulary = opened(tokenizer).get_vocab()
    whole = {_word(token): number for token, number in vocabulary.items() if _word(token)}
    known = Vocabulary(lexicon, frozenset(), senses, ("n", "v", "a", "r"), False)
    synonyms: dict[int, list[int]] = {}
    for word, number in whole.items():
        if word.islower() and (readings := known.usable(word)):
            reading = max(readings, key=lambda r: r.weight)
            found = [whole[c.text] for c in reading.candidates if c.text in whole]
            if found:
                synonyms[number] = found
    return TokenTable.of(synonyms, max(vocabulary.values()) + 1)


def _word(token: str) -> str:
    """The word of a token that begins one: byte-level BPE writes the space before it as a letter of its own."""
    return token[1:] if token.startswith("\u0120") and token[1:].isalpha() else ""
