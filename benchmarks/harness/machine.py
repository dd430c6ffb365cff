"""What a result depends on besides the code: the machine, the versions, the date."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path


def describe_machine() -> dict[str, str | int | float]:
    """CPU model, cores this process may use, memory in GiB, operating system, Python."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _cores(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }


def versions_of(distributions: Iterable[str]) -> dict[str, str]:
    """Installed version of each distribution; pairgen itself first."""
    versions = {}
    for name in ["pairgen", *sorted(set(distributions) - {"pairgen"})]:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def busy_cores() -> float:
    """Cores in use by others over the last minute; figures taken on a busy machine mean little."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def today() -> str:
    """Date in UTC, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _cores() -> int:
    return os.cpu_count() or 1


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_gib() -> float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return 0.0
