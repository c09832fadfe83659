"""Expectation maximisation of a mixture of Gaussians with full covariances, in float64.

The steps are scikit-learn's (`GaussianMixture`, started from k-means) and give its parameters, up to rounding. Three
things make it faster: triangular matrices are multiplied as such, a covariance as the product of a matrix with its own
transpose, and points that a component is responsible for with weight exactly zero are left out of its sums; in many
dimensions those are nearly all. The same steps run on the device of a torch tensor, which multiplies whole matrices.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import array_api_compat
import numpy as np

from softmax_geometry.checks import Array, InputError
from softmax_geometry.clusters import kmeans_labels

_ITERATIONS = 100
_TOLERANCE = 1e-3  # nats a point: the least gain for which EM goes on
_BLOCK = 1 << 21  # entries of a block of rows, on a CPU
_DEVICE_BLOCK = 1 << 26


def fit_mixture(z: Any, n_components: int, reg_covar: float, seed: int) -> tuple[Any, Any, Any]:
    """Weights (K,), means (K, H) and covariances (K, H, H) of a mixture fitted to z (N, H) by EM.

    z is float64, a numpy array or a torch tensor; the parameters are of its kind, on its device. EM stops when the mean
    log-likelihood gains less than 0.001 nats in an iteration, and warns when it has not come so far after 100.
    It warns too when k-means leaves components without points.

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
    from sklearn.exceptions import ConvergenceWarning

    xp = array_api_compat.array_namespace(z)
    labels = _clusters(z, n_components, seed)
    if (used := len(xp.unique_values(labels))) < n_components:
        found = f"k-means gave points to {used} of {n_components} components only: too few points are distinct"
        warnings.warn(found, ConvergenceWarning, stacklevel=2)
    of_one = xp.astype(labels[:, None] == xp.arange(n_components, device=array_api_compat.device(z)), xp.float64)
    weights, means, covariances = _maximisation(z, of_one, reg_covar)
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


def log_joint(z: Any, weights: Any, means: Any, covariances: Any) -> Any:
    """Log π_i N(z; μ_i, Σ_i) of each point and component, (N, K).

    Raises
    ------
    InputError
        As `cholesky_factor`.
    """
    xp, (N, H) = array_api_compat.array_namespace(z), z.shape
    found = xp.empty((N, len(weights)), dtype=xp.float64, device=array_api_compat.device(z))
    log_peaks = xp.log(weights) - H * math.log(2 * math.pi) / 2
    for i, (inverse, log_root) in enumerate(_whitenings(covariances)):
        for rows in _blocks_of_rows(z, H):
            found[rows, i] = log_peaks[i] - log_root - _squared_lengths(inverse, z[rows] - means[i]) / 2
    return found


def log_sum(terms: Any) -> Any:
    """Log Σ_i exp(terms_i) of each row, (N,)."""
    xp = array_api_compat.array_namespace(terms)
    top = xp.max(terms, axis=1)
    top = xp.where(xp.isfinite(top), top, 0)  # of a point beyond the reach of all: its sum is 0
    return top + xp.log(xp.sum(xp.exp(terms - top[:, None]), axis=1))


