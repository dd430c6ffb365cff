"""From what a user hands over to a `Subject`: an augmentation, its class, or a transform of another library."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from pairgen.augmentation import Augmentation
from pairgen.modality import Modality, get_modality, list_modalities
from pairgen.testing.adapters import ExternalTransform, adapt
from pairgen.testing.formatting import clipped
from pairgen.testing.spec import CheckSpec, Tags
from pairgen.testing.subject import Subject

__all__ = ["registered", "subject_of"]


def subject_of(
    augmentation: Any,
    modality_name: str | Modality | None = None,
    *,
    items: Any = None,
    batches: Any = None,
    tags: Tags | None = None,
) -> Subject:
    """The subject of an augmentation, a class of augmentations, or anything that `adapt` takes.

    modality_name: whose items it serves; found by itself for what a modality lists and for adapted libraries. items,
    batches: strategies instead of the modality's. tags: what it promises, instead of the modality's word for its class.
    """
    if not _is_augmentation(augmentation):
        augmentation = adapt(augmentation)
    plugin = _plugin_of(augmentation, modality_name)
    check_spec = _specimens(augmentation, plugin, items, batches)
    kind = augmentation if isinstance(augmentation, type) else type(augmentation)
    tags = tags or _own_tags(augmentation) or _listed_tags(kind, plugin, check_spec)
    named = augmentation.__name__ if isinstance(augmentation, type) else clipped(augmentation)
    return Subject(named, kind, _augmentations(augmentation, tags), check_spec, tags, plugin)


def registered(*names: str) -> list[tuple[str, type[Augmentation]]]:
    """(modality, class) of every augmentation of these modalities; of all that are installed for none."""
    chosen = names or list_modalities()
    return [(name, kind) for name in chosen for kind in get_modality(name).augmentations.values()]


def _is_augmentation(value: Any) -> bool:
    return isinstance(value, Augmentation) or (isinstance(value, type) and issubclass(value, Augmentation))


def _own_tags(augmentation: Any) -> Tags | None:
    tags = getattr(augmentation, "tags", None)
    return tags if isinstance(tags, Tags) else None


def _listed_tags(kind: type, plugin: Modality | None, check_spec: CheckSpec) -> Tags:
    """The modality's word for the class, or for the nearest of its parents that the modality lists."""
    listed = {} if plugin is None else {one: name for name, one in plugin.augmentations.items()}
    names = [listed[one] for one in kind.__mro__ if one in listed]
    return check_spec.augmentations.get(names[0], Tags()) if names else Tags()


def _plugin_of(augmentation: Any, named: str | Modality | None) -> Modality | None:
    if named is not None:
        return get_modality(named)
    if isinstance(augmentation, ExternalTransform):
        return None if augmentation.modality is None else get_modality(augmentation.modality)
    kind = augmentation if isinstance(augmentation, type) else type(augmentation)
    homes = [plugin for plugin in map(get_modality, list_modalities()) if kind in plugin.augmentations.values()]
    return homes[0] if homes else None


def _specimens(augmentation: Any, plugin: Modality | None, items: Any, batches: Any) -> CheckSpec:
    if items is not None:
        shown = (
            CheckSpec(items)
            if plugin is None
            else dataclasses.replace(plugin.check_spec, items=items, informative_items=None)
        )
        shown = dataclasses.replace(shown, batches=batches)
    elif plugin is None:
        raise ValueError(
            f"which items does {augmentation!r} take? Name its modality, modality='image', or give a Hypothesis "
            "strategy, items=..."
        )
    else:
        shown = plugin.check_spec if batches is None else dataclasses.replace(plugin.check_spec, batches=batches)
    if isinstance(augmentation, ExternalTransform):
        return augmentation.narrowed(shown)
    return shown


def _augmentations(augmentation: Any, tags: Tags) -> Any:
    from hypothesis import strategies as st

    if not isinstance(augmentation, type):
        return st.just(augmentation)
    needed = [
        name
        for name, one in inspect.signature(augmentation).parameters.items()
        if one.default is inspect.Parameter.empty and one.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    if tags.parameters is None:
        if needed:
            raise ValueError(
                f"{augmentation.__name__} needs {', '.join(needed)}; give an instance, or tags with a strategy of its "
                "parameters: Tags(parameters=st.fixed_dictionaries(...))"
            )
        return st.just(augmentation())
    drawn = tags.parameters.map(lambda chosen: augmentation(**chosen))
    if needed:
        return drawn
    try:
        return st.just(augmentation()) | drawn
    except ValueError:  # its defaults need what this machine lacks, as a lexicon
        return drawn
