"""What `pairgen train` is asked for, checked before any data is read: recipes, encoders, the method, the folder."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pairgen._validation import check_choice, check_number
from pairgen.cli.console import say
from pairgen.cli.members import settings_of_each, value_of_each
from pairgen.cli.options import OnError, check_options, parse_settings

if TYPE_CHECKING:
    from torch import nn

    from pairgen.methods import Method
    from pairgen.modality import Modality
    from pairgen.pairs import PairSampler

__all__ = [
    "Encoders",
    "check_folder",
    "check_logger",
    "check_training",
    "choose_encoders",
    "choose_method",
    "choose_sampler",
]


def check_folder(folder: Path, resume: bool) -> None:
    """Raise ValueError for a folder that holds another run, or is none."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--run-dir {folder} is a file; choose a folder")
    if not resume and (folder / "checkpoints").is_dir():
        raise ValueError(f"{folder} holds an earlier run; add --resume to go on from it, or choose another --run-dir")


def check_training(learning_rate: float, epochs: int, temperature: float | None, device: str, precision: str) -> None:
    """Raise ValueError for what the trainer would not take."""
    from pairgen.training._device import check_device
    from pairgen.training._schedule import Schedule

    Schedule(learning_rate, epochs, 0.0, "cosine")
    if temperature is not None:
        check_number("temperature", temperature, 0, above=True)
    check_device(device, precision)


def check_logger(logger: str | None) -> Literal["tensorboard"] | None:
    """Return the name of a logger that there is."""
    if logger is None:
        return None
    check_choice("logger", logger, ("tensorboard",))
    return "tensorboard"


def choose_method(
    name: str | None, settings: list[str], temperature: float | None, modalities: Sequence[Modality]
) -> Callable[..., Method]:
    """Return a function from the encoder, or the two of them, to the method.

    Raises:
        ValueError: The method has no such option, or is for one modality where there are two, or the reverse.
        UnknownNameError: There is no method of that name.
    """
    from pairgen.methods import METHODS
    from pairgen.modality import keyword_options

    chosen = name or ("simclr" if len(modalities) == 1 else "clip")
    factory: Callable[..., Method] = METHODS.get(chosen)
    has_two = "second_encoder" in inspect.signature(factory).parameters
    if has_two != (len(modalities) == 2):
        asked = "+".join(modality.name for modality in modalities)
        takes = "pairs of two members, such as image+text" if has_two else "views of one modality"
        other = "clip or siglip" if len(modalities) == 2 else "simclr, moco, supcon, siamese or cpc"
        raise ValueError(f"--method {chosen} learns from {takes}, and this is {asked}; choose {other}")
    options = parse_settings(settings, "--method-option")
    options |= {} if temperature is None else {"temperature": temperature}
    check_options(options, keyword_options(factory, skip=1 + has_two), f"the method {chosen!r}")
    try:
        factory(*[_stand_in() for _ in modalities], **options)  # now, not after all data was read
    except (ValueError, TypeError) as error:
        listed = ", ".join(f"{option}={value!r}" for option, value in options.items())
        raise ValueError(f"the method {chosen!r} does not take {listed}: {error}") from error
    return lambda *encoders: factory(*encoders, **options)


def _stand_in() -> nn.Module:
    """An encoder of two features that fits every method, to try a method's options on."""
    from torch import nn

    class StandIn(nn.Linear):
        def steps(self, views: object) -> object:
            raise NotImplementedError

        nodes = steps

    return StandIn(2, 2)


def choose_sampler(
    modalities: Sequence[Modality], recipes: list[str] | None, settings: list[str], seed: int, on_error: OnError
) -> PairSampler:
    """Return the sampler of the recipes that the user named.

    By default a single modality and the members of pairs have the modality's recipe, but the texts of pairs none: the
    pair is there already, and no word of a caption is changed unasked.

    Raises:
        ValueError: A recipe has no such option, there is no default, or more recipes than members.
        UnknownNameError: There is no recipe of that name.
    """
    import pairgen
    from pairgen.modality import keyword_options

    names = []
    for modality, given in zip(modalities, value_of_each(recipes, modalities, "--recipe"), strict=True):
        is_text = len(modalities) == 2 and modality.name == "text"
        names.append(
            _choose(given, modality.evaluation_recipe if is_text else modality.default_recipe, "--recipe", modality)
        )
    known = [keyword_options(m.recipes.get(name), skip=0) for m, name in zip(modalities, names, strict=True)]
    set_by_user = settings_of_each(settings, "--recipe-option", known, [f"the recipe {name!r}" for name in names])
    options = [_add_defaults(*each) for each in zip(modalities, set_by_user, known, strict=True)]
    if len(modalities) == 1:
        return pairgen.PairSampler(modalities[0], names[0], seed=seed, on_error=on_error.value, **options[0])
    return pairgen.PairSampler(
        (modalities[0], modalities[1]),
        (names[0], names[1]),
        recipe_options=options,
        seed=seed,
        on_error=on_error.value,
    )


def _add_defaults(modality: Modality, given: dict[str, Any], known: tuple[str, ...] | None) -> dict[str, Any]:
    """The options of a recipe, with those that its modality sets for raw data; says what is set."""
    added = {key: value for key, value in modality.recipe_options(given).items() if known and key in known}
    for key, value in added.items():
        say(f"{key}={json.dumps(value)} is set; --recipe-option {key}=VALUE changes it")
    return added | given


@dataclass(frozen=True)
class Encoders:
    """The encoders to make: one, one that both members share, or one each.

    Args:
        modalities: The modality of each.
        names: The name of each.
        options: The options that the user gave for each.
    """

    modalities: Sequence[Modality]
    names: Sequence[str]
    options: Sequence[dict[str, Any]]

    def create(self, fitting: Sequence[dict[str, Any]], seed: int) -> list[nn.Module]:
        """Return the networks, with the options that fit the data under those of the user."""
        import torch

        import pairgen

        torch.manual_seed(seed)  # the program's own process: initial weights follow --seed
        parts = zip(self.modalities, self.names, fitting, self.options, strict=True)
        return [pairgen.create_encoder(modality, name, **(fit | given)) for modality, name, fit, given in parts]


def choose_encoders(modalities: Sequence[Modality], encoders: list[str] | None, settings: list[str]) -> Encoders:
    """Return the encoders that the user named; members of one modality share one, unless two are named.

    Raises:
        ValueError: An encoder has no such option, there is no default, or more encoders than members.
        UnknownNameError: There is no encoder of that name.
    """
    from pairgen.modality import keyword_options

    shares = len(modalities) == 2 and modalities[0].name == modalities[1].name and len(encoders or ()) < 2
    towers = modalities[:1] if shares else modalities
    given = value_of_each(encoders, towers, "--encoder")
    names = [_choose(name, m.default_encoder, "--encoder", m) for m, name in zip(towers, given, strict=True)]
    known = [keyword_options(m.encoders.get(name), skip=0) for m, name in zip(towers, names, strict=True)]
    options = settings_of_each(settings, "--encoder-option", known, [f"the encoder {name!r}" for name in names])
    return Encoders(towers, names, options)


def _choose(name: str | None, default: str | None, option: str, modality: Modality) -> str:
    """What the user named, else the modality's default."""
    chosen = default if name is None else name
    if chosen is None:
        raise ValueError(f"the modality {modality.name!r} has no default; choose with {option}")
    return chosen
