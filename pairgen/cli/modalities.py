"""`pairgen modalities`."""

from __future__ import annotations

from pairgen.cli.console import output, table

__all__ = ["modalities"]


def modalities() -> None:
    """List the modalities that are installed, with their recipes, augmentations and encoders."""
    import pairgen

    for name in pairgen.list_modalities():
        plugin = pairgen.get_modality(name)
        rows = [
            ("recipes", ", ".join(plugin.recipes.names())),
            ("augmentations", ", ".join(sorted(plugin.augmentations))),
            ("encoders", ", ".join(plugin.encoders.names())),
        ]
        output.print(table(name, ("what", "names"), rows, numbers=False))
