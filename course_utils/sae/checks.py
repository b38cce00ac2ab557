"""Numbers as they are handed in: of any library's kind, in range, and afterwards Python's own."""

from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor


def whole(name: str, value: Any, low: int = 1) -> int:
    """An integer of any kind (NumPy's, a tensor's) as Python's: one that a file can hold.

    Raises:
        ValueError: no integer, or one below ``low``.
    """
    number = _plain(value)
    if isinstance(number, bool | np.bool_) or not isinstance(number, Integral) or number < low:
        raise ValueError(f"{name} must be a whole number of at least {low}, got {value!r}")
    return int(number)


def real(name: str, value: Any, low: float, high: float = float("inf"), *, open_low: bool = False) -> float | int:
    """A finite number between ``low`` (without it, if ``open_low``) and ``high``, as Python's; an integer stays one.

    Raises:
        ValueError: something else.
    """
    number = _plain(value)
    fits = isinstance(number, Real) and not isinstance(number, bool | np.bool_) and isfinite(number)
    if not fits or number > high or number < low or (open_low and number == low):
        bounds = f"above {low}" if open_low else f"at least {low}"
        bounds += f" and at most {high}" if isfinite(high) else ""
        raise ValueError(f"{name} must be a number {bounds}, got {value!r}")
    return int(number) if isinstance(number, Integral) else float(number)


def truth(name: str, value: Any) -> bool:
    """True or False, NumPy's too.

    Raises:
        ValueError: something else.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def usable(device: Any) -> torch.device:
    """A device that is there; None: the GPU if there is one.

    Raises:
        ValueError: one that isn't.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
        torch.zeros(1, device=found).item()
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as problem:
        reason = str(problem).strip().partition("\n")[0]
        raise ValueError(f"device={str(device)!r} can't be used here: {reason}") from problem
    return found


def _plain(value: Any) -> Any:
    """The number in a tensor or an array without axes."""
    return value.item() if isinstance(value, Tensor | np.ndarray) and value.ndim == 0 else value
