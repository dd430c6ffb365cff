"""What is checked: an augmentation or a sampler, with the strategies and tags that its checks need."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from hypothesis import strategies as st

from pairgen.augmentation import Augmentation
from pairgen.modality import Modality, get_modality, list_modalities
from pairgen.pairs import PairSampler
from pairgen.pairs.pair_sample import is_missing, is_same
from pairgen.testing.adapters import ExternalTransform, adapt
from pairgen.testing.formatting import format_short
from pairgen.testing.spec import CheckSpec, Tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    Checkable = Augmentation | type[Augmentation] | Callable[..., Any]
    """An augmentation, a class of them, or a transform of another library."""

__all__ = ["SamplerTarget", "Target", "make_sampler_target", "make_target", "registered"]


@dataclass(frozen=True)
class Target:
    """An augmentation, or a class of them, with all that its checks need.

    Args:
        name: How reports call it: an expression that makes it.
        augmentations: Strategy of the augmentations to check, all of one class.
        check_spec: Strategies of the items and batches they are given.
        tags: What the augmentations guarantee.
        modality: Whose items they take; None where the strategies are the user's own.
    """

    name: str
    augmentations: SearchStrategy[Augmentation]
    check_spec: CheckSpec
    tags: Tags
    modality: Modality | None = None

    @property
    def informative_items(self) -> SearchStrategy[Any]:
        """Items on which nearly every random augmentation shows."""
        return _first_given(self.check_spec.informative_items, self.check_spec.items)

    def accepts(self, augmentation: Augmentation, item: object) -> bool:
        """Whether the augmentation guarantees to take the item."""
        return self.tags.accepts is None or self.tags.accepts(augmentation, item)

    def accepts_batch(self, augmentation: Augmentation, batch: object) -> bool:
        """Whether the augmentation guarantees to take the batch."""
        return self.tags.accepts_batch is None or self.tags.accepts_batch(augmentation, batch)


@dataclass(frozen=True)
class SamplerTarget:
    """A sampler and the items it is given.

    Args:
        sampler: The sampler to check.
        check_spec: The specification of its modality; of two modalities, what both have in common.
        random: Whether the two views of a pair differ.
        item_lists: Strategy of lists of items that collate into one batch.
    """

    sampler: PairSampler
    check_spec: CheckSpec
    random: bool
    item_lists: SearchStrategy[list[Any]]

    def invalid_items(self, valid: Any) -> dict[str, Any]:
        """Return items by a name of their fault; of two modalities, a valid pair with one invalid member each."""
        members = self.sampler.members
        if len(members) == 1:
            return _make_invalid(self.check_spec)
        found: dict[str, Any] = {}
        for number, member in enumerate(members):
            faults = {"missing": None, **_make_invalid(member.modality.check_spec)}
            for name, item in faults.items():
                if not isinstance(item, (list, tuple)):  # of which one is drawn
                    found[f"{member.name}: {name}"] = (item, *valid[1:]) if number == 0 else (valid[0], item)
        return found


def _make_invalid(spec: CheckSpec) -> dict[str, Any]:
    return {name: item() if callable(item) else item for name, item in spec.invalid_items.items()}


def make_target(
    augmentation: Checkable,
    modality: str | Modality | None = None,
    *,
    items: SearchStrategy[Any] | None = None,
    batches: SearchStrategy[Any] | None = None,
    tags: Tags | None = None,
) -> Target:
    """Return the target of an augmentation, a class of augmentations, or anything that `adapt` takes.

    Args:
        augmentation: What is to be checked.
        modality: Whose items it takes; None looks for a modality that lists its class, or asks the adapter.
        items: Strategy of items; None takes the modality's.
        batches: Strategy of batches; None takes the modality's.
        tags: What it guarantees; None takes its attribute `tags`, then what the modality says of its class.

    Raises:
        TypeError: It is no augmentation and cannot be called.
        ValueError: There are no items for it, or its parameters have neither defaults nor a strategy.
    """
    checked = augmentation if _is_augmentation(augmentation) else adapt(augmentation)
    plugin = _find_modality(checked, modality)
    check_spec = _find_check_spec(checked, plugin, items, batches)
    tags = tags or _find_tags(checked, plugin, check_spec)
    if items is None and tags.accepts is None and _takes_strings_only(checked):
        check_spec = _strings_only(check_spec)
    name = checked.__name__ if isinstance(checked, type) else format_short(checked)
    return Target(name, _augmentations(checked, tags), check_spec, tags, plugin)


def make_sampler_target(sampler: PairSampler, items: SearchStrategy[Any] | None, random: bool) -> SamplerTarget:
    """Return the target of a sampler; items None takes those of its modalities that every recipe takes."""
    specs = [member.modality.check_spec for member in sampler.members]
    given = [_first_given(spec.model_items, spec.informative_items, spec.items) for spec in specs]
    if len(specs) == 1:
        return SamplerTarget(sampler, specs[0], random, _sampler_items(items if items is not None else given[0]))
    tolerance = dict(specs[0].tolerance)
    for dtype, value in specs[1].tolerance.items():
        tolerance[dtype] = max(value, tolerance.get(dtype, 0.0))
    chosen = _pairs(*given) if items is None else items
    return SamplerTarget(sampler, CheckSpec(chosen, tolerance=tolerance), random, _sampler_items(chosen))


def _sampler_items(items: SearchStrategy[Any]) -> SearchStrategy[list[Any]]:
    return st.lists(items, min_size=3, max_size=5)


def _pairs(first: SearchStrategy[Any], second: SearchStrategy[Any]) -> SearchStrategy[tuple[Any, ...]]:
    """Pairs of items, some with a negative or two that differ from the members."""

    def fits(pair: tuple[Any, ...]) -> bool:
        return not any(map(is_missing, pair)) and not any(is_same(n, m) for n in pair[2:] for m in pair[:2])

    negatives = st.lists(second, max_size=2)
    return st.builds(lambda a, b, more: (a, b, *more), first, second, negatives).filter(fits)


def registered(*names: str) -> list[tuple[str, type[Augmentation]]]:
    """Return every augmentation class of some modalities, for `parametrize_with_checks`.

    Args:
        names: Names of modalities; none means all that are installed.

    Returns:
        Pairs (name of the modality, class).
    """
    return [(name, cls) for name in names or list_modalities() for cls in get_modality(name).augmentations.values()]


def _first_given(*strategies: SearchStrategy[Any] | None) -> SearchStrategy[Any]:
    return next(strategy for strategy in strategies if strategy is not None)


def _is_augmentation(value: object) -> TypeGuard[Augmentation | type[Augmentation]]:
    return isinstance(value, Augmentation) or (isinstance(value, type) and issubclass(value, Augmentation))


def _class_of(augmentation: object) -> type:
    return augmentation if isinstance(augmentation, type) else type(augmentation)


def _find_modality(augmentation: object, modality: str | Modality | None) -> Modality | None:
    if modality is not None:
        return get_modality(modality)
    if isinstance(augmentation, ExternalTransform):
        return None if augmentation.modality is None else get_modality(augmentation.modality)
    cls = _class_of(augmentation)
    installed = map(get_modality, list_modalities())
    return next((plugin for plugin in installed if cls in plugin.augmentations.values()), None)


def _find_tags(augmentation: object, plugin: Modality | None, check_spec: CheckSpec) -> Tags:
    """Its own tags, else the modality's for the class or for the nearest of its parents that the modality lists."""
    tags = getattr(augmentation, "tags", None)
    if isinstance(tags, Tags):
        return tags
    listed = {} if plugin is None else {cls: name for name, cls in plugin.augmentations.items()}
    names = [listed[cls] for cls in _class_of(augmentation).__mro__ if cls in listed]
    return check_spec.augmentations.get(names[0], Tags()) if names else Tags()


