"""The options with which `pairgen train` builds a text encoder from the data."""

from __future__ import annotations

import pytest
import torch

import pairgen
from pairgen.batch import pad
from pairgen.methods import SimCLR
from pairgen.modalities.text.encoders import options
from pairgen.modalities.text.tokens import load_tokenizer

TEXTS = [f"number {i} of the big dogs in the city" for i in range(40)]
MODALITY = pairgen.get_modality("text")


def test_the_default_encoder_trains_on_a_file_without_options(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS))
    dataset = MODALITY.read(path)
    sampler = pairgen.PairSampler(MODALITY, "crop")
    views = sampler.collate_items([(0, dataset[0])]).first
    fitted = MODALITY.encoder_options(MODALITY.default_encoder, dataset, views)
    encoder = pairgen.create_encoder(MODALITY, MODALITY.default_encoder, **fitted)
    assert "\u0120dogs" in load_tokenizer(encoder.tokenizer).get_vocab()
    trainer = pairgen.Trainer(SimCLR(encoder, projection_dim=8), epochs=1, run_dir=tmp_path / "run", progress=False)
    trainer.fit(sampler.loader(dataset, 8, batched=True))
    assert pairgen.load_encoder(tmp_path / "run").tokenizer == encoder.tokenizer


@pytest.mark.parametrize("name", ["bag", "transformer"])
def test_the_tokenizer_is_the_same_for_the_same_texts_with_labels_or_without(name):
    plain = MODALITY.encoder_options(name, MODALITY.read(TEXTS), TEXTS[:1])
    assert plain == MODALITY.encoder_options(name, MODALITY.read(TEXTS, labels=[0, 1] * 20), TEXTS[:1])


def test_an_encoder_with_a_tokenizer_of_its_own_and_views_that_are_ids_get_none():
    assert MODALITY.encoder_options("huggingface", TEXTS, TEXTS[:1]) == {}
    assert MODALITY.encoder_options("bag", TEXTS, pad([torch.tensor([1, 2])])) == {}


def test_texts_are_sampled_evenly_and_what_is_no_text_is_left_out(monkeypatch):
    monkeypatch.setattr(options, "_MAX_TEXTS", 10)
    assert list(options._sample_texts(TEXTS)) == TEXTS[::4]
    assert list(options._sample_texts(TEXTS[:9])) == TEXTS[:9]
    assert list(options._sample_texts(["a", None, b"b", b"\xff", {"text": "c"}, torch.tensor([1])])) == ["a", "b", "c"]
