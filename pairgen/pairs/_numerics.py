"""The numerical settings under which pairs are made, whatever those of the training step around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import torch

__all__ = ["default_numerics"]

_CPU = torch.device("cpu")


def default_numerics(device: torch.device = _CPU) -> AbstractContextManager[None]:
    """Return a context without autocast, in which new tensors are float32 on the CPU.

    Args:
        device: Where the items are.
    """
    kinds = {"cpu", device.type}
    if (
        not any(torch.is_autocast_enabled(kind) for kind in kinds)
        and torch.get_default_dtype() == torch.float32
        and torch.get_default_device() == _CPU
    ):
        return nullcontext()
    return _set_numerics(kinds)


@contextmanager
def _set_numerics(kinds: set[str]) -> Iterator[None]:
    dtype = torch.get_default_dtype()
    with ExitStack() as stack:
        for kind in kinds:
            stack.enter_context(torch.autocast(kind, enabled=False))
        stack.enter_context(_CPU)
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
