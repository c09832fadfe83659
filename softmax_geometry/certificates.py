"""Guarantees about the valid region {max p < t} from the head alone: radii and masses that need no data.

Everything rests on two facts. logit(max p) is D-Lipschitz in z, D = max ‖w_i − w_j‖ (theorem 2.8). And
max p ≤ 1/(1 + (K−1) exp(−K/(K−1) max_i l̃_i)), l̃ the centred logits (Jensen), so that
max_i l̃_i < h = (K−1)/K (log(K−1) + L) implies max p < t, where L = log(t/(1−t)) (theorem 7.4).

The threshold is given as the confidence `t`, or as the margin threshold `L` where t rounds to 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import log_odds_against
from softmax_geometry.head import Head
from softmax_geometry.ranges import as_positive
from softmax_geometry.scaling import row_norms


def stability_radius(head: Head, z: Any, t: float | None = None, *, L: float | None = None) -> Array:
    """How far features z (N, H) may move without crossing the threshold: (L − logit max p(z))/D, shape (N,).

    Positive inside the valid region: the whole open ball of that radius lies in it. Negative outside: no
    point of the valid region is within the absolute value. 0 on its boundary. A guarantee, not the distance
    to the boundary, which may be larger (theorem 2.8). Tight for K = 2.

    Accuracy: 20 (H + K) eps (L + |log odds| + max |l|) / D, for logits l whose terms do not cancel.

    Raises
    ------
    InputError
        If z does not fit the head, the threshold is not in (1/K, 1), or all weight rows are equal.

    Examples
    --------
    >>> head = Head([[1.0, 0.0], [-1.0, 0.0]])
    >>> stability_radius(head, [[0.0, 5.0], [2.0, 0.0]], L=3.0)
    array([ 1.5, -0.5])
    """
    threshold = _margin_threshold(head, t, L)
    diameter = head.distances().max()
    if diameter == 0:
        raise InputError("weight: expected at least two different rows, got all rows equal")
    return (threshold + log_odds_against(head.logits(z))) / diameter


def norm_certificate(head: Head, t: float | None = None, *, L: float | None = None) -> float:
    """The radius below which every z has max p < t and so is flagged as OOD, whatever its direction.

    min_i (h − b̃_i)/‖w̃_i‖ with w̃, b̃ the centred weights and biases; without bias h/max ‖w̃_i‖ (theorem
    7.4). With biases the same proof holds: l̃_i ≤ ‖w̃_i‖‖z‖ + b̃_i < h for every i. 0 where the biases alone
    may reach the threshold (b̃_i ≥ h), so that nothing is certified; ∞ when no class can reach it at any z.
    For the simplex without bias it is the largest such radius.

    Accuracy: 20 (H + K) eps (h + max |b|) / min (h − b̃), relative.

    Raises
    ------
    InputError
        If the threshold is not in (1/K, 1).

    Examples
    --------
    >>> norm_certificate(Head([[1.0], [-1.0]]), L=3.0)
    1.5
    >>> norm_certificate(Head([[1.0], [-1.0]], [1.0, 0.0]), L=3.0)
    1.0
    """
    reach, norms = _reach_and_norms(head, _margin_threshold(head, t, L))
    if (reach <= 0).any():
        return 0.0
    with np.errstate(divide="ignore"):
        return float((reach / norms).min())


def mass_bound_sphere(head: Head, t: float | None = None, r: Any = 1.0, *, L: float | None = None) -> Array:
    """Upper bound on P(max p ≥ t), the mass *outside* the valid region, for z uniform on the sphere ‖z‖ = r.

    Σ_i P(l̃_i ≥ h), where a coordinate of a uniform unit vector exceeds ρ ≥ 0 with probability
    ½ I_{1−ρ²}((H−1)/2, ½) (theorem 7.5); at most 1. It tends to 0 as H grows at fixed r and weights. Exact
    for K = 2 and t > 1/2.

    Accuracy: 1e-9, relative, for K = 2 and H to 2048.

    Parameters
    ----------
    r : array of positive radii; the result has its shape

    Raises
    ------
    InputError
        If the threshold is not in (1/K, 1) or a radius is not positive.

    Examples
    --------
    >>> mass_bound_sphere(Head([[1.0, 0.0], [-1.0, 0.0]]), r=[0.5, np.sqrt(2)], L=2.0).round(12)
    array([0. , 0.5])
    """
    reach, norms = _reach_and_norms(head, _margin_threshold(head, t, L))
    height = _heights(reach, as_positive("r", r)[..., None] * norms)
    if head.H == 1:
        beyond = np.where(height > 1, 0.0, np.where(height > -1, 0.5, 1.0))
    else:
        rho, rest = np.minimum(np.abs(height), 1), (head.H - 1) / 2
        high = scipy.special.betainc(rest, 0.5, (1 - rho) * (1 + rho))
        cap = 0.5 * np.where(rho < 0.1, scipy.special.betaincc(0.5, rest, rho**2), high)
        beyond = np.where(height >= 0, cap, 1 - cap)
    return np.minimum(1, beyond.sum(axis=-1))


def mass_bound_gaussian(head: Head, t: float | None = None, sigma: Any = 1.0, *, L: float | None = None) -> Array:
    """Upper bound on P(max p ≥ t), the mass *outside* the valid region, for z ~ N(0, σ²I).

    Σ_i Φ(−(h − b̃_i)/(σ‖w̃_i‖)), at most 1 (theorem 7.5). It does not depend on H. Exact for K = 2 and t >
    1/2.

    Accuracy: (8 + x²) eps, relative, for K = 2 and x = (h − b̃)/(σ‖w̃‖) to 35.

    Parameters
    ----------
    sigma : array of positive standard deviations per coordinate; the result has its shape

    Raises
    ------
    InputError
        If the threshold is not in (1/K, 1) or σ is not positive.

    Examples
    --------
    >>> mass_bound_gaussian(Head([[1.0, 0.0], [-1.0, 0.0]]), sigma=[1.0, 2.0], L=2.0).round(4)
    array([0.3173, 0.6171])
    """
    reach, norms = _reach_and_norms(head, _margin_threshold(head, t, L))
    height = _heights(reach, as_positive("sigma", sigma)[..., None] * norms)
    return np.minimum(1, scipy.special.ndtr(-height).sum(axis=-1))


def _margin_threshold(head: Head, t: float | None, L: float | None) -> float:
    """L from whichever of t and L is given."""
    if (t is None) == (L is None):
        raise InputError("t: expected either a confidence t or a margin threshold L, got both or neither")
    if t is not None:
        if not 1 / head.K < t < 1:
            raise InputError(f"t: expected a confidence in (1/K, 1) = ({1 / head.K:.6g}, 1), got {t!r}")
        return float(np.log(t) - np.log1p(-t))
    assert L is not None
    if not -np.log(head.K - 1) < L < np.inf:
        raise InputError(f"L: expected a finite number above −log(K−1) = {-np.log(head.K - 1):.6g}, got {L!r}")
    return float(L)


def _reach_and_norms(head: Head, threshold: float) -> tuple[Array, Array]:
    """What z must add to centred logit i to reach the threshold, h − b̃_i, and ‖w̃_i‖."""
    K, centred = head.K, head.centred()
    h = (K - 1) / K * (np.log(K - 1) + threshold)
    return h - centred.bias, row_norms(centred.weight)


def _heights(reach: Array, scale: Array) -> Array:
    """Reach over scale; a class that z cannot move is at +∞ below the threshold and at −∞ otherwise."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((scale == 0) & (reach <= 0), -np.inf, reach / scale)
