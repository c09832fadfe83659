"""Uncertainty estimators on logits, plain and in log space. Higher always means more OOD.

Every function takes logits (..., K), numpy or any array-API array (torch tensors too; the device of the input is
the device of the output), and returns one score for each row, in the floating dtype of the input. Rows are
worked through in blocks that stay in cache, so the extra memory is small beside the input. A tensor that carries a
gradient passes it on, up to 64 classes.

The plain estimators (paper eq 2) are computed from probabilities and so *saturate*: once the top probability
rounds to 1, different inputs tie. Their log-space twins give the same order in exact arithmetic and keep
ordering points at any logit margin a float can hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_compat
import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import InputError

_CPU_BLOCK = 1 << 19  # bytes: a few temporaries of this size stay in cache
_GPU_BLOCK = 1 << 28
_GONE = 1e4  # exp(-_GONE) is 0 in every dtype
_WIDE = 1e20  # a gap beside which the logarithm of all else is rounding error
_FEW_CLASSES = 64  # up to here a block is laid out class by class, so that every step runs along the rows


def U_max(logits: Any) -> Any:
    """−max σ(l), the negative softmax confidence (eq 2). In [−1, −1/K]; saturates at exactly −1.

    Accuracy: 50 eps, relative, also in float32 with its own eps.

    Raises
    ------
    InputError
        If logits have fewer than two classes, are empty, or are not finite real numbers.

    Examples
    --------
    >>> float(U_max([[0.0, 0.0]])[0])
    -0.5
    """
    return _scores(logits, lambda l, xp: -1 / xp.sum(xp.exp(l - xp.max(l, axis=0)), axis=0))


def U_entropy(logits: Any) -> Any:
    """−Σ σ log σ, the entropy of the softmax in nats (eq 2). In [0, log K].

    At gaps of about 100 in float32 and 740 in float64 the score ties at 0. (Code that clips probabilities ties much
    earlier.)

    Accuracy: (10 + gap) eps, relative, plus 1e-300, in float64; the gap is `margin`.

    Raises
    ------
    InputError
        As `U_max`.

    Examples
    --------
    >>> float(U_entropy([[0.0, 0.0]])[0])
    0.6931471805599453
    """
    return _scores(logits, _entropy)


def U_cool(logits: Any, factor: float = 0.1) -> Any:
    """`U_entropy` of the logits times 0.1, the paper's remedy for saturation (section 6, cause 1).

    The paper writes U_entropy(0.1 z); for a head with biases we scale the whole logit.

    Accuracy: (10 + 0.1 gap) eps, relative, plus 1e-300, in float64 with the default factor; the gap is `margin`.

    Raises
    ------
    InputError
        As `U_max`.
    """
    if not 0 < factor < float("inf"):
        raise InputError(f"factor: expected a positive finite number, got {factor}")
    return _scores(logits, lambda l, xp: _entropy(l, xp, factor))


def U_max_log(logits: Any) -> Any:
    """log(1 − max σ(l)): the order of `U_max` without saturation. In (−∞, log(1 − 1/K)].

    Accuracy: 50 eps max(1, |value|), also in float32 with its own eps.

    Raises
    ------
    InputError
        As `U_max`.

    Examples
    --------
    >>> U_max_log([[0.0, 50.0], [0.0, 60.0]])
    array([-50., -60.])
    """

    def log_one_minus_confidence(l: Any, xp: Any) -> Any:
        log_odds = _log_odds_against(l, xp)
        return xp.where(log_odds < 0, log_odds, 0) - xp.log1p(xp.exp(-xp.abs(log_odds)))

    return _scores(logits, log_one_minus_confidence)


def U_entropy_log(logits: Any) -> Any:
    """Log of the softmax entropy: the order of `U_entropy` without saturation. In (−∞, log log K].

    Accuracy: 50 eps max(1, |value|), also in float32 with its own eps.

    Raises
    ------
    InputError
        As `U_max`.
    """

    def log_entropy(l: Any, xp: Any) -> Any:
        first, second, lowered = _top_lowered(l, xp)
        gap = first - second
        lowered -= second
        others = xp.exp(lowered)
        mass = xp.sum(others, axis=0) - 1  # Σ_{j≠i*} exp(l_j − l_(2)) ≥ 1
        # H = log(1 + x) + Σ_{j≠i*} p_j (l_(1) − l_j) with x = mass·e^{−gap}; both terms are divided by e^{−gap}.
        x = mass * xp.exp(-gap)
        log1p_ratio = xp.where(x > 0, xp.log1p(x) / xp.where(x > 0, x, 1), 1)
        expected_drop = (gap * mass - _sum_of_products(others, lowered, xp)) / (1 + x)
        value = xp.log(mass * log1p_ratio + expected_drop) - gap
        return xp.where(gap < _WIDE, value, -gap)

    return _scores(logits, log_entropy)


def log_odds_against(logits: Any) -> Any:
    """log((1 − max σ)/max σ) = logsumexp of the other logits minus the largest; −logit of the confidence.

    The saturation-free score in which the valid region of `U_max` is a half line. In (−∞, log(K−1)].

    Accuracy: 50 eps max(1, |value|), also in float32 with its own eps.

    Raises
    ------
    InputError
        As `U_max`.
    """
    return _scores(logits, _log_odds_against)


def margin(logits: Any) -> Any:
    """M(z), the gap between the two largest logits, ≥ 0 (higher means *less* OOD: it is no uncertainty).

    The linear region is exactly {M < L}; see `softmax_geometry.regions`.

    Accuracy: half an ulp, also in float32.

    Raises
    ------
    InputError
        As `U_max`.
    """

    def gap(l: Any, xp: Any) -> Any:
        first, second, _ = _top_lowered(l, xp)
        return first - second

    return _scores(logits, gap)


def _entropy(l: Any, xp: Any, factor: float = 1.0) -> Any:
    relative = factor * (l - xp.max(l, axis=0))
    weights = xp.exp(relative)
    top = weights == 1
    # log Σ − Σ p·relative; the largest is left out of the sum, where it would drown the others
    others = xp.sum(xp.where(top, 0, weights), axis=0) + (xp.sum(xp.astype(top, l.dtype), axis=0) - 1)
    return xp.log1p(others) - _sum_of_products(weights, relative, xp) / (1 + others)


def _sum_of_products(weights: Any, relative: Any, xp: Any) -> Any:
    """Σ weights·relative over classes, where relative = −∞ with its weight 0 counts 0."""
    total = xp.sum(weights * relative, axis=0)
    return total if xp.all(xp.isfinite(total)) else xp.sum(weights * xp.clip(relative, -_GONE, 0.0), axis=0)


def _log_odds_against(l: Any, xp: Any) -> Any:
    first, second, lowered = _top_lowered(l, xp)
    lowered -= second
    others = xp.sum(xp.exp(lowered), axis=0) - 1  # Σ_{j≠i*} exp(l_j − l_(2)) ≥ 1
    return xp.log(others) + (second - first)


def _top_lowered(l: Any, xp: Any) -> tuple[Any, Any, Any]:
    """Largest and second largest logit of each column, and l with its largest entry lowered to the second.

    Relative to the second largest, the lowered entry contributes exactly exp(0) = 1 to a sum, which can be taken
    off again without cancellation.
    """
    if l.shape[0] <= _FEW_CLASSES:
        first, second = _top_two(l, xp)
        return first, second, xp.minimum(l, second)
    top, column = xp.argmax(l, axis=0), xp.arange(l.shape[1], device=array_api_compat.device(l))
    first = l[top, column]
    l[top, column] = -xp.inf
    second = xp.max(l, axis=0)
    l[top, column] = second
    return first, second, l


def _top_two(l: Any, xp: Any) -> tuple[Any, Any]:
    """Largest and second largest of each column, by a knock-out tournament of whole rows."""
    first, second = l, xp.full_like(l, -xp.inf)
    byes = []
    while first.shape[0] > 1:
        half = first.shape[0] // 2
        if first.shape[0] % 2:
            byes.append((first[-1], second[-1]))
        a, b = slice(0, half), slice(half, 2 * half)
        second = xp.maximum(xp.minimum(first[a], first[b]), xp.maximum(second[a], second[b]))
        first = xp.maximum(first[a], first[b])
    first, second = first[0], second[0]
    for bye_first, bye_second in byes:
        second = xp.maximum(xp.maximum(second, bye_second), xp.minimum(first, bye_first))
        first = xp.maximum(first, bye_first)
    return first, second


def _scores(values: Any, score: Callable[[Any, Any], Any]) -> Any:
    """Apply `score` to blocks of rows, each handed over as a (K, n) array."""
    try:
        logits: Any = values if array_api_compat.is_array_api_obj(values) else np.asarray(values)
    except ValueError as error:
        raise InputError("logits: expected a rectangular array of numbers, got a ragged list") from error
    xp = array_api_compat.array_namespace(logits)
    if logits.ndim < 1 or logits.shape[-1] < 2:
        raise InputError(f"logits: expected at least 2 classes on the last axis, got shape {tuple(logits.shape)}")
    if 0 in logits.shape:
        raise InputError(f"logits: expected at least one row, got shape {tuple(logits.shape)}")
    if not xp.isdtype(logits.dtype, ("real floating", "integral")):
        raise InputError(f"logits: expected real numbers, got dtype {logits.dtype}")
    dtype = logits.dtype if logits.dtype in (xp.float32, xp.float64) else xp.float64
    shared = None if isinstance(logits, np.ndarray) else _as_numpy(logits)
    if shared is not None:
        return xp.from_dlpack(_scores(shared, score))
    rows = xp.reshape(logits, (-1, logits.shape[-1]))
    n, K = rows.shape
    device = array_api_compat.device(rows)
    row = K * xp.finfo(dtype).bits // 8
    step = max(1, (_CPU_BLOCK if str(device) == "cpu" else _GPU_BLOCK) // row)
    out = xp.empty((n,), dtype=dtype, device=device)
    for start in range(0, n, step):
        block = xp.astype(rows[start : start + step], dtype, copy=True).T
        if K <= _FEW_CLASSES:
            block = xp.stack(list(block))
        if not xp.all(xp.isfinite(block)):
            raise InputError("logits: expected finite numbers, got NaN or infinity")
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            out[start : start + step] = score(block, xp)
    return xp.reshape(out, logits.shape[:-1])


def _as_numpy(array: Any) -> NDArray[Any] | None:
    """The array as numpy sees its memory, where it lies on the CPU and carries no gradient: there numpy is faster."""
    try:
        return np.from_dlpack(array)
    except (BufferError, RuntimeError, TypeError, ValueError, AttributeError):
        return None
