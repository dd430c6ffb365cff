from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen.batch import PaddedBatch, pad
from pairgen.modalities.text import Tokenize, TokenSwap, TokenTable, open_lexicon, token_table, train_tokenizer
from pairgen.modalities.text.tokens import load_tokenizer
from pairgen.random import Stream
from pairgen.testing.modalities.text import LEXICON, ids, texts

CORPUS = ["the big dog walks quickly to the large city", "a hound answers a query", "swift huge town"] * 20
SYNONYMS = {i: [(i + 2) % 50, (i + 4) % 50, 7] for i in range(2, 40, 2)}
TABLE = TokenTable.from_synonyms(SYNONYMS, 50)


@given(item=ids(), seed=st.integers(0, 100))
def test_only_ids_with_synonyms_change_and_only_into_these(item, seed):
    before = item.clone()
    view = TokenSwap(TABLE, 0.5)(item, Stream(seed))
    assert torch.equal(item, before)
    assert view.dtype == item.dtype
    assert view.shape == item.shape
    for old, new in zip(item.tolist(), view.tolist(), strict=True):
        assert new in [old, *SYNONYMS.get(old, [])]


@given(rows=st.lists(ids(), min_size=1, max_size=5), seed=st.integers(0, 100))
def test_a_batch_of_ids_is_its_items(rows, seed):
    rows = [row.long() for row in rows]
    index = np.arange(len(rows)) * 3 + 1
    swap = TokenSwap(TABLE, 0.4)
    views, _ = swap.sample_batch(pad(rows), Stream(seed, index=index))
    for i, row in enumerate(rows):
        assert torch.equal(views.item(i), swap(row, Stream(seed, index=int(index[i]))))
    assert bool((views.values[~views.mask()] == 0).all())


def test_tokens_are_swapped_at_the_ratio_and_each_synonym_alike():
    ids = torch.full((200_000,), 2)
    view = TokenSwap(TABLE, 0.3)(ids, Stream(0))
    counts = torch.bincount(view, minlength=10) / len(ids)
    assert abs(float(counts[2]) - 0.7) < 0.01
    for synonym in (4, 6, 7):
        assert abs(float(counts[synonym]) - 0.1) < 0.005


def test_arrays_of_ids_stay_arrays():
    view = TokenSwap(TABLE, 1.0)(np.array([2, 3], dtype=np.int32), Stream(0))
    assert isinstance(view, np.ndarray)
    assert view.dtype == np.int32
    assert view[1] == 3


def test_ratios_of_none_and_all():
    item = torch.arange(50)
    assert torch.equal(TokenSwap(TABLE, 0.0)(item, Stream(0)), item)
    changed = TokenSwap(TABLE, 1.0)(item, Stream(0)) != item
    assert changed.nonzero().flatten().tolist() == sorted(SYNONYMS)


def test_ids_outside_the_table_are_refused():
    with pytest.raises(ValueError, match="the table has 50 tokens"):
        TokenSwap(TABLE, 1.0)(torch.tensor([3, 50]), Stream(0))
    with pytest.raises(ValueError, match="ids lie in 0 to 9"):
        TokenTable.from_synonyms({1: [10]}, 10)
    with pytest.raises(TypeError, match="token ids are integers"):
        TokenSwap(TABLE)(torch.rand(3), Stream(0))


@pytest.mark.gpu
def test_ids_on_cuda_have_the_same_views():
    batch = pad([torch.arange(2, 40), torch.arange(5, 20)])
    swap, index = TokenSwap(TABLE, 0.5), np.arange(2)
    here, _ = swap.sample_batch(batch, Stream(0, index=index))
    there, _ = swap.sample_batch(batch.to("cuda"), Stream(0, index=index))
    assert there.values.is_cuda
    assert torch.equal(there.values.cpu(), here.values)


def test_the_table_of_a_tokenizer_holds_words_of_one_token(cache):
    tokenizer = train_tokenizer(CORPUS, 400)
    vocabulary = load_tokenizer(tokenizer).get_vocab()
    table = token_table(tokenizer, open_lexicon(LEXICON))
    big = vocabulary["\u0120big"]
    first, count = int(table.first[big]), int(table.count[big])
    assert {int(i) for i in table.candidates[first : first + count]} == {
        vocabulary["\u0120large"],
        vocabulary["\u0120huge"],
    }
    assert int(table.count[0]) == 1
    assert int(table.candidates[table.first[0]]) == 0
    batch = Tokenize(tokenizer)(["the big dog"])
    view, _ = TokenSwap(table, 1.0).sample_batch(batch, Stream(0, index=np.arange(1)))
    assert load_tokenizer(tokenizer).decode(view.item(0).tolist()).split()[1] in ("large", "huge")


PARTS = ["a big dog ran", "the large hound", "big", "dog", "large", "hound", "bigger doghouse", "big-eared dog's"] * 50
PAIRS = {"a": {"big": ["large"]}, "n": {"dog": ["hound"]}}


