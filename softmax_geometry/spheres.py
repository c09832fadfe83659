"""The share of a sphere of features that lies in a valid region."""

from __future__ import annotations

import numpy as np
import scipy

from softmax_geometry.checks import InputError
from softmax_geometry.gaussian_regions import Mass
from softmax_geometry.head import Head
from softmax_geometry.thresholds import Threshold, log_score

_BLOCK = 1 << 16


def sphere_mass(
    head: Head, threshold: Threshold, radius: float, n: int = 200_000, rng: np.random.Generator | int | None = 0
) -> Mass:
    """Probability that z, uniform on the sphere ‖z‖ = r in R^H, lies in the valid region.

    Exact for K = 2 with equal biases: I_{ρ²}(1/2, (H−1)/2) with ρ = L/(r‖w_1 − w_2‖) (theorem 7.5). Otherwise the
    share of n random points, with its standard error.

    Accuracy: 1e-12, relative, for K = 2 with equal biases and H to 2048.

    Raises
    ------
    InputError
        If the radius is not positive and finite, n < 1, or the estimator of the threshold is unknown.

    Examples
    --------
    >>> threshold = Threshold("margin", 0.05, -1.0, "empirical")
    >>> sphere_mass(Head([[0.5, 0.0, 0.0], [-0.5, 0.0, 0.0]]), threshold, radius=2.0)  # a zone of height 1/2
    Mass(value=0.5, standard_error=0.0)
    """
    if not 0 < radius < np.inf:
        raise InputError(f"radius: expected a positive finite number, got {radius}")
    score = log_score(threshold.estimator)
    if n < 1:
        raise InputError(f"n: expected at least 1 point, got {n}")
    distance = head.distances()[0, 1]
    if head.K == 2 and head.H > 1 and head.bias[0] == head.bias[1] and distance > 0:
        rho = max(threshold.margin, 0.0) / (radius * distance)
        return Mass(float(scipy.special.betainc(0.5, (head.H - 1) / 2, min(rho, 1.0) ** 2)), 0.0)
    rng = np.random.default_rng(rng)
    flagged = 0
    for start in range(0, n, _BLOCK):
        z = rng.standard_normal((min(_BLOCK, n - start), head.H))
        z *= radius / np.linalg.norm(z, axis=1, keepdims=True)
        flagged += np.count_nonzero(score(head.logits(z)) > threshold.log_score)
    share = flagged / n
    return Mass(share, float(np.sqrt(share * (1 - share) / n)))
