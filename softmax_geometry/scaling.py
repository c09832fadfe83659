"""Norms that neither overflow nor vanish on the way."""

from __future__ import annotations

import numpy as np

from softmax_geometry.checks import Array


def power_of_two(values: Array) -> float:
    """The power of two just above the largest magnitude (1 if all are 0): to divide by it costs no digit.

    Examples
    --------
    >>> power_of_two(np.array([-5.0, 3.0]))
    8.0
    """
    exponent = int(np.frexp(max(values.max(), -values.min()))[1])
    return float(np.ldexp(1.0, min(max(exponent, -1022), 1023)))


def row_norms(rows: Array) -> Array:
    """‖row‖ of rows (N, H), shape (N,): relative error at most (H + 4) eps, at any magnitude that is not subnormal.

    Examples
    --------
    >>> row_norms(np.array([[3e200, 4e200], [0.0, 0.0]]))
    array([5.e+200, 0.e+000])
    """
    with np.errstate(over="ignore", under="ignore"):
        squares = np.einsum("nh,nh->n", rows, rows)
    norms = np.sqrt(squares)
    extreme = ~((squares > 1e-280) & (squares < 1e280))
    if extreme.any():
        some = rows[extreme]
        exponents = np.frexp(np.abs(some).max(axis=1))[1]
        scales = np.ldexp(1.0, np.clip(exponents, -1022, 1023))
        norms[extreme] = scales * np.linalg.norm(some / scales[:, None], axis=1)
    return norms
