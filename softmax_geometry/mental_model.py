"""The paper's mental model (eq 7, proposition 6) and the corrected one. Higher always means more OOD.

Eq 7 sets every non-maximal cosine to −1/(K−1). Under the simplex structure cosines sum to 0, so that forces
max cos = 1: the model is exact only there, and overstates the confidence elsewhere (theorem 6.1). Sharing the
remaining −max cos equally instead is exact whenever the competitors tie, bounds the confidence of any head,
and orders points as MaxLogit does (theorem 6.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from softmax_geometry.angles import max_cosine
from softmax_geometry.checks import Array, InputError
from softmax_geometry.head import Head
from softmax_geometry.ranges import as_any_rank, as_count, as_positive, as_within


def mental_model(norms: Any, cosines: Any, K: int, c: float = 1.0) -> Array:
    """−1/(1 + (K−1) exp(−c‖z‖(1/(K−1) + max cos))): eq 7 and 93 as printed for c = 1, minus eq 92 otherwise.

    Accuracy: (10 + 4 c‖z‖) eps, relative.

    Parameters
    ----------
    norms : array of ‖z‖ ≥ 0
    cosines : array of max_i cos(z, w_i) in [−1, 1], the range the paper states (attained: [0, 1] if H ≥ K,
        [1/(K−1), 1] if H = K−1); broadcasts with `norms`
    K : classes
    c : the common weight norm

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> mental_model([0.0, 0.0], 1.0, K=4)
    array([-0.25, -0.25])
    """
    return -scipy.special.expit(_mental_log_odds(norms, cosines, K, c))


def U_max_mental(head: Head, z: Any, c: float = 1.0) -> Array:
    """`mental_model` of features z (N, H), with norms ‖z‖ and max cosines in the centred gauge; shape (N,).

    With c the weight norm of a bias-free simplex head it is at most `U_max`, with equality iff max cos = 1:
    the model is never too uncertain (theorem 6.1). The order of points does not depend on c. Saturates at −1.

    Raises
    ------
    InputError
        If z does not fit the head or has a zero row, a weight row equals the mean row, or c is not positive.

    Examples
    --------
    >>> from softmax_geometry.structure import simplex
    >>> U_max_mental(Head(simplex(3)), simplex(3)).round(4)
    array([-0.6914, -0.6914, -0.6914])
    """
    z = head.features(z)
    return mental_model(np.linalg.norm(z, axis=1), max_cosine(head, z), head.K, c)


def U_max_mental_log(head: Head, z: Any, c: float = 1.0) -> Array:
    """log(1 + U_max_mental): the same order without saturation, as `estimators.U_max_log` is to `U_max`.

    Raises
    ------
    InputError
        As `U_max_mental`.
    """
    z = head.features(z)
    return scipy.special.log_expit(-_mental_log_odds(np.linalg.norm(z, axis=1), max_cosine(head, z), head.K, c))


def U_max_corrected(logits: Any) -> Array:
    """−1/(1 + (K−1) exp(−K/(K−1) (max l − mean l))) of logits (..., K), shape (...) (theorem 6.2).

    At most `U_max` for every head, bias or not (Jensen), and equal to it iff all competitors of the top class
    tie. The order is that of `max_logit`.

    Accuracy: 50 eps (1 + max |l|), for logits in C order.

    Raises
    ------
    InputError
        If logits have fewer than two classes, are empty, or are not finite real numbers.

    Examples
    --------
    >>> U_max_corrected([[2.0, -1.0, -1.0], [2.0, 1.0, -3.0]]).round(4)
    array([-0.9094, -0.9094])
    """
    logits = _logits(logits)
    K = logits.shape[-1]
    return -scipy.special.expit(-K / (K - 1) * max_logit(logits) - np.log(K - 1))


def max_logit(logits: Any) -> Array:
    """Minus the largest centred logit, mean l − max l ≤ 0, of logits (..., K), shape (...). More is more OOD.

    MaxLogit in the gauge Σ l_i = 0; unlike the raw largest logit it is a function of the classifier.

    Accuracy: 10 eps, relative, plus 5e-324, for logits in C order.

    Raises
    ------
    InputError
        As `U_max_corrected`.

    Examples
    --------
    >>> max_logit([[3.0, 0.0, 0.0]])
    array([-2.])
    """
    logits = _logits(logits)
    with np.errstate(over="ignore"):
        return np.asarray(np.mean(logits - np.max(logits, axis=-1, keepdims=True), axis=-1))


def _mental_log_odds(norms: Any, cosines: Any, K: int, c: float) -> Array:
    K = as_count("K", K, least=2)
    norms = as_any_rank("norms", norms)
    if (norms < 0).any():
        raise InputError(f"norms: expected numbers ≥ 0, got {norms.min()}")
    cosines = as_within("cosines", cosines, -1, 1)
    return as_positive("c", c) * norms * (1 / (K - 1) + cosines) - np.log(K - 1)


def _logits(logits: Any) -> Array:
    logits = as_any_rank("logits", logits)
    if logits.ndim < 1 or logits.shape[-1] < 2:
        raise InputError(f"logits: expected at least 2 classes on the last axis, got shape {logits.shape}")
    return logits
