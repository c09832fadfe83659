"""Plain data: values in JSON's types, shares with their errors, parts that cannot be measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from softmax_geometry.checks import InputError


def plain(value: Any) -> Any:
    """The value in JSON's types; numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def share(members: NDArray[np.bool_]) -> dict[str, Any]:
    """Share of true entries: its standard error and exact 95 % interval (Clopper–Pearson).

    Examples
    --------
    >>> share(np.array([True, False, False, False]))["value"]
    0.25
    """
    n, k = len(members), int(np.count_nonzero(members))
    value = k / n
    low = float(betaincinv(k, n - k + 1, 0.025)) if k else 0.0
    high = float(betaincinv(k + 1, n - k, 0.975)) if k < n else 1.0
    return {"value": value, "standard_error": float(np.sqrt(value * (1 - value) / n)), "interval": [low, high], "n": n}


def attempt(part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the part returns, or {"unavailable": reason} where it cannot be measured."""
    try:
        return part()
    except InputError as error:
        return {"unavailable": str(error)}