def _find_check_spec(
    augmentation: object,
    plugin: Modality | None,
    items: SearchStrategy[Any] | None,
    batches: SearchStrategy[Any] | None,
) -> CheckSpec:
    if plugin is None and items is None:
        raise ValueError(
            f"cannot tell which items {augmentation!r} takes; name its modality, as in modality='image', or give a "
            "Hypothesis strategy, items=..."
        )
    spec = CheckSpec(items) if plugin is None else plugin.check_spec
    if items is not None:
        spec = dataclasses.replace(spec, items=items, informative_items=None, batches=batches)
    elif batches is not None:
        spec = dataclasses.replace(spec, batches=batches)
    return augmentation.adapt_spec(spec) if isinstance(augmentation, ExternalTransform) else spec


def _takes_strings_only(augmentation: object) -> bool:
    """Whether the item of its `apply` is annotated as `str`."""
    if not _is_augmentation(augmentation):
        return False
    cls = augmentation if isinstance(augmentation, type) else type(augmentation)
    annotations = [parameter.annotation for parameter in inspect.signature(cls.apply).parameters.values()]
    return len(annotations) > 1 and annotations[1] in (str, "str")


def _strings_only(spec: CheckSpec) -> CheckSpec:
    """The specification without items that are no strings, and batches that are no lists of them."""

    def strings(strategy: SearchStrategy[Any] | None) -> SearchStrategy[Any] | None:
        return None if strategy is None else strategy.filter(lambda item: isinstance(item, str))

    batches = None if spec.batches is None else spec.batches.filter(lambda batch: isinstance(batch, list))
    informative = strings(spec.informative_items)
    return dataclasses.replace(spec, items=strings(spec.items), informative_items=informative, batches=batches)


def _augmentations(augmentation: Augmentation | type[Augmentation], tags: Tags) -> SearchStrategy[Augmentation]:
    if not isinstance(augmentation, type):
        return st.just(augmentation)
    required = [
        name
        for name, parameter in inspect.signature(augmentation).parameters.items()
        if parameter.default is inspect.Parameter.empty and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    if tags.parameters is None:
        if required:
            raise ValueError(
                f"{augmentation.__name__} needs {', '.join(required)}; give an instance, or tags with a strategy of "
                "its parameters: Tags(parameters=st.fixed_dictionaries(...))"
            )
        return st.just(augmentation())
    drawn: SearchStrategy[Augmentation] = tags.parameters.map(lambda parameters: augmentation(**parameters))
    if required:
        return drawn
    try:
        return st.just(augmentation()) | drawn
    except ValueError:  # the defaults need what this machine lacks, such as a lexicon
        return drawn
