"""The program: its commands, and errors as one line with the remedy."""

from __future__ import annotations

import io
import re
import sys
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pairgen._text import printable
from pairgen._version import __version__
from pairgen.cli.anomalies import anomalies
from pairgen.cli.check import check
from pairgen.cli.console import errors, reset_output
from pairgen.cli.demo import demo
from pairgen.cli.embed import embed
from pairgen.cli.lexicon import lexicon
from pairgen.cli.modalities import modalities
from pairgen.cli.probe import probe
from pairgen.cli.retrieve import retrieve
from pairgen.cli.train import TrainCommand, train

__all__ = ["app", "main"]

_EXPECTED = (ValueError, TypeError, OSError, ImportError)
_IN_WORKER = re.compile(r"Caught \w+ in \w+ worker process \d+\.\nOriginal Traceback")
_FRAME = re.compile(r'^\s+File ".*", line \d+', re.MULTILINE)
_RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?:: |$)", re.MULTILINE)


class Program(TyperGroup):
    """A group whose commands report what the user can mend in one red line, with exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; what libraries say to their developers stays off the terminal."""
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        reset_output()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            errors.print(f"interrupted{': ' if error.args else ''}{' '.join(map(str, error.args))}", soft_wrap=True)
            raise typer.Exit(130) from None
        except Exception as error:
            # Click's own exceptions (wrong usage, exit codes) have a way of their own to the terminal.
            if ctx.params.get("debug") or type(error).__module__.partition(".")[0] in ("click", "typer"):
                raise
            text = f"error: {describe_error(error)}"
            errors.print(text, style="bold red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(2) from error


def describe_error(error: Exception) -> str:
    """Return an error as one line: its message, without the traceback that a worker of a loader put before it."""
    text = str(error)
    name = "" if isinstance(error, _EXPECTED) else type(error).__name__
    if _IN_WORKER.match(text):
        name, text = _raised_in_worker(text)
    text = printable(re.sub(r"\s*\n\s*", " ", "\n".join([text.strip(), *getattr(error, "__notes__", ())]).strip()))
    if not name:
        return text or type(error).__name__
    return f"{name}: {text}; pairgen --debug ... shows the whole traceback" if text else name


def _raised_in_worker(text: str) -> tuple[str, str]:
    """(type, message) of what a traceback ends with; no type for errors that users can mend."""
    frames = list(_FRAME.finditer(text))
    raised = _RAISED.search(text, frames[-1].end() if frames else text.index("Original Traceback"))
    if raised is None:
        return "", text
    name = raised.group(1).rpartition(".")[2]
    known = {"FileNotFoundError", "PermissionError", "IsADirectoryError", "NotADirectoryError", "ModuleNotFoundError"}
    return "" if name in known | {kind.__name__ for kind in _EXPECTED} else name, text[raised.end() :]


app = typer.Typer(
    cls=Program,
    name="pairgen",
    help="Turn data into positive pairs, and pairs into encoders.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.command(cls=TrainCommand)(train)
for command in (demo, modalities, embed, probe, retrieve, anomalies, lexicon, check):
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal or pipe without UTF-8 gets escapes instead of an error
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = _show_warning
    app()


def _show_warning(message: Warning | str, *_where: object, **_more: object) -> None:
    """Print a warning as one line; the line of code that it names would be one of the program's, not of the user's."""
    errors.print(f"warning: {printable(message)}", style="yellow", markup=False, highlight=False, soft_wrap=True)
