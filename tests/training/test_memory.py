from __future__ import annotations

import subprocess
import sys

import pytest

from pairgen.training import _memory
from pairgen.training._memory import retain_freed_memory

PROBE = """
import resource, sys, torch
from pairgen.training._memory import retain_freed_memory
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(2**24)  # 64 MiB, above glibc's own adaptation
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
plain = faults()
with retain_freed_memory(sys.argv[1] == "on"):
    faults()
    kept = faults()
print(plain, kept, faults())
"""


@pytest.mark.skipif(_memory._mallopt() is None, reason="needs glibc")
def test_freed_memory_is_kept_within_the_context_only() -> None:
    def run(switch: str) -> list[int]:
        command = [sys.executable, "-c", PROBE, switch]
        return [int(n) for n in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]

    plain, kept, after = run("on")
    assert kept < plain / 10
    assert after > max(10 * kept, plain / 100)
    assert run("off")[1] > plain / 10


def test_it_is_left_again_after_an_error_and_where_there_is_no_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError), retain_freed_memory(True):
        raise KeyError
    monkeypatch.setattr(sys, "platform", "darwin")
    with retain_freed_memory(True):
        pass
