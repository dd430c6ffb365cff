"""Comparison of values, their signatures, and their format as expressions."""

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
from pairgen.testing.compare import equal, find_difference, get_signature, to_parts
from pairgen.testing.formatting import format_value


@dataclass(frozen=True)
class Params:
    by: float
    order: tuple[int, ...]


def graph(*edges: tuple[int, int]) -> nx.Graph:
    return nx.Graph(edges)


DIFFERENT = [
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


@pytest.mark.parametrize(("first", "second"), DIFFERENT, ids=lambda value: type(value).__name__)
def test_different_values_differ_and_the_same_values_do_not(first, second):
    assert equal(first, first)
    assert equal(second, second)
    assert isinstance(find_difference(first, second), str)
    assert isinstance(find_difference(second, first), str)


def test_nan_equals_nan_and_undirected_edges_have_no_order():
    assert equal(np.array([np.nan, 1]), np.array([np.nan, 1]))
    assert equal(float("nan"), float("nan"))
    assert equal(graph((0, 1), (1, 2)), graph((2, 1), (1, 0)))


def test_a_tolerance_is_by_dtype_and_relative_for_floats():
    tolerance = {"float32": 1e-3, "uint8": 1.0}
    assert find_difference(torch.tensor([1000.0]), torch.tensor([1000.5]), tolerance) is None
    assert find_difference(torch.tensor([1.0]), torch.tensor([1.5]), tolerance)
    assert find_difference(np.uint8([200]), np.uint8([201]), tolerance) is None
    assert find_difference(np.uint8([200]), np.uint8([202]), tolerance)
    assert find_difference(np.array([1.0]), np.array([1.0001]), tolerance)


def test_the_first_difference_is_named_with_its_position():
    difference = find_difference({"x": np.array([[0, 1], [2, 3]])}, {"x": np.array([[0, 1], [9, 8]])})
    assert difference == "2 against 9 at (1, 0) of ['x'], 2 of 4"


@given(st.lists(st.floats(), max_size=4))
def test_parts_are_copies(values):
    array = np.array(values)
    before = to_parts(array)
    array += 1
    array[:] = 0
    assert equal(before, np.array(values))


def test_the_signature_of_an_item_is_that_of_its_members():
    assert get_signature(torch.zeros(2, 3)).axes == {"": 2}
    assert get_signature({"array": np.zeros(2, np.int16), "rate": 8}).dtype == {"['array']": "int16"}
    assert get_signature(Image.new("L", (2, 2))).dtype["mode"] == "L"
    assert get_signature("text").dtype == {}


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
def test_values_are_formatted_as_expressions(value, text):
    assert format_value(value) == text
