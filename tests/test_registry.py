"""The registry: names, laziness, entry points, and errors that help."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

import pairgen.registry
from pairgen.registry import Registry, UnknownNameError


def test_a_value_is_found_under_its_name() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("one", 1)
    assert registry.get("one") == 1
    assert registry.names() == ["one"]
    assert "one" in registry
    assert "two" not in registry
    assert list(registry) == ["one"]
    assert len(registry) == 1


def test_register_decorates() -> None:
    registry: Registry[object] = Registry("function")

    @registry.register("here")
    def here() -> str:
        return "here"

    assert registry.get("here") is here


def test_a_duplicate_raises() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("one", 1)
    with pytest.raises(ValueError, match="number 'one' is registered already"):
        registry.register("one", 2)
    with pytest.raises(ValueError, match="registered already"):
        registry.register_lazy("one", "math:pi")


def test_a_miss_lists_the_names_and_suggests_the_nearest() -> None:
    registry: Registry[int] = Registry("recipe")
    registry.register("simclr", 1)
    registry.register("byol", 2)
    with pytest.raises(
        UnknownNameError, match=r"no recipe is called 'simclar'; there are: byol, simclr\. Did you mean"
    ):
        registry.get("simclar")
    with pytest.raises(UnknownNameError, match=r"byol, simclr\.$"):
        registry.get("zzz")


def test_an_empty_registry_says_so() -> None:
    with pytest.raises(UnknownNameError, match="there are: none"):
        Registry("recipe").get("simclr")


def test_a_lazy_value_is_loaded_when_asked_for() -> None:
    registry: Registry[float] = Registry("number")
    registry.register_lazy("pi", "math:pi")
    registry.register_lazy("broken", "no_such_module:x")
    assert registry.names() == ["broken", "pi"]
    assert registry.get("pi") == pytest.approx(3.14159, abs=1e-4)
    with pytest.raises(ModuleNotFoundError):
        registry.get("broken")


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_name_is_a_non_empty_string(name) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        Registry("number").register(name, 1)


def test_a_lazy_target_names_module_and_attribute() -> None:
    with pytest.raises(ValueError, match="module:attribute"):
        Registry("number").register_lazy("pi", "math.pi")


def installed(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, "things") for name, value in points]
    monkeypatch.setattr(pairgen.registry, "entry_points", lambda group: found if group == "things" else [])


def test_entry_points_are_read_and_loaded_lazily(monkeypatch) -> None:
    installed(monkeypatch, ("pi", "math:pi"), ("gone", "no_such_module:x"))
    registry: Registry[float] = Registry("thing", entry_points="things")
    registry.register("one", 1.0)
    assert registry.names() == ["gone", "one", "pi"]
    assert registry.get("pi") == pytest.approx(3.14159, abs=1e-4)


def test_an_entry_point_cannot_be_registered_again(monkeypatch) -> None:
    installed(monkeypatch, ("pi", "math:pi"))
    with pytest.raises(ValueError, match="registered already"):
        Registry("thing", entry_points="things").register("pi", 3.0)


def test_two_packages_with_one_name_are_an_error_and_one_listed_twice_is_not(monkeypatch) -> None:
    installed(monkeypatch, ("pi", "math:pi"), ("pi", "math:pi"))
    assert Registry("thing", entry_points="things").names() == ["pi"]
    installed(monkeypatch, ("pi", "math:pi"), ("pi", "cmath:pi"))
    with pytest.raises(ValueError, match="two packages offer the thing 'pi'"):
        Registry("thing", entry_points="things").names()


def test_built_in_modalities_come_through_the_public_entry_point_group() -> None:
    from importlib.metadata import entry_points

    assert {"image"} <= {point.name for point in entry_points(group="pairgen.modalities")}
