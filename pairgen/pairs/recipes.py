"""What users give as recipes, as one `Recipe` for each member of a pair or each of several views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pairgen.augmentation import Augmentation
from pairgen.modality import Codec, Modality, Recipe, get_modality
from pairgen.pairs._item_views import ItemViews
from pairgen.pairs._member_views import MemberViews
from pairgen.pairs.member import Member

__all__ = ["GivenRecipes", "Options", "RecipeLike", "resolve_recipe"]

RecipeLike = str | Augmentation | Recipe
"""A recipe's name, an augmentation for both views, or a recipe."""

Options = Mapping[str, Any]
"""Keyword options of a named recipe."""


def resolve_recipe(modality: Modality, recipe: object, options: Options) -> Recipe:
    """Return what a user gave as a recipe as one.

    Args:
        modality: Whose recipes are named.
        recipe: A name, an augmentation for both views, or a recipe.
        options: Keyword options of a named recipe.

    Raises:
        UnknownNameError: The modality has no recipe of that name.
        TypeError: The recipe does not take the options, or is none.
    """
    if isinstance(recipe, str):
        factory = modality.recipes.get(recipe)
        try:
            return factory(**options)
        except TypeError as error:
            raise TypeError(f"recipe {recipe!r} with options {dict(options)}: {error}") from error
    if options:
        raise TypeError(f"options {sorted(options)} belong to a named recipe; set them in the recipe object instead")
    if isinstance(recipe, Recipe):
        return recipe if recipe.codec is not None else replace(recipe, codec=_codec_of(recipe))
    if isinstance(recipe, Augmentation):
        evaluation = modality.recipes.get(modality.evaluation_recipe)()
        recipe = replace(evaluation, first=recipe, second=recipe, codec=None)
        return replace(recipe, codec=_codec_of(recipe))
    raise TypeError(f"a recipe is a name, an Augmentation, a Recipe or a pair of these, got {recipe!r}")


@dataclass(frozen=True)
class GivenRecipes:
    """The modalities and recipes that a user gave a `PairSampler`.

    Args:
        modalities: One or two.
        given: The recipe as it was given, or the tuple of several.
        recipes: The recipe of each member, or of each view; a name where it has one.
        options: Keyword options of each recipe.
        shared_options: Whether one set of options was given for all.
        as_views: Whether the recipes were given as `views`.
    """

    modalities: tuple[Modality, ...]
    given: object
    recipes: tuple[object, ...]
    options: tuple[Options, ...]
    shared_options: bool
    as_views: bool = False

    @classmethod
    def check(
        cls, modality: object, recipe: object, views: object, each: Sequence[Options] | None, options: Options
    ) -> GivenRecipes:
        """Return what was given, checked; the arguments and errors are those of `PairSampler`."""
        modalities = tuple(map(get_modality, modality if isinstance(modality, (tuple, list)) else (modality,)))
        if isinstance(modality, (tuple, list)) and len(modalities) != 2:
            raise ValueError(f"a pair has one modality, or a tuple of two, got {len(modalities)}: {modality!r}")
        given = _choose_given(len(modalities), recipe, views)
        listed = isinstance(given, (tuple, list))
        recipes = tuple(given) if isinstance(given, (tuple, list)) else (given,) * len(modalities)
        if len(modalities) == 2:
            recipes = tuple(
                each_modality.evaluation_recipe if part is None else part
                for each_modality, part in zip(modalities, recipes, strict=True)
            )
            if options and each is None:
                raise TypeError(
                    f"options {sorted(options)} of two modalities are given for each: recipe_options=({{...}}, {{...}})"
                )
        if each is not None:
            if options:
                raise TypeError(f"give options for all recipes ({sorted(options)}) or recipe_options, not both")
            if isinstance(each, Mapping) or len(each) != len(recipes):
                raise ValueError(f"recipe_options is one dict for each of {len(recipes)} recipes, got {each!r}")
        own = tuple(map(dict, each)) if each is not None else (dict(options),) * len(recipes)
        return cls(modalities, given, recipes, own, each is None, views is not None and listed)

    def make_views(self) -> ItemViews | MemberViews:
        """Return what makes the views of a sampler."""
        if len(self.modalities) == 2:
            resolved = map(resolve_recipe, self.modalities, self.recipes, self.options)
            names = [modality.name for modality in self.modalities]
            names = names if names[0] != names[1] else ["anchor", "positive"]
            first, second = map(Member, self.modalities, resolved, names)
            return MemberViews((first, second))
        modality = self.modalities[0]
        recipes = [resolve_recipe(modality, *parts) for parts in zip(self.recipes, self.options, strict=True)]
        if len(recipes) == 1:
            recipes *= 2
        merged = replace(recipes[0], second=recipes[1].second)
        views = tuple(recipe.second if view % 2 else recipe.first for view, recipe in enumerate(recipes))
        return ItemViews(Member(modality, merged, modality.name), views)

    @property
    def spec(self) -> dict[str, Any]:
        """Modality, recipe and options, fit for JSON; recipe is None if one was given as an object."""
        names: list[Any] = list(self.recipes)
        named = all(isinstance(part, str) for part in names)
        modalities = [modality.name for modality in self.modalities]
        return {
            "modality": modalities if len(modalities) > 1 else modalities[0],
            "recipe": (names if len(names) > 1 else names[0]) if named else None,
            "options": dict(self.options[0]) if self.shared_options else list(map(dict, self.options)),
        }

    @staticmethod
    def arguments_of(spec: Mapping[str, Any], modality: object = None) -> dict[str, Any]:
        """Return the arguments of a `PairSampler` that has this spec, but for the seed."""
        recipe, options = spec["recipe"], spec["options"]
        chosen = spec["modality"] if modality is None else modality
        one = not isinstance(chosen, (tuple, list)) or len(chosen) == 1
        arguments: dict[str, Any] = {"modality": chosen if isinstance(chosen, str) or not one else _only(chosen)}
        if isinstance(recipe, list) and one and len(recipe) > 2:
            arguments["views"] = tuple(recipe)
        else:
            arguments["recipe"] = tuple(recipe) if isinstance(recipe, list) else recipe
        return arguments | ({"recipe_options": options} if isinstance(options, list) else dict(options))

    def describe(self, seed: int) -> str:
        """Return the arguments of the sampler as its `repr` has them."""
        names = [modality.name for modality in self.modalities]
        modality = repr(tuple(names)) if len(names) > 1 else repr(names[0])
        if self.shared_options:
            more = "".join(f", {name}={value!r}" for name, value in self.options[0].items())
        else:
            more = f", recipe_options={self.options!r}"
        return f"{modality}, {'views' if self.as_views else 'recipe'}={self.given!r}, seed={seed}{more}"


