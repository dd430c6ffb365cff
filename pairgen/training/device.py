"""Where to train, and in which precision: Lightning Fabric, set up from three words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from pairgen.random import Stream
from pairgen.training.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lightning_fabric import Fabric

__all__ = ["fabric_for", "keyed_rng"]


def fabric_for(device: str, precision: str, devices: int | None = None, *, find_unused: bool = False) -> Fabric:
    """Return Fabric, launched: this process knows its device, and the others if there are any.

    device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda", "cuda:N" or "mps". precision: one of Fabric's, such as
    "32-true", "bf16-mixed" and "16-mixed", or "auto": bf16-mixed on a CUDA device that has bfloat16, else 32-true.
    devices: how many on this machine, each with a process of its own; None: as many as processes were started.
    find_unused: several processes look for parameters that a batch does not use.

    ValueError for a device that is not here, an unknown precision, or more devices than there are.
    """
    from lightning_fabric import Fabric

    processes = Processes.here(devices)
    kind, _, number = _resolved(device).partition(":")
    if processes.total > 1 and (number or kind == "mps"):
        raise ValueError(
            f"device={device!r} is one device, and there are {processes.total} processes: give device='cuda' or 'cpu', "
            "and each process takes its own"
        )
    if precision == "auto":
        half = kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        precision = "bf16-mixed" if half else "32-true"
    chosen: Any = [int(number)] if number else processes.local
    try:
        fabric = Fabric(
            accelerator=kind,
            devices=chosen,
            num_nodes=processes.machines,
            precision=precision,  # type: ignore[arg-type]
            **processes.fabric_options(find_unused),
        )
        fabric.launch()
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            f"cannot train on device={device!r}, devices={processes.local}, with precision={precision!r}: {error}"
        ) from error
    return fabric


def _resolved(device: str) -> str:
    here = ["cpu"]
    if torch.backends.mps.is_available():
        here.insert(0, "mps")
    if torch.cuda.is_available():
        here.insert(0, "cuda")
    name = here[0] if device == "auto" else str(device)
    kind, _, number = name.partition(":")
    known = kind in here and (not number or (kind == "cuda" and number.isdigit()))
    if not known or (number and int(number) >= torch.cuda.device_count()):
        raise ValueError(f'device={device!r} is not here; there are: {", ".join(here)}. device="auto" takes the first')
    return name


@contextmanager
def keyed_rng(seed: int, epoch: int, rank: int = 0) -> Iterator[None]:
    """Give layers that draw from torch's global generators (dropout) a stream of (seed, epoch, rank).

    On leaving, the generators are as they were. A resumed run so draws what an uninterrupted one would have drawn.
    """
    key = int(Stream(seed, epoch, rank).fold_in("training").integers(0, 2**32))
    on_mps = torch.backends.mps.is_available()
    before = torch.mps.get_rng_state() if on_mps else None
    # Reading a GPU's state would initialise CUDA in a process that trains without it.
    started = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    gpus = range(torch.cuda.device_count()) if started else ()
    with torch.random.fork_rng(devices=gpus):
        try:
            torch.manual_seed(key)
            yield
        finally:
            if before is not None:
                torch.mps.set_rng_state(before)
