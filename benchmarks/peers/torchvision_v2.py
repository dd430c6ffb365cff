"""torchvision's transforms v2, which re-export their names without saying so to type checkers."""

from __future__ import annotations

from typing import Any

from torchvision.transforms import v2 as _v2

v2: Any = _v2
