"""The one or two modalities that a command trains on, and options that hold for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pairgen.cli.options import check_options, parse_settings

if TYPE_CHECKING:
    from torch.utils.data import Dataset

    from pairgen.modality import Modality

__all__ = [
    "SIDES",
    "SOURCE_OF_PAIRS",
    "find_modalities",
    "fit_options",
    "settings_of_each",
    "tower_of",
    "value_of_each",
]

SIDES = ("first", "second")
"""What the options call the two members of a pair, and the towers that encode them."""


SOURCE_OF_PAIRS = (
    "a .csv, .tsv, .jsonl or .parquet file with a column for each member, a folder of files of one name (a.jpg, "
    "a.txt), or WebDataset .tar archives"
)
"""What `pairgen.data.read_pairs` takes, in one line."""


def find_modalities(name: str) -> tuple[Modality, ...]:
    """Return the modality of that name, or the two of a name such as "image+text".

    Raises:
        ValueError: There are more than two.
        UnknownNameError: A modality is not known.
    """
    from pairgen.modality import get_modality

    names = name.split("+")
    if len(names) > 2:
        raise ValueError(f"a pair has two members, got {len(names)} modalities: {name}; name two, such as image+text")
    return tuple(get_modality(one) for one in names)


def value_of_each(values: Sequence[str] | None, modalities: Sequence[Modality], option: str) -> list[str | None]:
    """Return the value of an option for each modality: one for both of equal modalities, or one each, in their order.

    Raises:
        ValueError: There are more values than modalities, or one for two different modalities.
    """
    given: list[str | None] = [*(values or ())]
    if not given:
        return [None] * len(modalities)
    names = "+".join(modality.name for modality in modalities)
    if len(given) > len(modalities):
        raise ValueError(f"{option} was given {len(given)} times for {names}; give it at most once a modality")
    if len(given) < len(modalities):
        if modalities[0].name != modalities[1].name:
            first, second = (modality.name for modality in modalities)
            raise ValueError(f"{option} {given[0]} is for one of {names}; give it twice, for {first} and for {second}")
        given *= 2
    return given


def settings_of_each(
    settings: Sequence[str] | None,
    option: str,
    known: Sequence[Sequence[str] | None],
    owners: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the options of the recipe or encoder of each member.

    "size=96" is for each member that has that option; "first.size=96" and "second.size=64" are for one.

    Args:
        settings: What the user gave, NAME=VALUE.
        option: The option of the command, for messages.
        known: The names of the options of each member; None where any name is taken.
        owners: What takes the options of each member, such as "the recipe 'eval'".

    Raises:
        ValueError: A setting has another form, or no member has its option; lists those there are.
    """
    each: list[dict[str, Any]] = [{} for _ in known]
    for setting in settings or ():
        side, dot, rest = setting.partition(".")
        if dot and side in SIDES and "=" in rest:
            position = SIDES.index(side)
            if position >= len(known):
                raise ValueError(f"{option} {setting!r} is for the second of two members, and there is one")
            chosen, values = [position], parse_settings([rest], option)
        else:
            values = parse_settings([setting], option)
            name = next(iter(values))
            chosen = [k for k, names in enumerate(known) if names is None or name in names] or list(range(len(known)))
        for position in chosen:
            check_options(values, known[position], owners[position])
            each[position] |= values
    return each


def tower_of(tower: str | None, modalities: Sequence[str]) -> int:
    """Return the position of the tower that the user named: "first", "second", or the name of a modality; 0 for None.

    Raises:
        ValueError: There is no such tower; lists those there are.
    """
    names = [*SIDES[: len(modalities)], *(modalities if len(set(modalities)) == len(modalities) > 1 else ())]
    if tower is None:
        return 0
    if tower not in names:
        listed = ", ".join(names) if len(modalities) > 1 else "one only; leave --tower out"
        raise ValueError(f"the run has no tower {tower!r}; it has {listed}")
    return names.index(tower) % 2


def fit_options(
    modalities: Sequence[Modality], names: Sequence[str], dataset: Dataset[Any], views: Sequence[Any]
) -> list[dict[str, Any]]:
    """Return the options with which the encoder of each member fits the data.

    Args:
        modalities: The modality of each encoder.
        names: The name of each encoder; one for two members that share it.
        dataset: The items, or pairs.
        views: A batch of views of the first sample, of each member.
    """
    if len(views) == 1:
        return [modalities[0].encoder_options(names[0], dataset, views[0])]
    pairs: Any = dataset
    sides = [pairs.side(position) for position in (0, 1)]
    if len(names) == 1:
        sides = [_join(sides)]
    parts = zip(modalities, names, sides, views, strict=False)  # a shared encoder fits the views of the first member
    return [modality.encoder_options(name, side, view) for modality, name, side, view in parts]


def _join(sides: Sequence[Any]) -> Dataset[Any]:
    from pairgen.data import LabelledDataset

    return LabelledDataset([item for side in sides for item in side.items])
