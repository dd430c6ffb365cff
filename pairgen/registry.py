"""One registry for everything that has a name: modalities, recipes, encoders."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar, overload

__all__ = ["Registry", "UnknownNameError"]

T = TypeVar("T")
V = TypeVar("V")


class UnknownNameError(ValueError):
    """A name that is not registered; the message lists those that are and suggests the nearest."""


class Registry(Generic[T]):
    """Values by name, which may be imported when they are first asked for.

    Args:
        noun: What the names stand for, in the singular, for messages ("recipe").
        entry_points: Group of package entry points whose names belong here too. The group is read at the first
            look-up, and a value loaded when it is first asked for, so that listing names imports nothing.
        families: "module:function" by the name of a family. "FAMILY/NAME" asks that function for the value NAME; the
            function takes NAME and whatever the value is called with.
    """

    def __init__(self, noun: str, entry_points: str | None = None, families: Mapping[str, str] | None = None) -> None:
        self.noun = noun
        self._families = dict(families or {})
        self._group = entry_points
        self._group_read = entry_points is None
        self._values: dict[str, T] = {}
        self._lazy: dict[str, EntryPoint | str] = {}

    @overload
    def register(self, name: str) -> Callable[[V], V]: ...
    @overload
    def register(self, name: str, value: T) -> T: ...
    def register(self, name: str, value: T | None = None) -> T | Callable[[V], V]:
        """Add a value under a name.

        Args:
            name: Not empty, and still free.
            value: The value; without it, a decorator is returned that adds what it decorates.

        Returns:
            The value, or the decorator.

        Raises:
            ValueError: The name is empty or taken.
        """
        if value is None:
            return partial(self._register_decorated, name)
        self._claim(name)
        self._values[name] = value
        return value

    def _register_decorated(self, name: str, value: V) -> V:
        added: Any = value
        self.register(name, added)
        return value

    def register_lazy(self, name: str, target: str) -> None:
        """Add a value without importing it yet.

        Args:
            name: Not empty, and still free.
            target: Where the value is: "package.module:attribute".

        Raises:
            ValueError: The name is empty or taken, or the target has another form.
        """
        if target.count(":") != 1:
            raise ValueError(f'a lazy {self.noun} is given as "module:attribute", got {target!r}')
        self._claim(name)
        self._lazy[name] = target

    def get(self, name: str) -> T:
        """Return the value registered under `name`, or that of a family for "FAMILY/NAME".

        Raises:
            UnknownNameError: There is none; the message lists those there are and suggests the nearest.
        """
        self._read_group()
        family, slash, member = str(name).partition("/")
        if slash and family in self._families and name not in self:
            value: Any = partial(_load(self._families[family]), member)
            family_member: T = value
            return family_member
        if name in self._lazy:
            self._values[name] = _load(self._lazy[name])
            del self._lazy[name]
        if name not in self._values:
            raise UnknownNameError(self._miss(name))
        return self._values[name]

    def names(self) -> list[str]:
        """Return all names, sorted."""
        self._read_group()
        return sorted({*self._values, *self._lazy})

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def __repr__(self) -> str:
        return f"Registry({self.noun!r}: {', '.join(self.names()) or 'empty'})"

    def _claim(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise ValueError(f"a {self.noun} needs a name, a non-empty string; got {name!r}")
        if name in self:
            raise ValueError(f"{self.noun} {name!r} is registered already; choose another name")

    def _read_group(self) -> None:
        if self._group_read or self._group is None:
            return
        self._group_read = True
        for point in entry_points(group=self._group):
            known = self._lazy.get(point.name)
            if isinstance(known, EntryPoint) and known.value != point.value:
                raise ValueError(
                    f"two packages offer the {self.noun} {point.name!r}: {known.value} and {point.value}; "
                    "uninstall one of them"
                )
            self._lazy[point.name] = point

    def _miss(self, name: object) -> str:
        names = self.names()
        known = ", ".join(names) if names else "none"
        near = difflib.get_close_matches(str(name), names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        families = " and ".join(f'"{family}/NAME"' for family in self._families)
        others = f" Models of other libraries are called {families}." if families else ""
        return f"no {self.noun} is called {name!r}; there are: {known}.{hint}{others}"


def _load(target: EntryPoint | str) -> Any:
    if isinstance(target, EntryPoint):
        return target.load()
    module, attribute = target.split(":")
    return getattr(import_module(module), attribute)
