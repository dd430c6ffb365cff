"""The numerical settings under which pairs are made, whatever those of the training step around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import torch

__all__ = ["default_numerics"]

_CPU = torch.device("cpu")
_AS_IT_IS = nullcontext()

# A default device is a mode of torch functions. Counting these takes a thirtieth of the time that torch takes to say
# its default device, of which an item would notice; where torch no longer counts them, it is asked.
_count_modes: Callable[[], int] = getattr(torch._C, "_len_torch_function_stack", lambda: 1)


def default_numerics(device: torch.device = _CPU) -> AbstractContextManager[None]:
    """Return a context without autocast, in which new tensors are float32 on the CPU.

    Args:
        device: Where the items are.
    """
    if (
        torch.get_default_dtype() == torch.float32
        and (not _count_modes() or torch.get_default_device() == _CPU)
        and not torch.is_autocast_enabled("cpu")
        and (device == _CPU or not torch.is_autocast_enabled(device.type))
    ):
        return _AS_IT_IS
    return _set_numerics({"cpu", device.type})


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
