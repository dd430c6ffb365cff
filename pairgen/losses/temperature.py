"""The temperature: a number above zero, given or learnt."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from pairgen.losses.tiles import check_tile


def check_temperature(temperature: float | Tensor) -> float:
    """Return the temperature as a float.

    Raises:
        TypeError: neither a number nor a tensor of one floating-point element.
        ValueError: not finite, or not above zero.
    """
    if isinstance(temperature, Tensor):
        if temperature.numel() != 1 or not temperature.is_floating_point():
            raise TypeError(
                f"temperature is a tensor of shape {tuple(temperature.shape)} and dtype "
                f"{temperature.dtype}: expected one floating-point number"
            )
        value = float(temperature.detach())
    elif isinstance(temperature, (int, float)) and not isinstance(temperature, bool):
        value = float(temperature)
    else:
        raise TypeError(f"temperature is a {type(temperature).__name__}: expected a number or a tensor of one element")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(
            f"temperature is {value}: it must be finite and above 0 (0.05 to 1 is usual); keep a "
            "learnt temperature positive by learning its logarithm"
        )
    return value


def temperature_like(temperature: float | Tensor, rows: Tensor) -> Tensor:
    """The temperature as a differentiable scalar of the precision and device of `rows`."""
    return torch.as_tensor(temperature, dtype=rows.dtype, device=rows.device).reshape(())


class TemperedLoss(nn.Module):
    """A loss with a temperature, and how it is computed.

    Args:
        temperature: above 0; where training starts if it is learnt.
        learn_temperature: learn the temperature, by its logarithm, so that it stays positive.
        tile: rows of a tile; None chooses.
        gather: compare with the embeddings of all processes.
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
        """The temperature: a number, or a differentiable scalar if it is learnt."""
        return self._temperature if self.log_temperature is None else self.log_temperature.exp()

    def extra_repr(self) -> str:
        """Return the settings for `repr`."""
        return f"temperature={check_temperature(self.temperature):g}, tile={self.tile}, gather={self.gather}"
