"""Checks on input: one clear sentence that names the argument, what was expected and what came."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class InputError(ValueError):
    """Bad input; its message names the argument, what was expected and what came.

    The command line prints the message and exits with code 2.
    """


def readable(text: object, longest: int = 300) -> str:
    r"""The first line of a text from outside, for a message: no control characters, and not too long.

    Examples
    --------
    >>> readable("red: \x1b[31m, and\na second line")
    'red: \\x1b[31m, and'
    """
    line = (str(text).splitlines() or [""])[0]
    return printable(line if len(line) <= longest else f"{line[:longest]}…")


def printable(text: str) -> str:
    """The text on one line, with control characters escaped so that a terminal does not obey them."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def as_floats(name: str, value: Any, ndim: int) -> Array:
    """Return `value` as a finite, non-empty float array of rank `ndim`.

    float32 and float64 are kept as they are; integers and float16 become float64.

    Raises
    ------
    InputError
        If `value` is not numeric, has another rank, is empty, or holds NaN or infinity.

    Examples
    --------
    >>> as_floats("z", [[1, 2]], ndim=2)
    array([[1., 2.]])
    >>> as_floats("z", [1, 2], ndim=2)
    Traceback (most recent call last):
    softmax_geometry.checks.InputError: z: expected an array of rank 2, got shape (2,)
    """
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:  # the last two: a torch tensor that numpy cannot see
        got = type(value).__name__ + ("" if isinstance(error, ValueError) else f" ({readable(error)})")
        raise InputError(f"{name}: expected a rectangular array of numbers, got {got}") from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{name}: expected real numbers, got dtype {array.dtype}")
    if array.ndim != ndim:
        raise InputError(f"{name}: expected an array of rank {ndim}, got shape {array.shape}")
    if array.size == 0:
        raise InputError(f"{name}: expected at least one entry, got shape {array.shape}")
    if array.dtype not in (np.float32, np.float64):
        with np.errstate(over="ignore", invalid="ignore"):
            array = array.astype(np.float64)
    if not _finite_sum(array) and not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(f"{name}: expected finite numbers, got {array[where]} at index {where}")
    return array


def _finite_sum(array: Array) -> bool:
    """Whether the sum is finite, which no array with NaN or infinity has; needs no memory."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(array.sum()))


def as_labels(name: str, value: Any, n: int, K: int) -> NDArray[np.int64]:
    """Return `value` as (n,) integer labels in 0..K−1.

    Raises
    ------
    InputError
        If the length is not `n`, an entry is not a whole number, or a label is outside 0..K−1.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(f"{name}: expected {n} labels, got a ragged list") from error
    except (TypeError, RuntimeError) as error:  # a torch tensor that numpy cannot see
        raise InputError(f"{name}: expected {n} labels, got {type(value).__name__} ({readable(error)})") from error
    if array.shape != (n,):
        raise InputError(f"{name}: expected {n} labels, got shape {array.shape}")
    if array.dtype.kind not in "iuf" or not np.all(array == np.floor(array)):
        raise InputError(f"{name}: expected whole numbers, got dtype {array.dtype}")
    if array.min() < 0 or array.max() >= K:
        raise InputError(f"{name}: expected labels in 0..{K - 1}, got {array.min()}..{array.max()}")
    return array.astype(np.int64)


def as_symmetric(name: str, value: Any, K: int, H: int) -> Array:
    """Return `value` as (K, H, H) float64 matrices, each symmetric to eight digits of its largest entry.

    Raises
    ------
    InputError
        If the shape is another, an entry is not finite, or a matrix is not symmetric.
    """
    array = as_floats(name, value, ndim=3).astype(np.float64)
    if array.shape != (K, H, H):
        raise InputError(f"{name}: expected shape {(K, H, H)}, got {array.shape}")
    scale = np.abs(array).max(axis=(1, 2), keepdims=True)
    if (np.abs(array - array.transpose(0, 2, 1)) > 1e-8 * scale).any():
        raise InputError(f"{name}: expected symmetric matrices")
    return array


def as_epsilon(epsilon: float, name: str = "epsilon") -> Fraction:
    """Return ε in (0, 1) as the exact decimal the caller wrote, so that n(1−ε) has no rounding error.

    Raises
    ------
    InputError
        If ε is not a number strictly between 0 and 1.

    Examples
    --------
    >>> as_epsilon(0.07)
    Fraction(7, 100)
    """
    try:
        exact = Fraction(str(float(epsilon)))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name}: expected a number in (0, 1), got {epsilon!r}") from error
    if not 0 < exact < 1:
        raise InputError(f"{name}: expected a number in (0, 1), got {epsilon!r}")
    return exact
