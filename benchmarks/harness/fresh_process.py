"""Measurements in processes of their own: what a library costs that has met nothing yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

__all__ = ["measured_afresh"]


def measured_afresh(module: str, *arguments: str, **environment: str) -> Any:
    """The JSON in the last line that `python -m module arguments` prints. RuntimeError, with its words, if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed: {done.stderr.strip()[-400:]}")
    return json.loads(done.stdout.splitlines()[-1])
