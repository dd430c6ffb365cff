"""Checks of numbers and choices: what they take, what they return, and what their errors say."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pairgen._validation import check_choice, check_int, check_number, check_pair, check_probability, check_range

FINITE = st.floats(-1e6, 1e6)


@given(st.integers(-(2**70), 2**70))
def test_an_integer_is_returned_as_it_is(value: int) -> None:
    assert check_int("n", value) == value


@pytest.mark.parametrize("scalar", [np.int64(3), np.uint8(3), np.int32(3)])
def test_numpy_integers_become_python_integers(scalar) -> None:
    assert type(check_int("n", scalar)) is int
    assert check_int("n", scalar, 3, 3) == 3


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None, [3], np.array(True), torch.tensor(3), math.nan])
def test_what_is_no_integer_is_a_type_error_with_the_value(value) -> None:
    with pytest.raises(TypeError, match="n is a whole number of steps, at least 1, got"):
        check_int("n", value, 1, unit="steps")


@given(st.integers(), st.integers(), st.integers())
def test_an_integer_outside_its_limits_is_a_value_error(value: int, low: int, high: int) -> None:
    if low <= value <= high:
        assert check_int("n", value, low, high) == value
    else:
        with pytest.raises(ValueError, match=f"n is a whole number from {low} to {high}, got {value}"):
            check_int("n", value, low, high)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), np.float64(2), Fraction(4, 2)])
def test_real_numbers_become_python_floats(value) -> None:
    number = check_number("x", value, 0, 5)
    assert type(number) is float
    assert number == 2.0


@pytest.mark.parametrize("value", [True, np.False_, "2", None, 2j, Decimal(2), np.array(True), torch.tensor(2.0)])
def test_what_is_no_real_number_is_a_type_error(value) -> None:
    with pytest.raises(TypeError, match=r"x is a number of dB in \[0, 5\], got"):
        check_number("x", value, 0, 5, unit="dB")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), np.float64("inf"), 10**400])
def test_numbers_that_are_not_finite_are_refused_even_without_limits(value) -> None:
    with pytest.raises(ValueError, match="x is a finite number, got"):
        check_number("x", value)


@given(FINITE, FINITE, FINITE, st.booleans(), st.booleans())
def test_open_and_closed_ends_are_kept(value: float, low: float, high: float, above: bool, below: bool) -> None:
    inside = (low < value if above else low <= value) and (value < high if below else value <= high)
    if inside:
        assert check_number("x", value, low, high, above=above, below=below) == value
    else:
        with pytest.raises(ValueError, match="x is a number in"):
            check_number("x", value, low, high, above=above, below=below)


def test_the_interval_in_the_message_has_all_digits_and_the_right_brackets() -> None:
    with pytest.raises(ValueError, match=r"in \(0, 1234567\], got 0"):
        check_number("x", 0, 0, 1234567, above=True)
    with pytest.raises(ValueError, match=r"in \[0, inf\), got -1"):
        check_number("x", -1, 0)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_a_probability_lies_between_0_and_1(value) -> None:
    assert check_probability("p", 0) == 0.0
    assert check_probability("p", np.float32(1)) == 1.0
    with pytest.raises(ValueError, match=r"p is a (finite )?number in \[0, 1\], got"):
        check_probability("p", value)


@given(st.floats(0, 24), st.floats(0, 24))
def test_a_pair_is_taken_as_it_is_and_a_number_as_both_ends(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert check_pair("s", (low, high), 0, 24) == check_pair("s", np.array([low, high]), 0, 24) == (low, high)
    assert check_pair("s", a, 0, 24) == (a, a)
    assert check_range("s", a, -24, 24) == (-a, a)
    assert check_range("s", [low, high], -24, 24) == (low, high)


@pytest.mark.parametrize(
    "value",
    ["ab", b"ab", {1, 2}, {1: 2, 3: 4}, (1,), (1, 2, 3), None, True, np.array(True), np.ones((2, 2)), iter((1, 2))],
)
def test_what_is_neither_a_number_nor_a_pair_is_a_type_error(value) -> None:
    for check in (check_pair, check_range):
        with pytest.raises(TypeError, match=r"s is a number or a pair \(low, high\) of semitones, got"):
            check("s", value, -24, 24, "semitones")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((2, 1), "low before high"),
        ((0, 25), r"in \[-24, 24\], got 25"),
        ((0, math.nan), "got nan"),
        (30, r"in \[0, 24\], got 30"),
        (-1, "not negative, got -1; 0 switches it off"),
        (math.nan, "got nan"),
        (math.inf, "got inf"),
    ],
)
def test_a_range_outside_its_limits_is_a_value_error_with_what_was_passed(value, message) -> None:
    with pytest.raises(ValueError, match=message):
        check_range("s", value, -24, 24)


def test_the_ends_of_a_pair_are_numbers() -> None:
    with pytest.raises(TypeError, match="s is a number"):
        check_pair("s", (True, 2), 0, 5)


@pytest.mark.parametrize("value", ["c", None, 1, ["a"], "A"])
def test_a_choice_is_one_of_those_listed(value) -> None:
    assert check_choice("mode", "a", ["a", "b"]) == "a"
    with pytest.raises(ValueError, match="mode is one of 'a', 'b'; got"):
        check_choice("mode", value, ["a", "b"])