def tokenizer_of(kind: str) -> str:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    options = {"special_tokens": ["[PAD]", "[UNK]"], "show_progress": False}
    if kind == "byte-level":
        return train_tokenizer(PARTS, 300)
    if kind == "WordPiece":
        tokenizer, trainer = (
            Tokenizer(models.WordPiece(unk_token="[UNK]")),
            trainers.WordPieceTrainer(vocab_size=60, **options),
        )
        tokenizer.decoder = decoders.WordPiece()
    elif kind == "word-level":
        tokenizer, trainer = Tokenizer(models.WordLevel(unk_token="[UNK]")), trainers.WordLevelTrainer(**options)
    elif kind == "Unigram":
        words = ["\u2581big", "\u2581large", "\u2581dog", "\u2581hound", *"\u2581abcdefghijklmnopqrstuvwxyz-'"]
        tokenizer = Tokenizer(models.Unigram([("[UNK]", 0.0), *((word, -len(words)) for word in words)], unk_id=0))
        tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        return tokenizer.to_str()
    else:
        suffix = "</w>" if kind == "BPE with ends" else None
        tokenizer = Tokenizer(models.BPE(unk_token="[UNK]", **({"end_of_word_suffix": suffix} if suffix else {})))
        trainer = trainers.BpeTrainer(vocab_size=75, **options)
        if suffix:
            trainer = trainers.BpeTrainer(vocab_size=75, end_of_word_suffix=suffix, **options)
            tokenizer.decoder = decoders.BPEDecoder(suffix)
    with_spaces = kind == "BPE with spaces"
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace() if with_spaces else pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(PARTS, trainer)
    if with_spaces:  # as Llama has it
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
        tokenizer.pre_tokenizer = None
        tokenizer.decoder = decoders.Metaspace()
    return tokenizer.to_str()


@pytest.mark.parametrize(
    "kind", ["byte-level", "WordPiece", "word-level", "Unigram", "BPE with ends", "BPE with spaces"]
)
def test_tokens_of_every_model_are_swapped_as_whole_words_only(kind):
    tokenizer = tokenizer_of(kind)
    swap = TokenSwap(token_table(tokenizer, open_lexicon(PAIRS)), 1.0)
    lines = ["a big dog ran", "dog", "bigger doghouse", "big-eared dog's", "dog"]
    batch = Tokenize(tokenizer)(lines)
    views, _ = swap.sample_batch(batch, Stream(0, index=np.arange(len(lines))))
    decoded = [load_tokenizer(tokenizer).decode(views.item(i).tolist()).replace(" ", "") for i in range(len(lines))]
    expected = ["alargehoundran", "hound", "biggerdoghouse", "big-eareddog's", "hound"]
    known = [i for i in range(len(lines)) if kind != "word-level" or i != 2]
    assert [decoded[i] for i in known] == [expected[i] for i in known]
    for i in range(len(lines)):
        assert torch.equal(views.item(i), swap(batch.item(i), Stream(0, index=i)))


def test_a_tokenizer_that_does_not_show_where_words_begin_is_refused():
    with pytest.raises(ValueError, match="do not show where words begin"):
        token_table(tokenizer_of("BPE without marks"), open_lexicon(PAIRS))


def test_saved_padding_and_truncation_of_a_tokenizer_never_count_as_text():
    tokenizer = load_tokenizer.__wrapped__(tokenizer_of("WordPiece"))
    tokenizer.enable_padding(length=64)
    tokenizer.enable_truncation(2)
    batch = Tokenize(tokenizer.to_str())(["a big dog ran", "dog"])
    assert batch.lengths.tolist() == [4, 1]
    assert batch.values.shape == (2, 4)


@given(text=texts())
def test_no_text_has_unknown_tokens_and_all_come_back(text):
    tokenizer = load_tokenizer(train_tokenizer([], 258))
    encoded = tokenizer.encode(text)
    assert encoded.ids[0] == 1
    assert 0 not in encoded.ids
    assert tokenizer.decode(encoded.ids).removeprefix(" ") == text.removeprefix(" ")


def test_training_is_the_same_twice_and_folds_case_when_asked():
    assert train_tokenizer(CORPUS, 300) == train_tokenizer(CORPUS, 300)
    lower = load_tokenizer(train_tokenizer(CORPUS, 300, lowercase=True))
    assert lower.encode("The Big").ids == lower.encode("the big").ids
    assert len(load_tokenizer(train_tokenizer(CORPUS, 300)).get_vocab()) == 300


def test_texts_are_tokenized_padded_and_cut():
    batch = Tokenize(train_tokenizer(CORPUS, 300), max_length=4)(["", "the big dog walks on", "a"])
    assert isinstance(batch, PaddedBatch)
    assert batch.values.shape == (3, 4)
    assert batch.lengths.tolist() == [1, 4, 2]
    assert batch.values.dtype == torch.int64
    assert Tokenize(train_tokenizer([], 258))(batch) is batch
    assert Tokenize(train_tokenizer([], 258))([]).values.shape == (0, 1)


def test_what_is_no_tokenizer_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r'Path\("tokenizer.json"\).read_text'):
        Tokenize("tokenizer.json")
    with pytest.raises(ValueError, match="max_length"):
        Tokenize(train_tokenizer([], 258), max_length=0)
    with pytest.raises(ValueError, match="at least 258"):
        train_tokenizer(CORPUS, 100)
