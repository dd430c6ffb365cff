"""Functions that torch.compile leaves as they are: a graph break, and the same value."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import torch
from torch import Tensor

Arguments = ParamSpec("Arguments")


def eager(function: Callable[Arguments, Tensor]) -> Callable[Arguments, Tensor]:
    """Keep the compiler out of a function whose loops over tiles it would unroll into thousands of nodes.

    As `torch.compiler.disable`, which imports the compiler (a second) for everyone; this does so where it is in use.
    """

    @wraps(function)
    def called(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Tensor:
        if torch.compiler.is_compiling():
            disable: Any = torch.compiler.disable
            value: Tensor = disable(function)(*args, **kwargs)
            return value
        return function(*args, **kwargs)

    return called
