"""Every code block of README, CONTRIBUTING and docs runs, page by page, in a folder of its own.

The README makes its photos itself; other pages begin with two kinds of them.
"""

from __future__ import annotations

import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image
from sklearn.datasets import load_sample_image
from typer.testing import CliRunner

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("make ", "pip ", "python -m benchmarks", "pairgen demo")  # set-up, tested by CI and their own tests


def photos(folder: Path) -> None:
    """photos/china/*.jpg and photos/flower/*.jpg: six crops of each of scikit-learn's two photographs."""
    for name in ("china", "flower"):
        (folder / "photos" / name).mkdir(parents=True)
        picture = Image.fromarray(load_sample_image(f"{name}.jpg"))
        for i in range(6):
            picture.crop((80 * i, 20 * i, 80 * i + 120, 20 * i + 100)).save(folder / "photos" / name / f"{i}.jpg")


def run_console(block: str) -> None:
    from pairgen.cli import app

    for line in block.splitlines():
        command = line.removeprefix("$ ").split("  #")[0].strip()
        if not line.startswith("$ ") or command.startswith(ELSEWHERE):
            continue
        program, *arguments = shlex.split(command)
        assert program == "pairgen", f"a command that the tests cannot run: {line}"
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_the_code_of_the_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if page.name != "README.md":  # which makes its own
        photos(tmp_path)
    monkeypatch.chdir(tmp_path)
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        language, code = match.groups()
        line = text[: match.start()].count("\n") + 1
        if language == "python":
            exec(compile("\n" * line + code, str(page), "exec", dont_inherit=True), vars(module))
        else:
            run_console(code)


REFERENCE = (
    "augmentation",
    "batch",
    "data",
    "evaluation",
    "losses",
    "methods",
    "modality",
    "pairs",
    "plotting",
    "random",
)
REFERENCE += (
    "registry",
    "testing",
    "training",
    *(f"modalities.{name}" for name in ("audio", "graph", "image", "text")),
)
REFERENCE += ("modalities.timeseries",)


@pytest.mark.parametrize("package", REFERENCE)
def test_the_reference_shows_every_public_name(package: str) -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md"))
    shown = {line.rsplit(".", 1)[-1] for line in pages.splitlines() if line.startswith("::: ")}
    public = import_module(f"pairgen.{package}").__all__
    assert not set(public) - shown, "add a line `::: module.name` to a page of docs/reference"


def test_a_page_with_a_broken_block_would_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "broken.md"
    page.write_text("```python\nraise KeyError('broken')\n```\n")
    with pytest.raises(KeyError, match="broken"):
        test_the_code_of_the_page_runs(page, tmp_path, monkeypatch)
