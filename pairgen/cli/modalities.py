"""`pairgen modalities`."""

from __future__ import annotations

from typing import Annotated

import typer

from pairgen.cli.console import print_wide, table

__all__ = ["modalities"]


def modalities(
    name: Annotated[str | None, typer.Argument(help="Show this one only.", show_default=False)] = None,
) -> None:
    """List the installed modalities with what they read, their recipes, augmentations and encoders."""
    import pairgen

    for modality in map(pairgen.get_modality, pairgen.list_modalities() if name is None else [name]):
        rows = [
            ("reads", modality.source_help),
            ("recipes", _list(modality.recipes.names(), modality.default_recipe)),
            ("augmentations", ", ".join(sorted(modality.augmentations))),
            ("encoders", _list(modality.encoders.names(), modality.default_encoder)),
        ]
        print_wide(table(modality.name, ("what", "names"), rows, numbers=False))


def _list(names: list[str], default: str | None) -> str:
    """The names, the default one first and marked."""
    others = [name for name in names if name != default]
    return ", ".join(others if default is None else [f"{default} (default)", *others])
