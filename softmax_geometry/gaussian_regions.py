"""Thresholds and masses when in-distribution features are one Gaussian for each class.

In class i the logits are Gaussian with mean W μ_i + b and covariance W Σ_i Wᵀ, so everything happens in K
dimensions whatever H is, and a singular Σ_i is no obstacle.

* K = 2: exact, by `softmax_geometry.two_class`.
* K > 2: thresholds by randomised quasi-Monte Carlo in logit space, with their standard error; the mass of the
  linear region by orthant probabilities of the logit gaps as well, the mass of the others by the same sampling.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from softmax_geometry.checks import Array, InputError, as_epsilon
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.thresholds import Estimator, Threshold, log_score
from softmax_geometry.two_class import mass_within, two_class_margins, two_class_offset

_REPLICATES = 16  # independent scramblings of the Sobol points; their spread is the standard error


class Mass(NamedTuple):
    """A probability and the standard error of its computation (0 where exact to rounding)."""

    value: float
    standard_error: float


def gaussian_threshold(
    head: Head,
    gaussians: ClassGaussians,
    epsilon: float = 0.05,
    estimator: Estimator = "U_max",
    n: int | None = None,
    rng: np.random.Generator | int | None = 0,
) -> Threshold:
    """The threshold at which a share ε of the class Gaussians lies in the valid region (corollary 1.1, eq 19).

    Exact for K = 2 if both classes vary across the boundary; otherwise the mean, over 16 scramblings of n Sobol points
    for each class (n rounded up to a power of two; by default about 130,000 in all), of the quantile of the score,
    with its standard error.

    Raises
    ------
    InputError
        If head and Gaussians disagree in K or H, ε is outside (0, 1), or the estimator is unknown.

    Examples
    --------
    >>> head = Head([[1.0], [-1.0]])
    >>> clusters = ClassGaussians([[1.0], [-1.0]], [[[0.25]], [[0.25]]])
    >>> round(gaussian_threshold(head, clusters).margin, 9)  # g is N(±2, 1)
    0.425190254
    """
    exact_epsilon = as_epsilon(epsilon)
    score = log_score(estimator)
    _check_fit(head, gaussians)
    if head.K == 2:
        means, stds = two_class_margins(head, gaussians)
        if (stds > 0).all():
            L = float(two_class_offset(means, stds, gaussians.priors, float(exact_epsilon)))
            return Threshold(estimator, epsilon, float(score(np.array([[L, 0.0]]))[0]), "gaussian")
    quantiles = np.array(
        [
            _weighted_quantile(score(logits), weights, 1 - float(exact_epsilon))
            for logits, weights in _draws(head, gaussians, n, rng)
        ]
    )
    error = float(quantiles.std(ddof=1) / np.sqrt(len(quantiles)))
    return Threshold(estimator, epsilon, float(quantiles.mean()), "gaussian", error)


def gaussian_mass(
    head: Head,
    gaussians: ClassGaussians,
    threshold: Threshold,
    n: int | None = None,
    rng: np.random.Generator | int | None = 1,
) -> Mass:
    """Probability that a point of the class Gaussians lies in the valid region of a threshold.

    The Gaussians may describe any population (training, test, OOD), with any number of components. Exact for K = 2
    with two components that vary across the boundary, orthant probabilities for "margin", otherwise randomised
    quasi-Monte Carlo with its standard error.

    Raises
    ------
    InputError
        If head and Gaussians disagree in the number of features.
    """
    if head.H != gaussians.H:
        raise InputError(f"gaussians: expected {head.H} features, as the head has, got {gaussians.H}")
    if head.K == 2 and gaussians.K == 2:
        means, stds = two_class_margins(head, gaussians)
        if (stds > 0).all():
            return Mass(float(mass_within(max(threshold.margin, 0.0), means, stds, gaussians.priors)), 0.0)
    if threshold.estimator == "margin":
        return margin_mass(head, gaussians, threshold.margin)
    score = log_score(threshold.estimator)
    shares = [
        float(weights @ (score(logits) > threshold.log_score)) for logits, weights in _draws(head, gaussians, n, rng)
    ]
    return Mass(float(np.mean(shares)), float(np.std(shares, ddof=1) / np.sqrt(len(shares))))


def margin_mass(head: Head, gaussians: ClassGaussians, L: float, tolerance: float = 1e-6) -> Mass:
    """P(M < L) = 1 − Σ_i π_i Σ_j P(l_j − l_k > L for all k ≠ j | component i), for L ≥ 0.

    Each term is a (K−1)-dimensional Gaussian orthant probability (`scipy.stats.multivariate_normal.cdf`); a term
    whose smallest one-dimensional marginal is below tolerance/K² is bounded by it and left out. From two dimensions on
    each is the mean of 16 independent runs, whose spread is the standard error.

    Raises
    ------
    InputError
        If head and Gaussians disagree in the number of features.

    Examples
    --------
    >>> head = Head(np.eye(3))
    >>> clusters = ClassGaussians(4 * np.eye(3), np.stack([np.eye(3)] * 3))
    >>> margin_mass(head, clusters, L=0.0).value
    0.0
    """
    if head.H != gaussians.H:
        raise InputError(f"gaussians: expected {head.H} features, as the head has, got {gaussians.H}")
    if L <= 0:
        return Mass(0.0, 0.0)
    outside, spread = 0.0, 0.0
    for i, mean, covariance in _gap_laws(head, gaussians):
        term, error = _orthant(mean - L, covariance, tolerance / head.K**2)
        outside += gaussians.priors[i] * term
        spread += (gaussians.priors[i] * error) ** 2
    return Mass(float(min(max(1 - outside, 0.0), 1.0)), float(np.sqrt(spread)))


def _gap_laws(head: Head, gaussians: ClassGaussians) -> Iterator[tuple[int, Array, Array]]:
    """For each component i and each winner j: i, and mean and covariance of the K−1 gaps l_j − l_k."""
    for i in range(gaussians.K):
        for j in range(head.K):
            others = np.arange(head.K) != j
            directions = head.weight[j] - head.weight[others]
            mean = directions @ gaussians.means[i] + head.bias[j] - head.bias[others]
            yield i, mean, directions @ gaussians.covariances[i] @ directions.T


def _orthant(mean: Array, covariance: Array, negligible: float) -> tuple[float, float]:
    """P(X > 0 in every coordinate) for X ~ N(mean, covariance), and the error of its computation."""
    from scipy.special import ndtr
    from scipy.stats import multivariate_normal

    stds = np.sqrt(np.clip(np.diagonal(covariance), 0, None))
    fixed = stds <= 1e-12 * max(stds.max(), np.abs(mean).max())
    if (mean[fixed] <= 0).any():
        return 0.0, 0.0
    mean, covariance, stds = mean[~fixed], covariance[np.ix_(~fixed, ~fixed)], stds[~fixed]
    if not len(mean):
        return 1.0, 0.0
    marginals = ndtr(mean / stds)
    if marginals.min() < negligible:
        return 0.0, float(marginals.min())
    correlation = covariance / np.outer(stds, stds)
    values = [
        multivariate_normal.cdf(
            mean / stds, cov=correlation, allow_singular=True, abseps=1e-7, releps=1e-7, maxpts=8_000, rng=rng
        )
        for rng in np.random.default_rng(0).spawn(_REPLICATES if len(mean) > 1 else 1)
    ]
    return float(np.mean(values)), float(np.std(values) / np.sqrt(max(1, len(values) - 1)))


def _draws(
    head: Head, gaussians: ClassGaussians, n: int | None, rng: np.random.Generator | int | None
) -> Iterator[tuple[Array, Array]]:
    """Replicates of stratified draws: logits (components·n, K) and the weight of each row."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    if n is not None and n < 1:
        raise InputError(f"n: expected at least 1 point for each class, got {n}")
    rng = np.random.default_rng(rng)
    n = max(256, 1 << (17 - (gaussians.K - 1).bit_length())) if n is None else 1 << (n - 1).bit_length()
    centred = head.centred()
    roots = []
    for i in range(gaussians.K):
        with np.errstate(over="ignore", invalid="ignore"):
            covariance = centred.weight @ gaussians.covariances[i] @ centred.weight.T
        if not np.isfinite(covariance).all():
            raise InputError(f"gaussians: expected logits of finite variance, got an overflow in class {i}")
        values, vectors = np.linalg.eigh(covariance)
        roots.append((vectors * np.sqrt(np.clip(values, 0, None))).T)
    means = gaussians.means @ centred.weight.T + centred.bias
    weights = np.repeat(gaussians.priors / n, n)
    for _ in range(_REPLICATES):
        blocks = []
        for mean, root in zip(means, roots, strict=True):
            points = qmc.Sobol(head.K, rng=rng).random(n)
            normal = ndtri(np.clip(points, 2.0**-53, 1 - 2.0**-53))
            blocks.append(mean + normal @ root)
        yield np.concatenate(blocks), weights


def _weighted_quantile(scores: Array, weights: Array, level: float) -> float:
    """max{u : P(U < u) ≤ level} for scores with weights that sum to one."""
    order = np.argsort(scores)
    below = np.cumsum(weights[order]) - weights[order]
    return float(scores[order[np.searchsorted(below, level, side="right") - 1]])


def _check_fit(head: Head, gaussians: ClassGaussians) -> None:
    if (head.K, head.H) != (gaussians.K, gaussians.H):
        raise InputError(
            f"gaussians: expected K={head.K} classes and H={head.H} features, as the head has, "
            f"got K={gaussians.K} and H={gaussians.H}"
        )
