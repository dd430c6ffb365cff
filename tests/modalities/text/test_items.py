from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given

import pairgen
from pairgen.batch import PaddedBatch
from pairgen.modalities.text.batch import check_batch, collate
from pairgen.modalities.text.io.codec import decode_text, restore_text
from pairgen.testing.modalities.text import LEXICON
from pairgen.testing.modalities.text import texts


@given(text=texts())
def test_strings_and_bytes_are_opened_and_closed_in_their_own_type(text):
    assert decode_text(text) is text
    assert decode_text(text.encode()) == text
    assert restore_text(text, text) == text
    assert restore_text(text, text.encode()) == text.encode()
    assert type(decode_text(np.str_(text))) is str


def test_ids_are_opened_as_they_are():
    for ids in (torch.tensor([1, 2]), np.array([1, 2])):
        assert decode_text(ids) is ids
        assert restore_text(ids, ids) is ids


@pytest.mark.parametrize(
    ("item", "error", "message"),
    [
        (None, TypeError, "the row has no text; drop it"),
        (3.5, TypeError, "got float"),
        (["two", "words"], TypeError, "join its parts"),
        (b"caf\xe9 noir", ValueError, r'byte 3 of 9 is 0xe9 .* data.decode\("latin-1"\)'),
        (torch.rand(3), TypeError, "token ids are integers"),
        (np.zeros((2, 2), int), TypeError, "give a batch to sampler.augment"),
    ],
)
def test_what_is_no_text_is_refused_with_the_remedy(item, error, message):
    with pytest.raises(error, match=message):
        decode_text(item)


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
    pair = pairgen.PairSampler("text", "synonyms", rate=1.0, lexicon=LEXICON)(b"a big dog", 0)
    assert isinstance(pair.first, bytes)
    assert pair.first != b"a big dog"


def test_strings_collate_into_a_list_and_ids_into_a_padded_batch():
    assert collate(["a", "b"]) == ["a", "b"]
    batch = collate([torch.tensor([1, 2, 3]), torch.tensor([4])])
    assert batch.values.tolist() == [[1, 2, 3], [4, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]
    assert collate([np.array([1]), np.array([2])]).values.shape == (2, 1)
    with pytest.raises(ValueError, match="batch is empty"):
        collate([])
    with pytest.raises(TypeError, match="strings with token ids"):
        collate(["a", torch.tensor([1])])


def test_batches_come_in_many_forms():
    assert check_batch(("a", "b")) == ["a", "b"]
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
    for bad in (3, "a single string", torch.zeros(2), {"ids": ids}):
        with pytest.raises(TypeError):
            check_batch(bad)
