"""Two classes with Gaussian features: the half-width of the valid region in closed form (theorem 1, corollary 1.1).

For K = 2 every softmax score depends on |g| alone, g = (w_1 − w_2)·z + b_1 − b_2, and the valid region is
{|g| < a}. With class Gaussians g is N(m_i, s_i²) in class i. Offsets here are in logit units: the Euclidean
half-width is a/‖w_1 − w_2‖, definition 4's α is a/‖w_1 − w_2‖², and theorem 1's α is twice that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.roots import bracketed_root
from softmax_geometry.scaling import power_of_two
from softmax_geometry.thresholds import conformal_quantile

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


def two_class_margins(head: Head, gaussians: ClassGaussians) -> tuple[Array, Array]:
    """Means m_i and standard deviations s_i of g in each class, both of shape (2,).

    Accuracy: 2 H κ eps, relative, of s_i, with κ the condition of the covariance.

    Raises
    ------
    InputError
        If head or Gaussians do not have two classes and the same number of features.
    """
    if head.K != 2 or gaussians.K != 2:
        raise InputError(f"head: expected 2 classes in head and Gaussians, got {head.K} and {gaussians.K}")
    if head.H != gaussians.H:
        raise InputError(f"gaussians: expected {head.H} features, as the head has, got {gaussians.H}")
    v = head.weight[0] - head.weight[1]
    scale = power_of_two(v)
    variances = np.einsum("h,khl,l->k", v / scale, gaussians.covariances, v / scale)
    return gaussians.means @ v + head.bias[0] - head.bias[1], scale * np.sqrt(np.clip(variances, 0, None))


def mass_within(a: Any, means: Any, stds: Any, priors: Any) -> Array:
    """P(|g| < a) = Σ π_i [Φ((a − |m_i|)/s_i) − Φ((−a − |m_i|)/s_i)], summed over the last axis.

    This is the ε that an offset a achieves: the share of in-distribution data inside the valid region.

    Accuracy: 8 eps, absolute; for a to 1e-4 also (10 + d²) eps, relative, with d = min |m_i|/s_i to 30.

    Examples
    --------
    >>> float(mass_within(1.0, [0.0, 0.0], [1.0, 1.0], [0.5, 0.5]).round(4))
    0.6827
    """
    means, stds, priors = _checked(means, stds, priors)
    return _mass_within(np.asarray(a, dtype=float), means, stds, priors)


def two_class_offset(means: Any, stds: Any, priors: Any, epsilon: Any) -> Array:
    """The exact offset a in logit units: the one root of P(|g| < a) = ε (corollary 1.1 without separability).

    Accuracy: 1e-14 relative + 8 eps/density, the density of |g| at a; for ε of 1e-9 and less 1e-14 relative + 8 eps
    ε/density. Between two far and narrow classes the mass hardly changes with a, and doubles cannot place the root
    better.

    Parameters
    ----------
    means, stds, priors : (..., 2) arrays
        m_i, s_i > 0 and π_i > 0 of g in the two classes; leading axes are heads, solved in one call.
    epsilon : (...) array or float in (0, 1)

    Returns
    -------
    (...) array

    Raises
    ------
    InputError
        If a standard deviation or prior is not positive, priors do not sum to one, or ε is outside (0, 1).

    Examples
    --------
    >>> float(two_class_offset([2.0, -2.0], [1.0, 1.0], [0.5, 0.5], 0.05).round(12))
    0.425190253687
    """
    means, stds, priors = _checked(means, stds, priors)
    return _offset(_mass_within, means, stds, priors, epsilon)


def separable_offset(means: Any, stds: Any, priors: Any, epsilon: Any) -> Array:
    """The paper's eq 20 with its sign corrected: each class counts on its own side of the boundary only.

    Needs m_1 > 0 > m_2. The result is never larger than the exact offset, so its region is conservative, and it is
    NaN where ε is at most the misclassification rate, where eq 20 has no root. (As printed, eq 20 has no root at
    all for symmetric classes and ε < 1/2.) Shapes and errors as `two_class_offset`.

    Accuracy: 1e-14 relative + 8 eps/density, the slope of the mass at a, for ε at least 0.004 above the
    misclassification rate.

    Raises
    ------
    InputError
        As `two_class_offset`, and if the class means are not on opposite sides of the boundary.

    Examples
    --------
    >>> float(separable_offset([2.0, -2.0], [1.0, 1.0], [0.5, 0.5], 0.05).round(4))
    0.3551
    """
    means, stds, priors = _checked(means, stds, priors)
    epsilon = _levels(epsilon)
    if not ((means[..., 0] > 0) & (means[..., 1] < 0)).all():
        raise InputError(f"means: expected m_1 > 0 > m_2 for the separable equation, got {means.tolist()}")
    error_rate = np.sum(priors * scipy.special.ndtr(-np.abs(means) / stds), axis=-1)
    solvable = epsilon > error_rate
    offset = _offset(_own_side_mass, means, stds, priors, np.where(solvable, epsilon, (1 + error_rate) / 2))
    return np.where(solvable, offset, np.nan)


def conformal_offset(margins: Any, epsilon: float) -> float:
    """The offset a from held-out values of g (n,), with the split-conformal guarantee (theorem 1.2).

    A fresh in-distribution point has |g| < a with probability at most ε and more than ε − 1/(n+1), whatever the law.

    Accuracy: exact, one of the |g|.

    Raises
    ------
    InputError
        If a value is not finite, ε is outside (0, 1), or n < 1/ε − 1.

    Examples
    --------
    >>> conformal_offset(np.arange(-10.0, 10.0), 0.1)
    1.0
    """
    return -conformal_quantile(-np.abs(as_floats("margins", margins, ndim=1)), epsilon)


def _mass_within(a: Array, means: Array, stds: Array, priors: Array) -> Array:
    return np.sum(priors * _normal_within(a[..., None], np.abs(means), stds), axis=-1)


def _normal_within(a: Array, distance: Array, std: Array) -> Array:
    """Φ((a − d)/s) − Φ((−a − d)/s), d the distance; where little is left of it, Gauss-Legendre quadrature."""
    with np.errstate(over="ignore", invalid="ignore"):
        mass = np.asarray(scipy.special.ndtr((a - distance) / std) - scipy.special.ndtr((-a - distance) / std))
        half, distance = np.broadcast_arrays(a / std, distance / std)
        narrow = (half < 0.5) & (half * distance < 0.5)
    if narrow.any():
        h, d = half[narrow], distance[narrow]
        points = h[:, None] * _NODES - d[:, None]
        mass[narrow] = h / np.sqrt(2 * np.pi) * (np.exp(-(points**2) / 2) @ _WEIGHTS)
    return mass


def _own_side_mass(a: Array, means: Array, stds: Array, priors: Array) -> Array:
    return np.sum(priors * scipy.special.ndtr((a[..., None] - np.abs(means)) / stds), axis=-1)


def _offset(mass: Any, means: Array, stds: Array, priors: Array, epsilon: Any) -> Array:
    """Root of mass(a) = ε, bracketed by 0 and a point one standard deviation past
    the one beyond which each class leaves at most 1−ε.
    """
    epsilon = _levels(epsilon)
    shape = np.broadcast_shapes(means.shape[:-1], epsilon.shape)
    epsilon = np.broadcast_to(epsilon, shape)
    m1, m2, s1, s2, p1, p2 = (np.broadcast_to(array[..., i], shape) for array in (means, stds, priors) for i in (0, 1))
    reach = 1 - scipy.special.ndtri((1 - epsilon) / 2)
    high = np.maximum(np.abs(m1) + reach * s1, np.abs(m2) + reach * s2)

    def excess(a: Array, epsilon: Array, *columns: Array) -> Array:
        m1, m2, s1, s2, p1, p2 = columns
        return mass(a, np.stack([m1, m2], -1), np.stack([s1, s2], -1), np.stack([p1, p2], -1)) - epsilon

    columns = (m1 / high, m2 / high, s1 / high, s2 / high)
    return high * bracketed_root(
        excess, np.zeros(shape), np.ones(shape), args=(epsilon, *columns, p1, p2), absolute=np.finfo(float).tiny
    )


def _levels(epsilon: Any) -> Array:
    epsilon = np.asarray(epsilon, dtype=float)
    if not ((epsilon > 0) & (epsilon < 1)).all():
        raise InputError(f"epsilon: expected numbers in (0, 1), got {epsilon.tolist()}")
    return epsilon


def _checked(means: Any, stds: Any, priors: Any) -> tuple[Array, Array, Array]:
    means, stds, priors = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (means, stds, priors)))
    if means.ndim < 1 or means.shape[-1] != 2:
        raise InputError(f"means: expected two classes on the last axis, got shape {means.shape}")
    if not np.isfinite(means).all():
        raise InputError("means: expected finite numbers, got NaN or infinity")
    if not ((stds > 0) & np.isfinite(stds)).all():
        raise InputError(f"stds: expected positive finite numbers, got a smallest of {stds.min()}")
    if not (priors > 0).all() or not np.allclose(priors.sum(axis=-1), 1, atol=1e-9):
        raise InputError("priors: expected positive numbers that sum to 1 on the last axis")
    return means, stds, priors
