from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given

import pairgen
from pairgen.batch import PaddedBatch
from pairgen.modalities.text import TokenSwap, TokenTable
from pairgen.modalities.text.batch import check_batch, collate
from pairgen.modalities.text.io import codec
from pairgen.modalities.text.io.codec import CODEC
from pairgen.testing.modalities.text import LEXICON, texts


@given(text=texts())
def test_strings_and_bytes_are_decoded_and_restored_in_their_own_type(text):
    assert CODEC.decode(text) is text
    assert CODEC.decode(text.encode()) == text
    assert CODEC.restore(text, text) == text
    assert CODEC.restore(text, text.encode()) == text.encode()
    assert type(CODEC.decode(np.str_(text))) is str


def test_ids_are_decoded_as_they_are():
    for ids in (torch.tensor([1, 2]), np.array([1, 2])):
        assert CODEC.decode(ids) is ids
        assert CODEC.restore(ids, ids) is ids


@pytest.mark.parametrize(
    ("item", "error", "message"),
    [
        (None, TypeError, "the row has no text; drop it"),
        (3.5, TypeError, "got float"),
        (["two", "words"], TypeError, "join its parts"),
        (b"caf\xe9 noir", ValueError, r'byte 3 of 9 is 0xe9 .* data.decode\("latin-1"\)'),
        (torch.rand(3), TypeError, "token ids are integers"),
        (np.zeros((2, 2), int), TypeError, "pass a batch to sampler.augment"),
    ],
)
def test_what_is_no_text_is_refused_with_the_remedy(item, error, message):
    with pytest.raises(error, match=message):
        CODEC.decode(item)


def test_an_item_is_checked_once_on_the_way_to_a_pair(monkeypatch):
    checked = []
    check = codec._check
    monkeypatch.setattr(codec, "_check", lambda item: checked.append(item) or check(item))
    items = ["a big dog", b"bytes", "another dog"]
    sampler = pairgen.PairSampler("text", "synonyms", lexicon=LEXICON)
    sampler(items[0], 0)
    assert checked == items[:1]
    checked.clear()
    sampler.collate_items(items)
    assert checked == items
    for options in ({}, {"batched": True}):
        checked.clear()
        (batch,) = list(sampler.loader(items, 3, **options))
        assert checked == items
        assert len(batch.first) == 3
    checked.clear()
    ids = torch.tensor([1, 2])
    sampler = pairgen.PairSampler("text", TokenSwap(TokenTable.from_synonyms({1: [2]}, 3)))
    sampler.collate_items([(0, ids)])
    assert len(checked) == 1


def test_a_sampler_names_the_bad_item_or_leaves_it_out():
    items = ["a big dog", None, b"\xff", "ok"]
    with pytest.raises(TypeError, match="item 1: the text is None"):
        list(pairgen.PairSampler("text", "crop").loader(items, 4))
    sampler = pairgen.PairSampler("text", "crop", on_error="skip")
    with pytest.warns(UserWarning, match="2 items were left out"):
        (batch,) = list(sampler.loader(items, 4))
    assert batch.index.tolist() == [0, 3]
    assert len(batch.first) == 2


def test_bytes_give_bytes():
    pair = pairgen.PairSampler("text", "synonyms", ratio=1.0, lexicon=LEXICON)(b"a big dog", 0)
    assert isinstance(pair.first, bytes)
    assert pair.first != b"a big dog"


def test_strings_collate_into_a_list_and_ids_into_a_padded_batch():
    assert collate(["a", "b"]) == ["a", "b"]
    batch = collate([torch.tensor([1, 2, 3]), torch.tensor([4])])
    assert batch.values.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]
    assert collate([np.array([1]), np.array([2])]).values.shape == (2, 1)
    assert collate([b"restored", "a"]) == ["restored", "a"]
    with pytest.raises(ValueError, match="cannot collate an empty batch"):
        collate([])
    with pytest.raises(TypeError, match="strings with token ids"):
        collate(["a", torch.tensor([1])])


def test_batches_come_in_many_forms():
    assert check_batch(("a", "b")) == ["a", "b"]
    assert check_batch(["a", b"b"]) == ["a", "b"]
    assert check_batch(np.array(["a", "b"])) == ["a", "b"]
    ids = torch.tensor([[1, 2], [3, 0]])
    assert check_batch(ids).lengths.tolist() == [2, 2]
    masked = check_batch({"input_ids": ids, "attention_mask": torch.tensor([[1, 1], [1, 0]])})
    assert isinstance(masked, PaddedBatch)
    assert masked.lengths.tolist() == [2, 1]
    assert check_batch(masked) is masked
    with pytest.raises(ValueError, match="padding_side"):
        check_batch({"input_ids": ids, "attention_mask": torch.tensor([[0, 1], [1, 1]])})
    with pytest.raises(TypeError, match="the text is None"):
        check_batch(["a", None])
    for bad in (3, "a single string", torch.zeros(2), torch.zeros(2, 2), ["a", ids[0]], {"ids": ids}):
        with pytest.raises(TypeError):
            check_batch(bad)
