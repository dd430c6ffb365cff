"""What every test may rely on: a profile for Hypothesis without deadlines, and CUDA tests only where CUDA is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Processes that a test starts import pairgen and the helpers of the tests from here, as pytest does (pyproject.toml).
ROOT = str(Path(__file__).parent.parent)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH", "")]))

settings.register_profile("pairgen", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("pairgen")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    import torch

    if not torch.cuda.is_available():
        for item in items:
            if "gpu" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device; none is here"))
