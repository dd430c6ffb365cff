"""The program: its commands, and errors as one line with the remedy."""

from __future__ import annotations

import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pairgen._version import __version__
from pairgen.cli.anomalies import anomalies
from pairgen.cli.check import check
from pairgen.cli.console import errors
from pairgen.cli.demo import demo
from pairgen.cli.embed import embed
from pairgen.cli.lexicon import lexicon
from pairgen.cli.modalities import modalities
from pairgen.cli.probe import probe
from pairgen.cli.train import TrainCommand, train

__all__ = ["app", "main"]

_EXPECTED = (ValueError, TypeError, OSError, ImportError)


class Program(TyperGroup):
    """A group whose commands report what the user can mend in one red line, with exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; what libraries say to their developers stays off the terminal."""
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        try:
            return super().invoke(ctx)
        except _EXPECTED as error:
            if ctx.params.get("debug"):
                raise
            text = " ".join(str(error).split()) or type(error).__name__
            errors.print(f"error: {text}", style="bold red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(2) from error


app = typer.Typer(
    cls=Program,
    name="pairgen",
    help="Turn data into positive pairs, and pairs into encoders.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.command(cls=TrainCommand)(train)
for command in (demo, modalities, embed, probe, anomalies, lexicon, check):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pairgen {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")] = False,
) -> None:
    """Turn data into positive pairs, and pairs into encoders."""


def main() -> None:
    """Run the program; the entry point `pairgen`."""
    app()
