"""Check numbers and choices that users pass: each function returns the value in Python's own type or says what to do.

NumPy scalars are taken like Python's own; `True` and `False` are no numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real

__all__ = ["check_choice", "check_int", "check_number", "check_pair", "check_probability", "check_range"]


def check_int(name: str, value: object, low: int | None = None, high: int | None = None, unit: str = "") -> int:
    """Return `value` as an int.

    Args:
        name: What the value is, for the message.
        value: An integer of Python or NumPy.
        low: Smallest value allowed; None for no limit.
        high: Largest value allowed; None for no limit.
        unit: Unit of the value, such as "steps", for the message.

    Raises:
        TypeError: `value` is no integer.
        ValueError: `value` lies outside [low, high].
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} is a whole number{_of(unit)}{_limits(low, high)}, got {value!r}")
    number = int(value)
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(f"{name} is a whole number{_of(unit)}{_limits(low, high)}, got {value!r}")
    return number


def check_number(
    name: str,
    value: object,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    unit: str = "",
    above: bool = False,
    below: bool = False,
) -> float:
    """Return `value` as a float.

    Args:
        name: What the value is, for the message.
        value: A real number of Python or NumPy; NaN is refused.
        low: Smallest value allowed.
        high: Largest value allowed.
        unit: Unit of the value, such as "dB", for the message.
        above: Whether `low` itself is refused.
        below: Whether `high` itself is refused.

    Raises:
        TypeError: `value` is no real number.
        ValueError: `value` lies outside the interval.
    """
    interval = (
        f"{'(' if above or low == -math.inf else '['}{low:g}, {high:g}{')' if below or high == math.inf else ']'}"
    )
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is a number{_of(unit)} in {interval}, got {value!r}")
    number = float(value)
    if not (low < number if above else low <= number) or not (number < high if below else number <= high):
        raise ValueError(f"{name} is a number{_of(unit)} in {interval}, got {value!r}")
    return number


def check_probability(name: str, value: object) -> float:
    """Return `value` as a float in [0, 1]; TypeError or ValueError for anything else."""
    return check_number(name, value, 0.0, 1.0)


def check_pair(name: str, value: object, low: float, high: float, unit: str = "") -> tuple[float, float]:
    """Return a documented range as (lowest, highest): a pair means itself, a number s means (s, s).

    Raises:
        TypeError: `value` is neither a number nor a pair of numbers.
        ValueError: The range does not lie in [low, high], or its ends are in the wrong order.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        ends: tuple[object, ...] = (value, value)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        ends = tuple(value)
    else:
        ends = ()
    if len(ends) != 2:
        raise TypeError(f"{name} is a number or a pair (low, high){_of(unit)}, got {value!r}")
    first, second = (check_number(name, end, low, high, unit=unit) for end in ends)
    if first > second:
        raise ValueError(f"{name} is a pair (low, high) with low before high, got {value!r}")
    return first, second


def check_range(name: str, value: object, low: float, high: float, unit: str = "") -> tuple[float, float]:
    """Return a documented range as (lowest, highest): a pair means itself, a number s means (-s, s).

    Raises:
        TypeError: `value` is neither a number nor a pair of numbers.
        ValueError: The range does not lie in [low, high], its ends are in the wrong order, or s is negative.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        if value < 0:
            raise ValueError(f"{name} is not negative, got {value!r}; 0 switches it off")
        return check_pair(name, (-value, value), low, high, unit)
    return check_pair(name, value, low, high, unit)


def check_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`; ValueError that lists them otherwise."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is one of {', '.join(map(repr, known))}; got {value!r}")
    return value


def _of(unit: str) -> str:
    return f" of {unit}" if unit else ""


def _limits(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f", at least {low}"
    return "" if high is None else f", at most {high}"
