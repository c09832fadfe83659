"""Checks on numbers that must lie in a range: class counts, feature counts, angles, scales."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmax_geometry.checks import Array, InputError, as_floats

_ROUNDING = 1e-9


def as_count(name: str, value: Any, least: int) -> int:
    """Return `value` as a whole number ≥ `least`.

    Raises
    ------
    InputError
        If it is not a whole number, or too small.

    Examples
    --------
    >>> as_count("K", 3, least=2)
    3
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(f"{name}: expected a whole number ≥ {least}, got {value!r}")
    return int(value)


def as_sizes(K: Any, H: Any) -> tuple[int, int]:
    """Return K ≥ 2 classes and H ≥ K−1 features, the sizes at which a simplex structure exists.

    Raises
    ------
    InputError
        If either is not a whole number, or too small.
    """
    K = as_count("K", K, least=2)
    H = as_count("H", H, least=1)
    if H < K - 1:
        raise InputError(f"H: expected at least K−1 = {K - 1} features for a simplex of {K} classes, got {H}")
    return K, H


def as_any_rank(name: str, value: Any) -> Array:
    """Return `value` as a finite, non-empty float64 array of whatever rank it has.

    Raises
    ------
    InputError
        If it is not numeric, ragged, empty, or holds NaN or infinity.
    """
    try:
        ndim = np.ndim(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: expected a rectangular array of numbers, got {type(value).__name__}") from error
    return as_floats(name, value, ndim=ndim).astype(np.float64)


def as_positive(name: str, value: Any) -> Array:
    """Return `value` as a float64 array of positive finite numbers, of any rank.

    Raises
    ------
    InputError
        If it is not numeric, or an entry is not positive and finite.

    Examples
    --------
    >>> as_positive("lam", 1e-3)
    array(0.001)
    """
    array = as_any_rank(name, value)
    if not (array > 0).all():
        raise InputError(f"{name}: expected positive numbers, got {array.min()}")
    return array


def as_within(name: str, value: Any, low: float, high: float) -> Array:
    """Return `value` as a float64 array in [low, high], of any rank.

    Up to 1e-9 outside is taken for rounding and clipped.

    Raises
    ------
    InputError
        If it is not numeric, or an entry is further outside.

    Examples
    --------
    >>> as_within("m", 1 + 1e-15, 0, 1)
    array(1.)
    """
    array = as_any_rank(name, value)
    outside = (array < low - _ROUNDING) | (array > high + _ROUNDING)
    if outside.any():
        raise InputError(f"{name}: expected numbers in [{low:.6g}, {high:.6g}], got {array[outside].ravel()[0]}")
    return np.asarray(np.clip(array, low, high))
