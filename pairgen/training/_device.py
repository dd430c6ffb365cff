"""Where to train, and in which precision: set up Lightning Fabric, and key torch's generators."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, get_args

import torch

from pairgen._validation import check_choice
from pairgen.random import Stream
from pairgen.training._processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lightning_fabric import Fabric

__all__ = ["check_device", "create_fabric", "keyed_rng"]


def create_fabric(device: str, precision: str, devices: int | None = None, *, find_unused: bool = False) -> Fabric:
    """Create and launch Fabric: this process knows its device, and the other processes if there are any.

    Args:
        device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda", "cuda:N" or "mps".
        precision: One of Fabric's, such as "32-true", "bf16-mixed" and "16-mixed", or "auto": bf16-mixed on a CUDA
            device that has bfloat16, else 32-true.
        devices: Devices on this machine, each with a process; None: as many as processes were started.
        find_unused: Let several processes look for parameters that a batch does not use.

    Raises:
        ValueError: The device is not available, the precision unknown, or there are fewer devices.
    """
    from lightning_fabric import Fabric

    processes = Processes.detect(devices)
    device_type, _, number = _resolve(device).partition(":")
    if processes.total > 1 and (number or device_type == "mps"):
        raise ValueError(
            f"device={device!r} is one device, and there are {processes.total} processes: give device='cuda' or 'cpu', "
            "and each process takes its own"
        )
    if precision == "auto":
        half = device_type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        precision = "bf16-mixed" if half else "32-true"
    options: dict[str, Any] = {
        "accelerator": device_type,
        "devices": [int(number)] if number else processes.local,
        "num_nodes": processes.machines,
        "precision": precision,
    }
    try:
        fabric = Fabric(**options, **processes.fabric_options(find_unused))
        fabric.launch()
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            f"cannot train on device={device!r}, devices={processes.local}, with precision={precision!r}: {error}"
        ) from error
    return fabric


def check_device(device: str, precision: str) -> None:
    """Raise ValueError for a device that is not available or a precision that Fabric does not know; start nothing."""
    from lightning_fabric.plugins.precision.precision import _PRECISION_INPUT_STR, _PRECISION_INPUT_STR_ALIAS

    _resolve(device)
    known = ("auto", *get_args(_PRECISION_INPUT_STR))
    check_choice("precision", precision, known + get_args(_PRECISION_INPUT_STR_ALIAS))


def _resolve(device: str) -> str:
    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        available.insert(0, "cuda")
    name = available[0] if device == "auto" else str(device)
    device_type, _, number = name.partition(":")
    known = device_type in available and (not number or (device_type == "cuda" and number.isdigit()))
    if not known or (number and int(number) >= torch.cuda.device_count()):
        raise ValueError(
            f'device {device!r} is not available; available: {", ".join(available)}. device="auto" takes the first'
        )
    return name


@contextmanager
def keyed_rng(seed: int, epoch: int, rank: int = 0) -> Iterator[None]:
    """Seed torch's global generators, from which dropout draws, by (seed, epoch, rank); restore them on leaving.

    So a resumed run draws what an uninterrupted one would have drawn.
    """
    key = int(Stream(seed, epoch, rank).fold_in("training").integers(0, 2**32))
    on_mps = torch.backends.mps.is_available()
    before = torch.mps.get_rng_state() if on_mps else None
    # Reading a GPU's state would initialize CUDA in a process that trains without it.
    is_initialized: Callable[[], bool] = torch.cuda.is_initialized
    gpus = range(torch.cuda.device_count()) if is_initialized() else ()
    with torch.random.fork_rng(devices=gpus):
        try:
            torch.manual_seed(key)
            yield
        finally:
            if before is not None:
                torch.mps.set_rng_state(before)
