"""What ‖z‖ and max cos(z, w_i) say about the confidence under the optimal structure (theorems 4 and 5).

For the simplex structure with zero bias the logits are c x_i with c = ‖w‖‖z‖ and x_i = cos(z, w_i), where Σ
x_i = 0 and Σ x_i² ≤ K/(K−1), with equality when z lies in the span of the weights (always so when H = K−1).
Theorem 4 and theorem 5 of the paper (smaller max cosine, smaller confidence) hold for K = 2 and for K = 3, H
= 2 only. What replaces them is the exact envelope lo(m, c) ≤ max p ≤ hi(m, c) at given m = max x_i.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import U_max, log_odds_against
from softmax_geometry.head import Head
from softmax_geometry.ranges import as_any_rank, as_positive, as_sizes, as_within
from softmax_geometry.roots import bracketed_root
from softmax_geometry.scaling import row_norms
from softmax_geometry.structure import centred_directions


def confidence_from_cosines(c: Any, cosines: Any) -> Array:
    """Confidence max softmax(c x) of cosines x (..., K) under equal weight norms, c = ‖w‖‖z‖ (eq 6).

    Accuracy: (50 + 4c) eps, relative.

    Raises
    ------
    InputError
        If c is not positive or a cosine is outside [−1, 1].

    Examples
    --------
    >>> confidence_from_cosines([1.0, 2.0], [1.0, -0.5, -0.5]).round(4)
    array([0.6914, 0.9094])
    """
    c = as_positive("c", c)
    cosines = as_within("cosines", cosines, -1, 1)
    return -np.asarray(U_max(c[..., None] * cosines))


def max_cosine(head: Head, z: Any) -> Array:
    """max_i cos(z, w_i − w̄) for features z (N, H), shape (N,). Biases play no part in an angle.

    Accuracy: 10 (H + K) eps max ‖w̃‖ / min ‖w̃‖, with w̃ = w − w̄.

    Raises
    ------
    InputError
        If z does not fit the head, a row of z is zero, or a weight row equals the mean row.

    Examples
    --------
    >>> max_cosine(Head([[1.0, 0.0], [-1.0, 0.0]]), [[3.0, 4.0]])
    array([0.6])
    """
    _, directions = centred_directions(head)
    z = head.features(z).astype(np.float64)
    lengths = row_norms(z)
    if not lengths.all():
        raise InputError(f"z: expected non-zero rows, got row {int(lengths.argmin())} equal to 0 (no angle)")
    return np.minimum(np.max(z / lengths[:, None] @ directions.T, axis=1), 1)


def envelope(m: Any, c: Any, K: int, H: int) -> tuple[Array, Array]:
    """Least and greatest confidence over all z with max cosine m and c = ‖w‖‖z‖ (theorem E); both attained.

    Simplex structure, zero bias. The two are equal for all m iff K = 2 or (K = 3 and H = 2): only then is
    `U_max` a function of norm and angle. Both increase strictly in m. They saturate where 1 − max p rounds to
    0; use `envelope_log_odds` there.

    Accuracy: 8 K eps (1 + c + |log odds|), relative, for H ≥ K.

    Parameters
    ----------
    m : array in [0, 1] if H ≥ K, in [1/(K−1), 1] if H = K−1
    c : array of positive numbers; m and c broadcast

    Raises
    ------
    InputError
        If K, H, m or c is outside its domain.

    Examples
    --------
    >>> low, high = envelope(0.6, 5.0, K=10, H=10)
    >>> float(low.round(2)), float(high.round(2))
    (0.43, 0.76)
    """
    low, high = envelope_log_odds(m, c, K, H)
    return scipy.special.expit(low), scipy.special.expit(high)


def envelope_log_odds(m: Any, c: Any, K: int, H: int) -> tuple[Array, Array]:
    """`envelope` as log(p/(1−p)), without saturation.

    Accuracy: 8 K eps (1 + c + |log odds|), for H ≥ K.

    Raises
    ------
    InputError
        As `envelope`.
    """
    c = as_positive("c", c)[..., None]
    low, high = envelope_points(m, K, H)
    return -np.asarray(log_odds_against(c * low)), -np.asarray(log_odds_against(c * high))


def envelope_points(m: Any, K: int, H: int) -> tuple[Array, Array]:
    """Cosine vectors (..., K), each with max m, at which the confidence is smallest and largest for every c.

    Smallest: k = ⌊K/(1+(K−1)m²)⌋ entries m, one between, the rest equal (m, …, m, −(K−1)m when m < 1/(K−1)).
    Largest: m and K−1 equal entries if H ≥ K; m, K−2 equal entries and a smaller one if H = K−1.
    `features_at_cosines` turns them into features.

    Accuracy: 100 K eps, for H ≥ K and m away from the steps of k.

    Raises
    ------
    InputError
        If K, H or m is outside its domain.

    Examples
    --------
    >>> low, high = envelope_points(0.5, K=4, H=4)
    >>> low.round(3), high.round(3)
    (array([ 0.5  ,  0.5  , -0.092, -0.908]), array([ 0.5  , -0.167, -0.167, -0.167]))
    """
    K, H = as_sizes(K, H)
    m = as_within("m", m, 0.0 if H >= K else 1 / (K - 1), 1.0)[..., None]
    index = np.arange(K)
    if K == 2:
        points = np.where(index == 0, m, -m)
        return points, points.copy()
    off_axis = (1 - m) * (1 + m)  # 1 − m² without cancellation
    tied = np.minimum(np.floor(K / (1 + (K - 1) * m**2)), K - 2)
    others = K - tied
    # d² = (K/(K−1) − k K m²/(K−k)) / ((K−k)(K−k−1)), written so that it vanishes exactly at m = 1, k = 1
    square = K * (K * (1 - tied) + tied * (K - 1) * off_axis) / ((K - 1) * others**2 * (others - 1))
    d = np.sqrt(np.maximum(square, 0))
    between, least = -tied * m / others + (others - 1) * d, -tied * m / others - d
    low = np.where(index < tied, m, np.where(index == tied, np.minimum(between, m), least))
    low = np.where(m < 1 / (K - 1), np.where(index < K - 1, m, -(K - 1) * m), low)
    if H >= K:
        return low, np.where(index == 0, m, -m / (K - 1))
    R = np.sqrt(K * off_axis / (K - 2))
    equal, last = np.minimum((R - m) / (K - 1), m), (-m - (K - 2) * R) / (K - 1)
    return low, np.where(index == 0, m, np.where(index < K - 1, equal, last))


def features_at_cosines(weight: Any, cosines: Any, norm: float = 1.0) -> Array:
    """Features z (..., H) of the given norm and cosines (..., K) with the rows of a simplex `weight`.

    What the span of the weights does not use of ‖z‖ is put along one fixed direction orthogonal to it.

    Accuracy: 50 H eps in the cosines.

    Raises
    ------
    InputError
        If the weights are not a simplex to 1e-9, or no z has these cosines: they must sum to 0, and their
        squares to at most K/(K−1), exactly that when H = K−1.

    Examples
    --------
    >>> from softmax_geometry.structure import simplex
    >>> W = simplex(3, 3)
    >>> z = features_at_cosines(W, [0.0, 0.0, 0.0], norm=2.0)
    >>> z, W @ z
    (array([0., 0., 2.]), array([0., 0., 0.]))
    """
    from scipy.linalg import null_space

    head = Head(weight)
    norms, directions = centred_directions(head)
    K, H = as_sizes(head.K, head.H)
    A = K / (K - 1)
    gram = head.weight @ head.weight.T
    if np.abs(gram / norms[0] ** 2 - A * np.eye(K) + 1 / (K - 1)).max() > 1e-9:
        raise InputError("weight: expected a simplex (equal norms, cosines −1/(K−1), rows that sum to 0)")
    cosines = as_within("cosines", cosines, -1, 1)
    norm = float(as_positive("norm", norm))
    if cosines.ndim < 1 or cosines.shape[-1] != K:
        raise InputError(f"cosines: expected {K} on the last axis, got shape {cosines.shape}")
    rest = 1 - np.sum(cosines**2, axis=-1) / A
    if np.abs(cosines.sum(axis=-1)).max() > 1e-9 or rest.min() < -1e-9 or (H == K - 1 and rest.max() > 1e-9):
        raise InputError(f"cosines: expected those of some z with a simplex (sum 0, squares up to {A:.6g})")
    z = cosines @ directions / A
    if K <= H:
        normal = null_space(directions)[:, 0]
        z = z + np.sqrt(np.maximum(rest, 0))[..., None] * normal * np.sign(normal[np.abs(normal).argmax()])
    return norm * z


def safe_ordering(m: Any, c: Any, K: int, H: int) -> Array:
    """The largest g such that max cos < g guarantees a lower confidence than max cos = m, at equal norms.

    Every z' with max cosine below g is less confident than every z with max cosine m, and nothing larger
    guarantees it: this is what remains of theorem 4. g(m) ≤ m, with equality for all m iff K = 2 or
    (K = 3 and H = 2). For H ≥ K, g = (K−1)/(cK) (log(K−1) + logit lo(m, c)); for H = K−1 it is the root of
    hi(g) = lo(m), to a relative tolerance of 1e-14.

    Accuracy: 8 K eps, for H ≥ K.

    Raises
    ------
    InputError
        If K, H, m or c is outside its domain.
    RootError
        If the root is not found; it carries the last estimate.

    Examples
    --------
    >>> safe_ordering([0.6, 0.9], 5.0, K=10, H=10).round(3)
    array([0.345, 0.81 ])
    """
    K, H = as_sizes(K, H)
    c = as_positive("c", c)
    low, _ = envelope_log_odds(m, c, K, H)
    least = 0.0 if H >= K else 1 / (K - 1)
    m, c, low = np.broadcast_arrays(as_within("m", m, least, 1.0), c, low)
    if K == 2 or (K == 3 and H == 2):
        return m.copy()
    if H >= K:
        cosines, _ = envelope_points(m, K, H)
        return np.clip(-(K - 1) / (c * K) * _log_mean_exp(c[..., None] * (cosines[..., 1:] - m[..., None])), 0, m)

    def highest(g: Array, c: Array) -> Array:
        return envelope_log_odds(g, c, K, H)[1]

    first = np.full(m.shape, least)
    target = np.clip(low, highest(first, c), highest(m, c))  # against rounding where lo = hi
    return bracketed_root(lambda g, c, target: highest(g, c) - target, first, m, args=(c, target))


def _log_mean_exp(x: Array) -> Array:
    """Log of the mean of exp(x), x ≤ 0, over the last axis, accurate also where all x are near 0."""
    mean = np.mean(np.expm1(x), axis=-1)
    near = mean > -0.5
    return np.where(near, np.log1p(np.where(near, mean, 0)), scipy.special.logsumexp(x, axis=-1) - np.log(x.shape[-1]))


def meridian(phi: Any, c: Any, t: Any) -> Array:
    """p_1 along z(φ) = cos φ w_1 + sin φ u, u ⟂ w_1, unit vectors, t_j = u·w_j for j = 2..K (theorem 5.1).

    It decreases strictly on [0, π/2] for every c > 0, K ≥ 2 and u: the part of theorem 5 that is true.

    Accuracy: 8 eps (2 + c), relative, plus 5e-324.

    Parameters
    ----------
    phi, c : arrays that broadcast; c = ‖w‖‖z‖ > 0
    t : (K−1,) cosines with Σ t_j = 0 and Σ t_j² ≤ K/(K−1), all 0 when u is orthogonal to every weight

    Raises
    ------
    InputError
        If c is not positive, or t belongs to no direction u.

    Examples
    --------
    >>> meridian([0.0, np.pi / 2], 2.0, [0.5, -0.5]).round(4)
    array([0.9094, 0.2447])
    """
    return scipy.special.expit(meridian_log_odds(phi, c, t))


def meridian_log_odds(phi: Any, c: Any, t: Any) -> Array:
    """`meridian` as log(p_1/(1−p_1)) = c K/(K−1) cos φ − log Σ exp(c sin φ t_j), without saturation.

    Accuracy: 8 eps (2 + c).

    Raises
    ------
    InputError
        As `meridian`.
    """
    phi, c = np.broadcast_arrays(as_any_rank("phi", phi), as_positive("c", c))
    t = as_within("t", t, -1, 1)
    if t.ndim != 1:
        raise InputError(f"t: expected an array of rank 1, got shape {t.shape}")
    A = (len(t) + 1) / len(t)
    if abs(t.sum()) > 1e-9 or t @ t > A + 1e-9:
        raise InputError(f"t: expected Σ t = 0 and Σ t² ≤ {A:.6g}, got {t.sum():.6g} and {t @ t:.6g}")
    return A * c * np.cos(phi) - scipy.special.logsumexp((c * np.sin(phi))[..., None] * t, axis=-1)
