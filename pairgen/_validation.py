"""Check numbers and choices that users pass.

Each function returns the value in Python's own type, or raises an error that says what to pass.

NumPy scalars, and arrays without axes, are taken like Python's own numbers; `True` and `False` are no numbers, and
neither NaN nor infinity is one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Set
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
    if type(value) is int:  # this path alone is taken for most values, and free of slow checks of abstract classes
        number = value
    elif isinstance(value := _unwrap(value), Integral) and not isinstance(value, bool):
        number = int(value)
    else:
        raise TypeError(f"{name} is a whole number{_of(unit)}{_limits(low, high)}, got {value!r}")
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
        value: A finite real number of Python or NumPy.
        low: Smallest value allowed.
        high: Largest value allowed.
        unit: Unit of the value, such as "dB", for the message.
        above: Whether `low` itself is refused.
        below: Whether `high` itself is refused.

    Raises:
        TypeError: `value` is no real number.
        ValueError: `value` is NaN or infinite, or lies outside the interval.
    """
    value = _unwrap(value)
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is a number{_of(unit)}{_interval(low, high, above, below)}, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    inside = (low < number if above else low <= number) and (number < high if below else number <= high)
    if not inside or math.isinf(number):
        finite = "" if math.isfinite(number) else "finite "
        raise ValueError(f"{name} is a {finite}number{_of(unit)}{_interval(low, high, above, below)}, got {value!r}")
    return number


def check_probability(name: str, value: object) -> float:
    """Return `value` as a float in [0, 1]; TypeError or ValueError for anything else."""
    return check_number(name, value, 0.0, 1.0)


def check_pair(name: str, value: object, low: float, high: float, unit: str = "") -> tuple[float, float]:
    """Return a range as (lowest, highest): a pair is taken as it is, a number s as (s, s).

    Args:
        name: What the value is, for the message.
        value: A number, or a sequence or array of two numbers.
        low: Smallest value allowed.
        high: Largest value allowed.
        unit: Unit of the values, for the message.

    Raises:
        TypeError: `value` is neither a number nor a pair of numbers.
        ValueError: The range does not lie in [low, high], or its ends are in the wrong order.
    """
    value = _unwrap(value)
    ends = (value, value) if _is_number(value) else _members(value)
    if len(ends) != 2:
        raise TypeError(f"{name} is a number or a pair (low, high){_of(unit)}, got {value!r}")
    first, second = (check_number(name, end, low, high, unit=unit) for end in ends)
    if first > second:
        raise ValueError(f"{name} is a pair (low, high) with low before high, got {value!r}")
    return first, second


def check_range(name: str, value: object, low: float, high: float, unit: str = "") -> tuple[float, float]:
    """Return a range as (lowest, highest): a pair is taken as it is, a number s as (-s, s).

    Args:
        name: What the value is, for the message.
        value: A number, or a sequence or array of two numbers.
        low: Smallest value allowed.
        high: Largest value allowed.
        unit: Unit of the values, for the message.

    Raises:
        TypeError: `value` is neither a number nor a pair of numbers.
        ValueError: The range does not lie in [low, high], its ends are in the wrong order, or s is negative.
    """
    value = _unwrap(value)
    if not _is_number(value):
        return check_pair(name, value, low, high, unit)
    size = check_number(name, value, unit=unit)
    if size < 0:
        raise ValueError(f"{name} is not negative, got {value!r}; 0 switches it off")
    check_number(name, value, 0.0, min(-low, high), unit=unit)
    return -size, size


def check_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`; ValueError that lists them otherwise."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is one of {', '.join(map(repr, known))}; got {value!r}")
    return value


def _unwrap(value: object) -> object:
    """The number in a NumPy array without axes; any other value as it is."""
    if type(value).__module__ != "numpy" or isinstance(value, Real) or getattr(value, "ndim", None) != 0:
        return value
    return getattr(value, "item")()  # noqa: B009 - NumPy is not imported for it


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _members(value: object) -> tuple[object, ...]:
    """Return the members of a sequence or array; none for anything else, such as text or a set, which has no order."""
    if isinstance(value, (str, bytes, bytearray, Mapping, Set)) or getattr(value, "ndim", 1) != 1:
        return ()
    return tuple(value) if isinstance(value, Collection) else ()


def _of(unit: str) -> str:
    return f" of {unit}" if unit else ""


def _limits(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f", at least {low}"
    return "" if high is None else f", at most {high}"


def _interval(low: float, high: float, above: bool, below: bool) -> str:
    if low == -math.inf and high == math.inf:
        return ""
    start = "(" if above or low == -math.inf else "["
    return f" in {start}{_plain(low)}, {_plain(high)}{')' if below or high == math.inf else ']'}"


def _plain(limit: float) -> str:
    """Write a limit without trailing zeros, and with all of its digits."""
    short = f"{limit:g}"
    return short if float(short) == limit else repr(limit)
