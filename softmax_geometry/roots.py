"""Bracketed roots of many equations at once, with an error that still gives the number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from softmax_geometry.checks import Array

RELATIVE_TOLERANCE = 1e-14
ABSOLUTE_TOLERANCE = 1e-16


class RootError(RuntimeError):
    """A root was not found to the stated tolerance; `estimate` holds the last iterate of every equation."""

    def __init__(self, message: str, estimate: Array) -> None:
        super().__init__(message)
        self.estimate = estimate


def bracketed_root(
    function: Callable[..., Array],
    low: Any,
    high: Any,
    args: tuple[Any, ...] = (),
    absolute: float = ABSOLUTE_TOLERANCE,
) -> Array:
    """Root of `function(x, *args)` between low and high, elementwise over the broadcast of all arguments.

    Chandrupatla's method to a relative tolerance of 1e-14 in x, or an absolute one, of 1e-16 unless told otherwise.

    Raises
    ------
    RootError
        If an equation has no sign change in its bracket or does not converge; `.estimate` carries the last
        iterate.

    Examples
    --------
    >>> bracketed_root(lambda x, a: x * x - a, 0.0, 4.0, args=([4.0, 9.0],))
    array([2., 3.])
    """
    from scipy.optimize.elementwise import find_root

    low, high, *arrays = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (low, high, *args)))
    result = find_root(
        function,
        (low, high),
        args=tuple(arrays),
        tolerances={"xatol": absolute, "xrtol": RELATIVE_TOLERANCE, "fatol": 0, "frtol": 0},
        maxiter=200,
    )
    if not np.all(result.success):
        missing = np.count_nonzero(~np.asarray(result.success))
        raise RootError(f"no root to relative tolerance {RELATIVE_TOLERANCE} in {missing} equation(s)", result.x)
    return np.asarray(result.x)