def _whitenings(covariances: Any) -> Iterator[tuple[Any, Any]]:
    """For each covariance Σ = L Lᵀ, the inverse of L and Σ log L_hh.

    Raises
    ------
    InputError
        As `cholesky_factor`.
    """
    if isinstance(covariances, np.ndarray):
        from scipy.linalg import solve_triangular

        for i, covariance in enumerate(covariances):
            factor = cholesky_factor(i, covariance)
            inverse = solve_triangular(factor, np.eye(len(factor)), lower=True)
            yield np.asfortranarray(inverse), np.log(np.diagonal(factor)).sum()
        return
    xp, (K, H) = array_api_compat.array_namespace(covariances), covariances.shape[:2]
    step = max(1, _DEVICE_BLOCK // H**2)
    for start in range(0, K, step):
        factors = _factors_on_device(start, covariances[start : start + step])
        eye = xp.eye(H, dtype=xp.float64, device=array_api_compat.device(factors))
        inverses = xp.linalg.solve_triangular(factors, eye, upper=False)
        yield from zip(inverses, xp.sum(xp.log(xp.linalg.diagonal(factors)), axis=1), strict=True)


def _squared_lengths(inverse: Any, offsets: Any) -> Any:
    """Squared lengths (n,) of L⁻¹ times each of the offsets (n, H), which are overwritten."""
    if isinstance(inverse, np.ndarray):
        from scipy.linalg.blas import dtrmm

        whitened = dtrmm(1.0, inverse, offsets.T, lower=1, overwrite_b=1)
        return np.einsum("hn,hn->n", whitened, whitened)
    whitened = offsets @ inverse.T
    return array_api_compat.array_namespace(whitened).sum(whitened * whitened, axis=1)


def _blocks_of_rows(points: Any, H: int) -> list[slice]:
    """Slices of points (N, …), whose H features then take little memory, for a CPU or for a device."""
    step = max(1, (_BLOCK if isinstance(points, np.ndarray) else _DEVICE_BLOCK) // H)
    return [slice(start, start + step) for start in range(0, len(points), step)]


def _clusters(z: Any, n_components: int, seed: int) -> Any:
    """Clusters (N,) of k-means."""
    if not isinstance(z, np.ndarray):
        return kmeans_labels(z, n_components, seed)
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters", ConvergenceWarning)
        return KMeans(n_components, n_init=1, random_state=np.random.RandomState(seed)).fit(z).labels_


def _factors_on_device(first: int, covariances: Any) -> Any:
    """Lower Cholesky factors of components first, first + 1, …; where one fails the CPU decides, and names it."""
    xp, H = array_api_compat.array_namespace(covariances), covariances.shape[1]
    factors, failed = xp.linalg.cholesky_ex(covariances)
    least = H * np.finfo(np.float64).eps * xp.abs(xp.linalg.diagonal(covariances))
    if bool(xp.all(failed == 0)) and bool(xp.all(xp.linalg.diagonal(factors) ** 2 > least)):
        return factors
    on_cpu = np.asarray(array_api_compat.to_device(covariances, "cpu"))
    found = np.stack([cholesky_factor(first + i, covariance) for i, covariance in enumerate(on_cpu)])
    return xp.asarray(found, device=array_api_compat.device(covariances))


def _expectation(z: Any, weights: Any, means: Any, covariances: Any) -> tuple[float, Any]:
    """Mean log-likelihood of the points, and responsibilities (N, K)."""
    xp, terms = array_api_compat.array_namespace(z), log_joint(z, weights, means, covariances)
    log_density = log_sum(terms)
    return float(xp.mean(log_density)), xp.exp(terms - log_density[:, None])


def _maximisation(z: Any, responsibilities: Any, reg_covar: float) -> tuple[Any, Any, Any]:
    """Weights, means and covariances that fit the responsibilities (N, K) best."""
    xp, K, H = array_api_compat.array_namespace(z), responsibilities.shape[1], z.shape[1]
    of = {"dtype": xp.float64, "device": array_api_compat.device(z)}
    counts = xp.sum(responsibilities, axis=0) + 10 * np.finfo(np.float64).eps
    means, covariances = xp.empty((K, H), **of), xp.empty((K, H, H), **of)
    ridge = reg_covar * xp.eye(H, **of)
    for i in range(K):
        mine = xp.nonzero(responsibilities[:, i])[0]
        share = responsibilities[mine, i]
        blocks = _blocks_of_rows(mine, H)
        means[i] = sum(share[rows] @ z[mine[rows]] for rows in blocks) / counts[i]
        covariances[i] = ridge
        for rows in blocks:
            block = z[mine[rows]] - means[i]
            block *= xp.sqrt(share[rows])[:, None]
            covariances[i] += block.T @ block / counts[i]
    return counts / xp.sum(counts), means, covariances
