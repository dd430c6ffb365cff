"""Whether values are the same, where they differ, what form they have, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pairgen.batch import pad
from pairgen.testing.compare import difference, parts_of, same
from pairgen.testing.formatting import shown
from pairgen.testing.signature import signature_of


@dataclass(frozen=True)
class Params:
    by: float
    order: tuple[int, ...]


def graph(*edges: tuple[int, int]) -> nx.Graph:
    return nx.Graph(edges)


UNLIKE = [
    (1, 2),
    (1, 1.0),
    ("a", "b"),
    (None, 0),
    (np.zeros(2), np.zeros(3)),
    (np.zeros(2), np.zeros(2, np.float32)),
    (np.zeros(2), torch.zeros(2, dtype=torch.float64)),
    (torch.zeros(2), torch.zeros(2, dtype=torch.bfloat16)),
    (torch.zeros(2), torch.tensor([0.0, 1e-12])),
    ([1, 2], (1, 2)),
    ([1, 2], [1]),
    ({"a": 1}, {"b": 1}),
    ({1, 2}, {1, 3}),
    (Params(1.0, (1, 2)), Params(1.0, (2, 1))),
    (Image.new("L", (2, 2)), Image.new("RGB", (2, 2))),
    (graph((0, 1)), graph((0, 2))),
    (graph((0, 1)), nx.DiGraph([(0, 1)])),
    (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [2.0]})),
    (pad([torch.ones(2)]), pad([torch.ones(2), torch.ones(1)])),
    (np.random.default_rng(0), np.random.default_rng(1)),
    (torch.Generator().manual_seed(0), torch.Generator().manual_seed(1)),
    (np.array(["a", None], object), np.array(["b", None], object)),
]


@pytest.mark.parametrize(("first", "second"), UNLIKE, ids=lambda value: type(value).__name__)
def test_what_differs_is_told_apart_and_what_is_the_same_is_not(first, second):
    assert same(first, first)
    assert same(second, second)
    assert isinstance(difference(first, second), str)
    assert isinstance(difference(second, first), str)


def test_nan_is_like_nan_and_undirected_edges_have_no_order():
    assert same(np.array([np.nan, 1]), np.array([np.nan, 1]))
    assert same(float("nan"), float("nan"))
    assert same(graph((0, 1), (1, 2)), graph((2, 1), (1, 0)))


def test_a_tolerance_is_by_dtype_and_of_floats_relative():
    tolerance = {"float32": 1e-3, "uint8": 1.0}
    assert difference(torch.tensor([1000.0]), torch.tensor([1000.5]), tolerance) is None
    assert difference(torch.tensor([1.0]), torch.tensor([1.5]), tolerance)
    assert difference(np.uint8([200]), np.uint8([201]), tolerance) is None
    assert difference(np.uint8([200]), np.uint8([202]), tolerance)
    assert difference(np.array([1.0]), np.array([1.0001]), tolerance)


def test_the_first_difference_is_named_with_its_place():
    found = difference({"x": np.array([[0, 1], [2, 3]])}, {"x": np.array([[0, 1], [9, 8]])})
    assert found == "2 against 9 at (1, 0) of ['x'], 2 of 4"


@given(st.lists(st.floats(), max_size=4))
def test_parts_are_copies(values):
    array = np.array(values)
    before = parts_of(array)
    array += 1
    array[:] = 0
    assert same(before, np.array(values))


def test_the_form_of_an_item_is_that_of_its_members():
    assert signature_of(torch.zeros(2, 3)).axes == {"": 2}
    assert signature_of({"array": np.zeros(2, np.int16), "rate": 8}).dtype == {"['array']": "int16"}
    assert signature_of(Image.new("L", (2, 2))).dtype["mode"] == "L"
    assert signature_of("text").dtype == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((2, 2)), "np.full((2, 2), 0.0, 'float64')"),
        (np.array([1, 2], np.uint8), "np.array([1, 2], 'uint8')"),
        (np.arange(99), "<array of shape (99,), int64>"),
        (torch.tensor([1.0, float("nan")]), "torch.tensor([1.0, math.nan], dtype=torch.float32)"),
        (torch.arange(99), "<tensor of shape (99,), torch.int64>"),
        (Image.new("L", (1, 1)), "Image.fromarray(np.full((1, 1), 0, 'uint8'))"),
        ({"a": [1, (2,)]}, "{'a': [1, (2,)]}"),
        (graph((0, 1)), "Graph(nodes=[0, 1], edges=[(0, 1)])"),
        ("x" * 300, "'" + "x" * 196 + "..."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_shown_as_expressions(value, text):
    assert shown(value) == text
