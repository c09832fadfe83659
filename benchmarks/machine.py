"""How fast this machine moves memory and multiplies matrices, measured: the floor under every other time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.timing import medians

_COPIED = 2**28  # bytes: far more than any cache holds
_SIDE = 2048


@dataclass(frozen=True)
class Machine:
    """Measured rates.

    Attributes
    ----------
    bandwidth : bytes read and written per second by a copy of a large array
    matrix_rate : floating-point operations per second of a product of square matrices, for each dtype
    """

    bandwidth: float
    matrix_rate: dict[str, float]

    def seconds(self, moved: float = 0, operations: float = 0, dtype: str = "float64") -> float:
        """The least time for so many bytes read or written and operations of matrix products, done at once."""
        return max(moved / self.bandwidth, operations / self.matrix_rate[dtype])


@cache
def this_machine() -> Machine:
    """The CPU's rates, with as many threads as numpy takes."""
    source = np.ones(_COPIED // 8)
    target = np.empty_like(source)
    (copying,) = medians(lambda: np.copyto(target, source))
    rates = {}
    for dtype in ("float32", "float64"):
        a = np.ones((_SIDE, _SIDE), dtype)
        (product,) = medians(lambda a=a: a @ a)
        rates[dtype] = 2 * _SIDE**3 / product
    return Machine(2 * _COPIED / copying, rates)
