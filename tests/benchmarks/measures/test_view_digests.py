"""Views of every recipe for fixed seeds are those of the recorded table, where library and processor are the same."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from benchmarks.harness.machine import describe_machine, versions_of
from benchmarks.measures.view_digests import BATCHES, DISTRIBUTIONS, TABLE, digest_of, digests
from pairgen.modalities.text import LexiconNotFoundError

RECORDED = json.loads(TABLE.read_text(encoding="utf-8"))


def test_a_digest_sees_values_dtypes_shapes_and_order() -> None:
    zeros = np.zeros(4)
    others = [np.ones(4), zeros.astype(np.float32), zeros.reshape(2, 2), [zeros], {"a": zeros}]
    assert len({digest_of(value) for value in [zeros, *others]}) == 6
    assert digest_of(zeros) == digest_of(torch.zeros(4, dtype=torch.float64))
    assert digest_of([1, 2]) != digest_of([2, 1])


def test_the_table_covers_every_recipe_and_every_entrance() -> None:
    import pairgen

    recipes = {tuple(key.split("/")[:2]) for key in RECORDED["digests"]}
    assert recipes == {(name, recipe) for name in BATCHES for recipe in pairgen.get_modality(name).recipes.names()}
    assert {key.split("/")[3].split()[0] for key in RECORDED["digests"]} >= {"array", "collate_items", "augment"}


@pytest.mark.parametrize("name", BATCHES)
def test_the_views_are_those_of_the_recorded_build(name: str) -> None:
    versions = {key: value for key, value in versions_of(DISTRIBUTIONS).items() if key != "pairgen"}
    recorded = {key: value for key, value in RECORDED["versions"].items() if key != "pairgen"}
    if versions != recorded or describe_machine()["cpu"] != RECORDED["machine"]["cpu"]:
        pytest.skip(f"recorded on {RECORDED['machine']['cpu']} with {recorded}; bits may differ elsewhere")
    try:
        now = digests((name,), seeds=(0,))
    except LexiconNotFoundError:
        pytest.skip("needs the WordNet lexicon: pairgen lexicon")
    assert now == {key: RECORDED["digests"][key] for key in now}
