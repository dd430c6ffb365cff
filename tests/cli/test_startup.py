"""What a command loads before it does anything, and what reaches the terminal besides its own words."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "numpy", "matplotlib", "sklearn", "PIL", "cv2", "librosa", "networkx", "torch_geometric", "numba"}


def run_cli(*arguments: str) -> tuple[set[str], str, str]:
    """(top-level modules loaded, standard output, standard error) of a fresh process of the command line."""
    program = (
        "import sys\n"
        f"sys.argv = ['pairgen', *{arguments!r}]\n"
        "from pairgen.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    output, _, loaded = done.stdout.rpartition("LOADED ")
    return set(loaded.split()), output, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("--help",), ("train", "--help"), ("train", "audio", "--help"), ("modalities",)],
    ids=" ".join,
)
def test_what_only_prints_loads_no_heavy_library_and_no_warning(arguments: tuple[str, ...]) -> None:
    loaded, output, errors = run_cli(*arguments)
    assert not loaded & HEAVY
    assert output
    assert not errors


def test_the_help_of_train_speaks_of_the_modality_that_was_named() -> None:
    for name, recipe, other in (("audio", "time-pitch", "simclr-gray"), ("graph", "graphcl", "clmr")):
        _, output, _ = run_cli("train", name, "--help")
        text = " ".join(output.split())
        assert f"{name}: PATH is" in text
        assert recipe in text
        assert other not in text
