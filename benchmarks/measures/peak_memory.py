"""Extra peak memory of one loss in a fresh process: `python -m benchmarks.measures.peak_memory LOSS LIBRARY N`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.harness.fresh_process import measure_in_fresh_process

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measure_peak(loss: str, library: str, n: int) -> tuple[float, float]:
    """Seconds, and MiB beyond what was in use before, of one forward and backward pass in a fresh process.

    Raises RuntimeError where that process fails, or where the system does not tell (it has to be Linux).
    """
    seconds, mebibytes = measure_in_fresh_process(__name__, loss, library, str(n))
    return seconds, mebibytes


def in_use(field: str) -> float:
    """VmRSS or VmHWM, the memory in use and its peak, in MiB.

    Of this program alone, unlike getrusage's ru_maxrss, which starts from the peak of the process that started it.
    """
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


def _measure(loss: str, library: str, n: int) -> tuple[float, float]:
    import torch

    from benchmarks.peers.losses import LOSSES, TOWER_WIDTH, TWO_TOWERS, WIDTH, views

    torch.set_num_threads(1)
    compute = LOSSES[loss][library]()
    width = TOWER_WIDTH if loss in TWO_TOWERS else WIDTH
    torch.autograd.backward(compute(*views(16, width)))  # loads the libraries' code
    a, b = views(n, width)
    CLEAR.write_text("5")  # the peak starts anew from what is in use
    before, start = in_use("VmRSS"), time.perf_counter()
    torch.autograd.backward(compute(a, b))
    return time.perf_counter() - start, in_use("VmHWM") - before


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
