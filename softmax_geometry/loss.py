"""The regularised cross-entropy of collapsed features and its exact minimum (theorem 3 and its variants).

Minimise (1/K) Σ_i E[−log σ(z)_i | i] + λ Σ ‖w_i‖² over weights, biases and class laws whose means have
(1/K) Σ ‖μ_i‖² ≤ c_2², with H ≥ K−1. The minimum is G(c_1*), reached exactly by simplex structures of norm
c_1* with μ_i = (c_2/c_1*) w_i, equal biases, and class noise orthogonal to every w_i − w_j. It need not
vanish otherwise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy

from softmax_geometry.checks import Array, InputError
from softmax_geometry.head import Head
from softmax_geometry.ranges import as_any_rank, as_count, as_positive
from softmax_geometry.roots import bracketed_root


def regularised_loss(weight: Any, means: Any, lam: float, bias: Any = None) -> float:
    """(1/K) Σ_i −log σ(W μ_i + b)_i + λ Σ ‖w_i‖² when class i sits at μ_i, row i of `means` (K, H) (eq 36).

    Accuracy: (10 + 2 gap) eps, relative, for K = 2 and λ = 0, with the gap between the logits.

    Raises
    ------
    InputError
        If the shapes disagree, an entry is not finite, or λ < 0.

    Examples
    --------
    >>> round(regularised_loss([[1.0], [-1.0]], [[1.0], [-1.0]], lam=0.0), 4)
    0.1269
    """
    head = Head(weight, bias)
    means = head.features(means, name="means")
    if len(means) != head.K:
        raise InputError(f"means: expected {head.K} rows, one for each class, got {len(means)}")
    if not lam >= 0:
        raise InputError(f"lam: expected a number ≥ 0, got {lam!r}")
    logits = head.logits(means)
    against = logits - np.diagonal(logits)[:, None]
    np.fill_diagonal(against, -np.inf)
    cross_entropy = np.mean(np.logaddexp(0, scipy.special.logsumexp(against, axis=1)))
    return float(cross_entropy + np.sum((np.sqrt(lam) * head.weight) ** 2))


def loss_bound(c1: Any, c2: Any, lam: Any, K: int) -> Array:
    """G(c_1) = log(1 + (K−1)e^{−x}) + λ K c_1², x = K c_1 c_2/(K−1): the least loss at weight norm c_1.

    Strictly convex in c_1. Arguments broadcast.

    Accuracy: (10 + 2x) eps, relative.

    Raises
    ------
    InputError
        If c_1 < 0, c_2 or λ is not positive, or K < 2.

    Examples
    --------
    >>> loss_bound([0.0, 1.0], 3.0, 1e-3, K=4).round(4)
    array([1.3863, 0.0575])
    """
    K = as_count("K", K, least=2)
    c1 = as_any_rank("c1", c1)
    if (c1 < 0).any():
        raise InputError(f"c1: expected numbers ≥ 0, got {c1.min()}")
    c2, lam = as_positive("c2", c2), as_positive("lam", lam)
    return np.logaddexp(0, np.log(K - 1) - K / (K - 1) * c1 * c2) + lam * c1 * c1 * K


def optimal_scale(c2: Any, lam: Any, K: int) -> Array:
    """c_1* > 0, the one minimiser of `loss_bound`: the root of 2 λ c_1 (e^x + K−1) = c_2 (theorem 3).

    Solved for log x to a relative tolerance of 1e-14; arguments broadcast.

    Accuracy: 1e-14 |log x| + 8 eps (4 + |log x| + |log λ| + 2 |log c_2|), relative.

    Raises
    ------
    InputError
        If c_2 or λ is not positive, or K < 2.
    RootError
        If the root is not found; it carries the last estimate of log x.

    Examples
    --------
    >>> optimal_scale([3.0, 6.0], 1e-3, K=10).round(3)
    array([1.985, 1.176])
    """
    K = as_count("K", K, least=2)
    c2, lam = np.broadcast_arrays(as_positive("c2", c2), as_positive("lam", lam))
    slope = K / (K - 1) * c2
    target = np.log(slope) + np.log(c2) - np.log(2 * lam)

    def excess(log_x: Array, target: Array) -> Array:
        return log_x + np.logaddexp(np.exp(log_x), np.log(K - 1)) - target

    # log x + log(e^x + K−1) = target, where log(e^x + K−1) ≥ max(log K, x)
    high = np.minimum(target - np.log(K), np.log(np.maximum(target, 1)))
    low = target - np.logaddexp(np.exp(high), np.log(K - 1))
    return np.exp(bracketed_root(excess, low - 1, high + 1, args=(target,))) / slope


def optimal_confidence(c2: Any, lam: Any, K: int) -> Array:
    """P* = 1/(1 + (K−1)e^{−x}) at c_1*: the confidence of every class mean at the minimum of theorem 3.

    Accuracy: 20 eps + 2x times that of `optimal_scale`, relative.

    Raises
    ------
    InputError, RootError
        As `optimal_scale`.

    Examples
    --------
    >>> optimal_confidence([3.0, 6.0], 1e-3, K=10).round(4)
    array([0.9881, 0.9965])
    """
    return scipy.special.expit(K / (K - 1) * optimal_scale(c2, lam, K) * as_positive("c2", c2) - np.log(K - 1))


class PenalisedOptimum(NamedTuple):
    """Minimum of the loss with both penalties: logit gap x, norms c_1 and c_2, confidence and loss."""

    gap: float
    weight_norm: float
    mean_norm: float
    confidence: float
    loss: float


def feature_penalty_optimum(lam1: float, lam2: float, K: int) -> PenalisedOptimum:
    """Minimum of (1/K) Σ −log σ_i + λ_1 Σ ‖w_i‖² + λ_2 Σ ‖μ_i‖², no constraint on the means (theorem 3.2).

    x* = log(1/(2√(λ_1λ_2)) − K + 1), reached by the simplex with μ_i parallel to w_i. Complete collapse to W
    = μ = 0 iff 2K√(λ_1λ_2) ≥ 1.

    Accuracy: 20 eps (1 + 1/gap), relative, of gap and weight norm.

    Raises
    ------
    InputError
        If a penalty is not positive or K < 2.

    Examples
    --------
    >>> feature_penalty_optimum(0.3, 0.3, K=2)
    PenalisedOptimum(gap=0.0, weight_norm=0.0, mean_norm=0.0, confidence=0.5, loss=0.6931471805599453)
    """
    K = as_count("K", K, least=2)
    lam1, lam2 = float(as_positive("lam1", lam1)), float(as_positive("lam2", lam2))
    root = np.sqrt(lam1) * np.sqrt(lam2)
    gap = float(np.log(max(1.0, 1 / (2 * root) - K + 1)))
    product = (K - 1) / K * gap
    return PenalisedOptimum(
        gap=gap,
        weight_norm=float(np.sqrt(product) * (lam2**0.25 / lam1**0.25)),
        mean_norm=float(np.sqrt(product) * (lam1**0.25 / lam2**0.25)),
        confidence=float(scipy.special.expit(gap - np.log(K - 1))),
        loss=float(np.logaddexp(0, np.log(K - 1) - gap) + 2 * (K - 1) * root * gap),
    )


def relu_optimum(c2: float, lam: float, K: int) -> tuple[Array, Array]:
    """Weights and means (K, K), each row a class, that minimise the loss when features cannot be negative.

    Definition 2's μ_i = c_3 w_i is impossible for means ≥ 0. With H ≥ K the best means are orthogonal with
    disjoint supports, the weights a simplex along μ_i − μ̄, so cos(w_i, μ_i) = √((K−1)/K) (theorem 3.3). The
    loss is that of theorem 3 with c_2√((K−1)/K) in place of c_2.

    Raises
    ------
    InputError, RootError
        As `optimal_scale`.

    Examples
    --------
    >>> weight, means = relu_optimum(3.0, 1e-3, K=2)
    >>> weight.round(3), means
    (array([[ 1.089, -1.089],
           [-1.089,  1.089]]), array([[3., 0.],
           [0., 3.]]))
    """
    K = as_count("K", K, least=2)
    c2 = float(as_positive("c2", c2))
    shrink = np.sqrt((K - 1) / K)
    scale = float(optimal_scale(c2 * shrink, lam, K))
    return scale / shrink * (np.eye(K) - 1 / K), c2 * np.eye(K)
