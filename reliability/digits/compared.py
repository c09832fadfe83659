"""What a check of digits compares, at 60 digits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from softmax_geometry import InputError

MP = mpmath.MPContext()
MP.dps = 60
EPS = 2.0**-52
LARGEST = MP.mpf(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Case:
    """A number that the software gave, the exact one, and the error that the stated bound allows."""

    got: float
    exact: Any
    allowed: Any

    @property
    def error(self) -> float:
        """Error in units of the allowed one; infinite for NaN and for a wrong infinity."""
        if np.isnan(self.got) or np.isinf(self.got):
            overflows = np.isinf(self.got) and self.got * self.exact > 0 and abs(self.exact) >= LARGEST
            return 0.0 if overflows else np.inf
        off = abs(MP.mpf(float(self.got)) - self.exact)
        return float(off / self.allowed) if off else 0.0

    @property
    def digits(self) -> float:
        """Correct decimal digits, 0 to 16."""
        if not self.error:
            return 16.0
        if np.isinf(self.error) or not self.exact:
            return 0.0
        off = abs(MP.mpf(float(self.got)) - self.exact) / abs(self.exact)
        return float(min(16, max(0, -MP.log10(off)))) if off else 16.0


@dataclass(frozen=True)
class Check:
    """The stated accuracy of some public functions, and cases that try it.

    Attributes
    ----------
    functions : names, such as "U_max" or "LinearRegion.widths"
    inputs : what the cases range over
    bound : the stated bound, in words
    cases : given a generator and a size (1 for a quick look), the cases
    fails : why the bound is not met, where that is known
    """

    functions: tuple[str, ...]
    inputs: str
    bound: str
    cases: Callable[[np.random.Generator, int], Iterator[Case]]
    fails: str = ""


def exact(values: Any) -> Any:
    """Floats as numbers of 60 digits, in nested lists."""
    return [exact(v) for v in values] if np.ndim(values) else MP.mpf(float(values))


def dot(a: Any, b: Any) -> Any:
    return MP.fsum(x * y for x, y in zip(a, b, strict=True))


def normal(x: Any) -> Any:
    """Φ(x)."""
    return MP.erfc(-x / MP.sqrt(2)) / 2


def attempt(compute: Callable[[], Any]) -> Any:
    """The result, or None where the software refuses or warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return compute()
        except (InputError, RuntimeError, RuntimeWarning):
            return None
