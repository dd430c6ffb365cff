"""Where to train, and in which precision: Lightning Fabric, set up from two words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from pairgen.randomness import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lightning_fabric import Fabric

__all__ = ["fabric_for", "keyed_rng"]


def fabric_for(device: str, precision: str) -> Fabric:
    """Return Fabric on one device.

    device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda", "cuda:N" or "mps". precision: one of Fabric's, such as
    "32-true", "bf16-mixed" and "16-mixed", or "auto": bf16-mixed on a CUDA device that has bfloat16, else 32-true.

    ValueError for a device that is not here, or an unknown precision.
    """
    from lightning_fabric import Fabric

    kind, _, number = _resolved(device).partition(":")
    if precision == "auto":
        half = kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        precision = "bf16-mixed" if half else "32-true"
    devices: Any = [int(number)] if number else 1
    try:
        return Fabric(accelerator=kind, devices=devices, precision=precision)  # type: ignore[arg-type]
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"cannot train on device={device!r} with precision={precision!r}: {error}") from error


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
def keyed_rng(seed: int, epoch: int) -> Iterator[None]:
    """Give layers that draw from torch's global generators (dropout) a stream of (seed, epoch).

    On leaving, the generators are as they were. A resumed run so draws what an uninterrupted one would have drawn.
    """
    key = int(Stream(seed, epoch).child("training").integers(0, 2**32))
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
