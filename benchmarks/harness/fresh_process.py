"""Measurements in fresh processes, in which no library has imported or cached anything yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

__all__ = ["measure_in_fresh_process"]


def measure_in_fresh_process(module: str, *arguments: str, **environment: str) -> Any:
    """Run `python -m module arguments` and return the JSON of its last line. RuntimeError, with stderr, if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed: {process.stderr.strip()[-400:]}")
    return json.loads(process.stdout.splitlines()[-1])
