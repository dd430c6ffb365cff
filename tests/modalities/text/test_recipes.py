from __future__ import annotations

import pickle

import pytest
import torch

import pairgen
from pairgen.modalities.text import LexiconNotFoundError, train_tokenizer
from pairgen.testing.modalities.text import LEXICON

TEXTS = [f"The big old dog of number {i} walked quickly to a city and answered {i} questions." for i in range(12)]
SYNONYMS = {"lexicon": LEXICON, "ratio": 0.5}
RECIPES = {"synonyms": SYNONYMS, "eda": SYNONYMS, "crop": {}, "simcse": {}, "eval": {}}


def test_every_recipe_is_tested():
    assert set(RECIPES) == set(pairgen.get_modality("text").recipes.names())


@pytest.mark.parametrize("name", RECIPES)
def test_one_by_one_batched_and_through_workers_the_pairs_are_the_same(name):
    sampler = pairgen.PairSampler("text", name, seed=3, **RECIPES[name])
    alone = [sampler(text, i) for i, text in enumerate(TEXTS)]
    batch = sampler.augment(TEXTS, range(12))
    assert batch.first == [pair.first for pair in alone]
    assert batch.second == [pair.second for pair in alone]
    through = [view for b in sampler.loader(TEXTS, 5, num_workers=2, batched=True) for view in b.first]
    assert through == batch.first
    assert pickle.loads(pickle.dumps(sampler)).augment(TEXTS, range(12)).first == batch.first


@pytest.mark.parametrize("name", ["synonyms", "eda", "crop"])
def test_random_recipes_make_two_different_views(name):
    batch = pairgen.PairSampler("text", name, **RECIPES[name]).augment(TEXTS, range(12))
    assert batch.first != batch.second


def test_simcse_and_eval_give_the_text_twice():
    for name in ("simcse", "eval"):
        batch = pairgen.PairSampler("text", name).augment(TEXTS, range(12))
        assert batch.first == batch.second == TEXTS


def test_synonyms_swaps_one_word_in_ten_of_all_senses():
    (step,) = dict(pairgen.get_modality("text").recipes.get("synonyms")(lexicon=LEXICON).first.steps).values()
    assert (step.ratio, step.senses) == (0.1, None)


def test_with_a_tokenizer_workers_make_ids():
    tokenizer = train_tokenizer(TEXTS, 300)
    sampler = pairgen.PairSampler("text", "crop", tokenizer=tokenizer, max_length=9)
    batch = next(iter(sampler.loader(TEXTS, 12)))
    assert batch.first.values.dtype == torch.int64
    assert batch.first.values.shape[1] <= 9
    assert batch.first.lengths.shape == (12,)


def test_without_wordnet_the_sampler_says_so_at_once(monkeypatch):
    monkeypatch.delenv("PAIRGEN_WORDNET", raising=False)
    monkeypatch.setattr("pairgen.modalities.text.lexicon.wordnet._usual_folders", lambda: iter(()))
    with pytest.raises(LexiconNotFoundError, match="pairgen lexicon"):
        pairgen.PairSampler("text", "synonyms")
    pairgen.PairSampler("text", "crop")
