"""`pairgen lexicon`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pairgen.cli.console import output, print_wide, report_figures, reset_output, safe, say, table
from pairgen.cli.options import JsonFile, Quiet

__all__ = ["lexicon"]


def lexicon(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="A WordNet folder or archive, or your own .csv, .json or .tab file; by default the WordNet of this "
            "machine, which is downloaded if there is none.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="Inflect by the rules of this language; known: en.")] = "en",
    word: Annotated[list[str] | None, typer.Option(help="Show the synonyms of a word; repeatable.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Compile WordNet anew.")] = False,
    json_file: JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Prepare the synonyms that text augmentation needs: find or download WordNet, and compile it.

    pairgen lexicon --word dogs
    """
    import pairgen

    reset_output(json_file, quiet=quiet)
    start = time.perf_counter()
    modality: Any = pairgen.get_modality("text")  # the one modality with a lexicon
    compiled = modality.lexicon(
        source, language, again=again, say=lambda text: output.print(text, markup=False, soft_wrap=True)
    )
    seconds = time.perf_counter() - start
    size = compiled.path.stat().st_size / 1e6
    say(f"[bold]{len(compiled):,}[/] surface forms, {size:.1f} MB, ready in {seconds:.1f} s: {safe(compiled.path)}")
    for surface in word or ():
        rows = [
            (
                reading.pos,
                safe(reading.form),
                f"{reading.weight:.1f}",
                safe(", ".join(c.text for c in reading.candidates[:12])),
            )
            for reading in compiled.readings(surface.lower())
        ]
        print_wide(table(safe(surface), ("part of speech", "form", "weight", "synonyms"), rows, numbers=False))
    report_figures(json_file, {"forms": len(compiled), "megabytes": size, "seconds": seconds, "path": compiled.path})
