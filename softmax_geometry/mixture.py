"""Expectation maximisation of a mixture of Gaussians with full covariances, in float64.

The steps are scikit-learn's (`GaussianMixture`, started from k-means) and give its parameters, up to rounding. Three
things make it faster: triangular matrices are multiplied as such, a covariance as the product of a matrix with its own
transpose, and points that a component is responsible for with weight exactly zero are left out of its sums; in many
dimensions those are nearly all.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import scipy

from softmax_geometry.checks import Array, InputError

_ITERATIONS = 100
_TOLERANCE = 1e-3  # nats a point: the least gain for which EM goes on
_BLOCK = 1 << 21  # entries of a block of rows


def fit_mixture(z: Array, n_components: int, reg_covar: float, seed: int) -> tuple[Array, Array, Array]:
    """Weights (K,), means (K, H) and covariances (K, H, H) of a mixture fitted to z (N, H) by EM.

    It stops when the mean log-likelihood gains less than 0.001 nats in an iteration, and warns when it has not come
    so far after 100.

    Raises
    ------
    InputError
        If a covariance cannot be factored; the message names the component.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = np.concatenate([rng.normal(-5, 1, (500, 1)), rng.normal(5, 2, (1500, 1))])
    >>> weights, means, _ = fit_mixture(z, n_components=2, reg_covar=0.0, seed=0)
    >>> sorted(weights.round(2).tolist())
    [0.25, 0.75]
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    state = np.random.RandomState(seed)
    labels = KMeans(n_components, n_init=1, random_state=state).fit(z).labels_
    weights, means, covariances = _maximisation(z, np.eye(n_components)[labels], reg_covar)
    likelihood = -math.inf
    for _ in range(_ITERATIONS):
        before = likelihood
        likelihood, responsibilities = _expectation(z, weights, means, covariances)
        weights, means, covariances = _maximisation(z, responsibilities, reg_covar)
        if abs(likelihood - before) < _TOLERANCE:
            break
    else:
        warnings.warn(f"EM did not converge in {_ITERATIONS} iterations", ConvergenceWarning, stacklevel=2)
    return weights, means, covariances


def cholesky_factor(i: int, covariance: Array) -> Array:
    """Lower Cholesky factor of component i; pivots that are all rounding error count as failure.

    Raises
    ------
    InputError
        If there is none.
    """
    variances = np.diagonal(covariance)
    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        factor = np.zeros_like(covariance)
    if not (np.diagonal(factor) ** 2 > len(covariance) * np.finfo(np.float64).eps * np.abs(variances)).all():
        raise InputError(
            f"covariances: expected positive definite ones, but component (class) {i} cannot be factored: "
            f"raise reg_covar (smallest variance: {variances.min():.3g}), or use fewer features or components"
        )
    return factor


def _expectation(z: Array, weights: Array, means: Array, covariances: Array) -> tuple[float, Array]:
    """Mean log-likelihood of the points, and responsibilities (N, K)."""
    from scipy.linalg import solve_triangular
    from scipy.linalg.blas import dtrmm

    (N, H), K = z.shape, len(weights)
    log_terms = np.empty((N, K))
    step = max(1, _BLOCK // H)
    for i in range(K):
        factor = cholesky_factor(i, covariances[i])
        inverse = np.asfortranarray(solve_triangular(factor, np.eye(H), lower=True))
        log_peak = math.log(weights[i]) - H * math.log(2 * math.pi) / 2 - np.log(np.diagonal(factor)).sum()
        for start in range(0, N, step):
            whitened = dtrmm(1.0, inverse, (z[start : start + step] - means[i]).T, lower=1, overwrite_b=1)
            log_terms[start : start + step, i] = log_peak - np.einsum("hn,hn->n", whitened, whitened) / 2
    log_density = scipy.special.logsumexp(log_terms, axis=1)
    return float(log_density.mean()), np.exp(log_terms - log_density[:, None])


def _maximisation(z: Array, responsibilities: Array, reg_covar: float) -> tuple[Array, Array, Array]:
    """Weights, means and covariances that fit the responsibilities (N, K) best."""
    K, H = responsibilities.shape[1], z.shape[1]
    counts = responsibilities.sum(axis=0) + 10 * np.finfo(np.float64).eps
    means, covariances = np.empty((K, H)), np.empty((K, H, H))
    step = max(1, _BLOCK // H)
    for i in range(K):
        mine = np.flatnonzero(responsibilities[:, i])
        share = responsibilities[mine, i]
        means[i] = sum(share[s : s + step] @ z[mine[s : s + step]] for s in range(0, len(mine), step)) / counts[i]
        covariances[i] = reg_covar * np.eye(H)
        for start in range(0, len(mine), step):
            block = z[mine[start : start + step]] - means[i]
            block *= np.sqrt(share[start : start + step])[:, None]
            covariances[i] += block.T @ block / counts[i]
    return counts / counts.sum(), means, covariances
