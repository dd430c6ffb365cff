"""The example of a third-party modality: its entry point, its own tests, training, and the code in CONTRIBUTING."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.installed_example import ROOT, install

EXAMPLE = ROOT / "examples" / "pairgen-pointcloud"

TRAIN = """
import torch
import pairgen
from pairgen.methods import SimCLR

assert "points" in pairgen.list_modalities()
torch.manual_seed(0)
discs = [(torch.nn.functional.normalize(torch.randn(32, 3), dim=1) * torch.tensor([1.0, 1.0, i % 2]), i % 2)
         for i in range(64)]
loader = pairgen.PairSampler("points", recipe="turns", seed=0).loader(discs, batch_size=32, shuffle=True)
encoder = pairgen.create_encoder("points", "pointnet")
history = pairgen.Trainer(SimCLR(encoder, projection_dim=16), epochs=3, progress=False).fit(loader)
assert history[-1].loss < history[0].loss, history

from typer.testing import CliRunner
from pairgen.cli import app

checked = CliRunner().invoke(app, ["check", "points.Turn", "--examples", "5", "--check", "stays_within_its_bounds"])
assert checked.exit_code == 0, checked.output
assert "points: Turn" in checked.output
print("found, trained and checked")
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return install("pairgen-pointcloud", tmp_path_factory.mktemp("site"))


def run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=EXAMPLE, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_it_is_found_by_its_entry_point_and_trained_by_the_trainer(environment):
    assert "found, trained and checked" in run(environment, "-c", TRAIN)


def test_its_own_tests_pass(environment):
    assert "[100%]" in run(environment, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")


def test_contributing_shows_its_code_unchanged():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page[page.index("## How to add a modality") : page.index("## How to add an augmentation")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted(EXAMPLE.rglob("*.py")))
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert blocks
    for block in blocks:
        for part in re.split(r"\n\n+(?=\S)", block.strip()):
            assert part in sources, part
    assert len([line for line in sources.splitlines() if line.strip()]) < 150
    assert Path("examples/pairgen-pointcloud").as_posix() in section
