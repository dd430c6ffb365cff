"""The settings of a run that a resumed one is compared by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from torch import nn

__all__ = ["compare_settings", "get_settings"]

_COMPARED = ("trainer", "loader", "options of the optimizer", "options of the method")


def get_settings(method: nn.Module) -> dict[str, Any]:
    """Return the numbers, texts and schedules that a method and its losses were made with, by name.

    The encoder has a spec of its own, and the sizes of layers show in the weights.
    """
    settings = {}
    for path, module in method.named_modules():
        if path.split(".")[0] in ("encoder", "second_encoder", "ema_encoder") or type(module).__module__.startswith(
            "torch."
        ):
            continue
        for name, value in vars(module).items():
            plain = isinstance(value, (bool, int, float, str)) or name == "momentum"
            if plain and name != "training" and (not name.startswith("_") or name == "_temperature"):
                settings[f"{path}.{name.lstrip('_')}".lstrip(".")] = value
    return json.loads(json.dumps(settings, default=repr))  # type: ignore[no-any-return]


def compare_settings(saved: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Return what differs between the settings of two configs, as "name: before -> now"."""
    before, now = ({**dict(_flatten(config, _COMPARED))} for config in (saved, current))
    return [f"{name}: {before[name]} -> {now[name]}" for name in now if name in before and before[name] != now[name]]


def _flatten(config: dict[str, Any], parts: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    for part in parts:
        values = config.get(part) or {}
        groups = values if isinstance(values, list) else [values]
        for number, group in enumerate(groups):
            suffix = f" of group {number}" if len(groups) > 1 else ""
            for name, value in group.items():
                yield f"{part.removeprefix('options of the ')}'s {name}{suffix}", value
