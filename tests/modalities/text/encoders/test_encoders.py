from __future__ import annotations

import json
import sys

import pytest
import torch

import pairgen
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.evaluation import embed
from pairgen.methods import SimCLR
from pairgen.modalities.text import train_tokenizer
from pairgen.modalities.text.encoders.base import pool_steps

TEXTS = ["", "a", "the big dog walks quickly to the large city", "שלום 👩"]
TOKENIZER = train_tokenizer(TEXTS * 20, 300)
SMALL = {
    "transformer": {"tokenizer": TOKENIZER, "width": 16, "depth": 2, "heads": 2, "max_length": 12},
    "bag": {"tokenizer": TOKENIZER, "width": 16, "max_length": 12},
}


def make(name, **options):
    torch.manual_seed(0)
    return pairgen.create_encoder("text", name, **(SMALL[name] | options)).eval()


def test_every_encoder_is_tested():
    assert set(pairgen.get_modality("text").encoders.names()) == {*SMALL, "huggingface"}


@pytest.mark.parametrize("name", SMALL)
def test_strings_and_their_ids_have_the_same_features(name):
    encoder = make(name)
    ids = encoder.tokenize(TEXTS)
    features = encoder(TEXTS)
    assert features.shape == (4, encoder.out_features) == (4, 16)
    assert bool(features.isfinite().all())
    assert torch.equal(encoder(ids), features)
    assert torch.equal(encoder({"input_ids": ids.values, "attention_mask": ids.mask()}), features)


@pytest.mark.parametrize("name", SMALL)
def test_padding_changes_nothing(name):
    encoder = make(name)
    together = encoder(TEXTS)
    for i, text in enumerate(TEXTS):
        torch.testing.assert_close(encoder([text])[0], together[i], atol=1e-5, rtol=1e-4)
    steps = encoder.steps(TEXTS)
    longer = SequenceFeatures(torch.cat([steps.features, torch.full((4, 3, 16), 9.0)], dim=1), steps.lengths)
    torch.testing.assert_close(pool_steps(longer, "mean"), together)


@pytest.mark.parametrize("name", SMALL)
def test_steps_are_the_features_of_each_token(name):
    encoder = make(name)
    steps = encoder.steps(TEXTS)
    assert steps.features.shape == (4, int(steps.lengths.max()), 16)
    assert steps.lengths.tolist() == encoder.tokenize(TEXTS).lengths.tolist()


def test_cls_pooling_takes_the_first_token():
    encoder = make("transformer", pooling="cls")
    assert torch.equal(encoder(TEXTS), encoder.steps(TEXTS).features[:, 0])


def test_the_order_of_words_matters_to_the_transformer_alone():
    first, second = ["the big dog"], ["the dog big"]
    assert torch.allclose(make("bag")(first), make("bag")(second), atol=1e-6)
    assert not torch.allclose(make("transformer")(first), make("transformer")(second), atol=1e-3)


@pytest.mark.parametrize("name", SMALL)
def test_dropout_tells_the_views_of_simcse_apart_in_training(name):
    encoder = make(name, dropout=0.3).train()
    features = encoder([TEXTS[2], TEXTS[2]])
    assert not torch.allclose(features[0], features[1])
    features = encoder.eval()([TEXTS[2], TEXTS[2]])
    torch.testing.assert_close(features[0], features[1])


def test_without_a_tokenizer_the_bytes_are_read():
    encoder = pairgen.create_encoder("text", "bag")
    assert encoder.vocab_size == 258
    assert encoder.tokenize(["ab"]).values.shape == (1, 4)


