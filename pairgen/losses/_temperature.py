"""The temperature: a number above zero, given or learned."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from pairgen.losses._log_sum_exp import check_tile


def check_temperature(temperature: float | Tensor) -> float:
    """Return the temperature as a float.

    Raises:
        TypeError: The temperature is neither a number nor a tensor of one floating-point element.
        ValueError: The temperature is not finite, or not above zero.
    """
    usual = "(0.05 to 1 is usual); keep a learned temperature positive by learning its logarithm"
    return check_scalar("temperature", temperature, positive=True, remedy=usual)


def check_scalar(name: str, number: float | Tensor, *, positive: bool = False, remedy: str = "") -> float:
    """Return a number, given as one or as a tensor of one element, as a float.

    Raises:
        TypeError: It is neither a number nor a tensor of one floating-point element.
        ValueError: It is not finite, or, where it has to be positive, not above zero.
    """
    if isinstance(number, Tensor):
        if number.numel() != 1 or not number.is_floating_point():
            raise TypeError(
                f"{name} is a tensor of shape {tuple(number.shape)} and dtype {number.dtype}: expected one "
                "floating-point number"
            )
        value = float(number.detach())
    elif isinstance(number, (int, float)) and not isinstance(number, bool):
        value = float(number)
    else:
        raise TypeError(f"{name} is a {type(number).__name__}: expected a number or a tensor of one element")
    if not (math.isfinite(value) and (value > 0 or not positive)):
        raise ValueError(f"{name} is {value}: it must be finite{' and above 0' * positive} {remedy}".rstrip())
    return value


def temperature_like(temperature: float | Tensor, rows: Tensor) -> Tensor:
    """Return the temperature as a differentiable scalar of the precision and device of `rows`."""
    return torch.as_tensor(temperature, dtype=rows.dtype, device=rows.device).reshape(())


class TemperedLoss(nn.Module):
    """Base of the losses with a temperature.

    Args:
        temperature: Divisor of the similarities, above 0; the initial value if it is learned.
        learn_temperature: Learn the temperature, through its logarithm, so that it stays positive.
        tile: Rows of a tile; None chooses for the device.
        gather: Compare with the embeddings of all processes.
    """

    def __init__(
        self,
        temperature: float,
        *,
        learn_temperature: bool = False,
        tile: int | None = None,
        gather: bool = False,
    ) -> None:
        super().__init__()
        check_tile(tile)
        log = torch.tensor(math.log(check_temperature(temperature)))
        self.log_temperature = nn.Parameter(log) if learn_temperature else None
        self._temperature = temperature
        self.tile = tile
        self.gather = gather

    @property
    def temperature(self) -> float | Tensor:
        """The temperature: a number, or a differentiable scalar if it is learned."""
        return self._temperature if self.log_temperature is None else self.log_temperature.exp()

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"temperature={check_temperature(self.temperature):g}, tile={self.tile}, gather={self.gather}"