def _only(modality: Any) -> Any:
    return modality[0] if isinstance(modality, (tuple, list)) else modality


def _choose_given(members: int, recipe: object, views: object) -> object:
    """The recipe or the views, of which one was given."""
    if views is not None:
        if recipe is not None:
            raise TypeError("give recipe= or views=, not both; views has one recipe for each view")
        if members == 2:
            raise ValueError("of two members each has one view; give recipe=(a, b) instead of views")
        if not isinstance(views, (tuple, list)) or len(views) < 2:
            raise ValueError(f"views are a tuple of two recipes or more, got {views!r}")
        return tuple(views)
    if members == 1 and recipe is None:
        raise TypeError("a sampler of one modality needs a recipe, or views")
    if isinstance(recipe, (tuple, list)):
        if len(recipe) != 2:
            what = "two modalities need two recipes" if members == 2 else "two views need two recipes"
            more = "; give more views as views=(a, b, c, ...)" if members == 1 and len(recipe) > 2 else ""
            raise ValueError(f"{what}, got {len(recipe)}: {recipe!r}{more}")
        return tuple(recipe)
    return recipe


def _codec_of(recipe: Recipe) -> Codec | None:
    """The codec that the augmentations of a recipe decode items by when they are called directly; None without one."""
    codecs: list[Codec] = []
    pending: list[object] = [recipe.first, recipe.second, recipe.shared]
    while pending:
        part = pending.pop()
        if isinstance(part, (tuple, list)):
            pending += part
        elif isinstance(part, Augmentation):
            codec = getattr(part, "codec", None)
            if codec is not None and codec not in codecs:
                codecs.append(codec)
            pending += vars(part).values() if hasattr(part, "__dict__") else ()
    if len(codecs) > 1:
        raise ValueError(
            f"the augmentations of the recipe decode items in different ways, by {codecs[0]} and by {codecs[1]}; give "
            "them the same options, or the Recipe a codec"
        )
    return codecs[0] if codecs else None