@pytest.mark.parametrize("name", SMALL)
def test_a_run_holds_its_tokenizer_and_loads_anywhere(name, tmp_path):
    texts = [f"number {i} of the big dogs in the city" for i in range(16)]
    torch.manual_seed(0)
    encoder = pairgen.create_encoder("text", name, **SMALL[name])
    sampler = pairgen.PairSampler("text", "crop", tokenizer=TOKENIZER, max_length=12)
    trainer = pairgen.Trainer(SimCLR(encoder, projection_dim=8), epochs=1, run_dir=tmp_path, progress=False)
    trainer.fit(sampler.loader(texts, 8))
    loaded = pairgen.load_encoder(tmp_path)
    assert json.loads(json.dumps(loaded.spec)) == loaded.spec
    assert loaded.tokenizer == TOKENIZER
    torch.testing.assert_close(loaded(TEXTS), encoder.eval()(TEXTS))
    assert embed(loaded, texts).features.shape == (16, 16)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("transformer", {"width": 15}, "multiple of heads"),
        ("transformer", {"dropout": 1.0}, "dropout is a number in"),
        ("transformer", {"pooling": "max"}, "pooling is one of 'mean', 'cls'"),
        ("transformer", {"depth": -1}, "depth is a whole number"),
        ("transformer", {"tokenizer": "tokenizer.json"}, "JSON text"),
        ("bag", {"width": 0}, "width is a whole number"),
        ("bag", {"dropout": -0.1}, "dropout is a number in"),
        ("bag", {"max_length": 0}, "max_length"),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(name, options, message):
    with pytest.raises(ValueError, match=message):
        make(name, **options)


def test_ids_of_another_tokenizer_are_refused_and_long_ones_cut():
    encoder = make("bag")
    with pytest.raises(ValueError, match="pass the recipe the same one"):
        encoder(PaddedBatch(torch.tensor([[1, 4000]]), torch.tensor([2])))
    long = PaddedBatch(torch.ones(1, 40, dtype=torch.int64), torch.tensor([40]))
    assert encoder.steps(long).features.shape[1] == 12


@pytest.fixture(scope="module")
def model_directory(tmp_path_factory):
    """A tiny BERT with random weights, saved as Hugging Face saves it."""
    transformers = pytest.importorskip("transformers", reason="needs the extra text-models")
    from tokenizers import Tokenizer

    folder = tmp_path_factory.mktemp("models") / "bert"
    settings = transformers.BertConfig(
        vocab_size=300, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    torch.manual_seed(0)
    transformers.BertModel(settings).save_pretrained(folder)
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(TOKENIZER), pad_token="[PAD]", cls_token="[CLS]", model_max_length=20
    )
    made.save_pretrained(folder)
    return folder


def test_a_hugging_face_directory_is_an_encoder(model_directory, tmp_path):
    encoder = pairgen.create_encoder("text", "huggingface", path=str(model_directory)).eval()
    assert encoder.max_length == 20
    features = encoder(TEXTS)
    assert features.shape == (4, encoder.out_features) == (4, 16)
    torch.testing.assert_close(encoder([TEXTS[2]])[0], features[2], atol=1e-5, rtol=1e-4)
    assert encoder.steps(TEXTS).features.shape[2] == 16
    fresh = pairgen.create_encoder("text", "huggingface", path=str(model_directory), pretrained=False).eval()
    assert not torch.allclose(fresh(TEXTS), features)


def test_a_sentence_transformers_directory_says_its_pooling(model_directory, tmp_path):
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "0_Transformer").symlink_to(model_directory)
    modules = [
        {"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    encoder = pairgen.create_encoder("text", "huggingface", path=str(tmp_path)).eval()
    assert encoder.pooling == "cls"
    plain = pairgen.create_encoder("text", "huggingface", path=str(model_directory), pooling="cls").eval()
    torch.testing.assert_close(encoder(TEXTS), plain(TEXTS))


def test_without_transformers_or_a_model_the_error_says_what_to_do(model_directory, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no model directory"):
        pairgen.create_encoder("text", "huggingface", path=str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="holds no model"):
        pairgen.create_encoder("text", "huggingface", path=str(tmp_path))
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r"pairgen\[text-models\]"):
        pairgen.create_encoder("text", "huggingface", path=str(model_directory))
