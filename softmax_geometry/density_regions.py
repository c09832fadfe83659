"""The valid region of U_density: the exact level set of a mixture, and the ellipsoid regions on either side of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from softmax_geometry.checks import Array, InputError, as_epsilon
from softmax_geometry.density import DensityModel, U_density
from softmax_geometry.display import MOST_CLASSES, note, number, panel, span, table
from softmax_geometry.features import Features
from softmax_geometry.thresholds import upper_quantile


@dataclass(frozen=True, repr=False)
class DensityRegion:
    """Valid region of U_density: the exact level set {q̂ < t}, and the ellipsoid regions on either side of it.

    With radii c_i(t) = 2 log(π_i / (t (2π)^{H/2} det(Σ_i)^{1/2})) the paper's proposition 2 (eq 23),
    corrected, is {q_i > c_i ∀i}. For a mixture it is not the exact region but contains it, and theorem 2.1
    bounds the gap:

        {q_i > c_i + 2 log K ∀i}  ⊂  {q̂ < t}  ⊂  {q_i > c_i ∀i},

    since max_i π_i N_i ≤ q̂ ≤ K max_i π_i N_i. The outer set is the exact region of −log max_i π_i N_i.

    Attributes
    ----------
    model : DensityModel
    log_density_threshold : float
        log t in nats; equals −τ for the threshold τ of U_density.
    epsilon : float or None
        The level it was built for, where there is one.
    """

    model: DensityModel
    log_density_threshold: float
    epsilon: float | None = None

    def __repr__(self) -> str:
        level = "" if self.epsilon is None else f", epsilon={self.epsilon:g}"
        return f"DensityRegion(U_density > {number(-self.log_density_threshold)} nats{level}; {self.model})"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, Any]] = [("in the region: U_density above (nats)", -self.log_density_threshold)]
        if self.epsilon is not None:
            rows.append(("ε, share of in-distribution data in it", f"{self.epsilon:g}"))
        radii = np.sqrt(np.maximum(self.radii, 0))
        if self.model.K <= MOST_CLASSES:
            rows += [(f"radius of ellipsoid {i} (standard deviations)", radius) for i, radius in enumerate(radii)]
        else:
            rows.append((f"radii of {self.model.K} ellipsoids (standard deviations)", span(radii)))
        return panel("Valid OOD region of U_density", table(rows), note("Every point of it is outside all ellipsoids."))

    @property
    def radii(self) -> Array:
        """Squared Mahalanobis radii c_i(t), shape (K,); negative where component i never reaches t.

        Accuracy: 8 H eps (κ + |log det| + 2 |log t|), with κ the condition and det the determinant of Σ_i.
        """
        model, log_t = self.model, self.log_density_threshold
        return 2 * (np.log(model.weights) - log_t) - model.H * math.log(2 * math.pi) - model.log_determinants

    def contains(self, z: Any) -> NDArray[np.bool_]:
        """Whether q̂(z) < t, shape (N,): exact."""
        return self.model.log_density(z) < self.log_density_threshold

    def contains_ellipsoids(self, z: Any) -> NDArray[np.bool_]:
        """Whether z is outside every ellipsoid {q_i ≤ c_i}, shape (N,): a superset of the exact region."""
        return np.all(self.model.squared_distances(z) > self.radii, axis=1)

    def contains_ellipsoids_inner(self, z: Any) -> NDArray[np.bool_]:
        """Whether z is outside every {q_i ≤ c_i + 2 log K}, shape (N,): a subset of the exact region."""
        return np.all(self.model.squared_distances(z) > self.radii + 2 * math.log(self.model.K), axis=1)


def density_region(model: DensityModel, train: Features, epsilon: float = 0.05) -> DensityRegion:
    """The valid region R_ε of U_density (definition 1): {U_density > τ}, τ the training quantile.

    τ = s_(k+1), k = ⌊n(1−ε)⌋, of the n training scores in ascending order, so at most a fraction ε of them is
    in the region. When `train` also fitted the model, its scores are optimistic: fresh in-distribution data
    exceeds τ more often than ε.

    Raises
    ------
    InputError
        If ε is not in (0, 1) or the features do not fit the model.

    Examples
    --------
    >>> model = DensityModel([1.0], [[0.0]], [[[1.0]]])
    >>> region = density_region(model, Features([[0.0], [1.0], [2.0], [3.0]]), epsilon=0.25)
    >>> region.contains([[2.9], [3.1]])
    array([False,  True])
    """
    tau = float(upper_quantile(U_density(train.z, model), epsilon))
    return DensityRegion(model, -tau, float(epsilon))


def chi2_radius(H: int, epsilon: float) -> float:
    """The common squared Mahalanobis radius c = χ²_{H,1−ε} that one Gaussian exceeds with probability ε.

    With it, {q_i > c ∀i} has in-distribution mass at most ε under *every* mixture of these components, with equality
    only if all components coincide, and nearly so when they are far apart (theorem 2.4). It is the exact region of
    the Mahalanobis score min_i q_i, not of U_density.

    Accuracy: 1e-12, relative, for H to 512 and ε from 1e-12 to 0.999.

    Raises
    ------
    InputError
        If H is below 1 or ε is not in (0, 1).

    Examples
    --------
    >>> round(chi2_radius(2, 0.05), 4)
    5.9915
    """
    if H < 1:
        raise InputError(f"H: expected at least 1 feature, got {H}")
    return float(scipy.special.chdtri(H, float(as_epsilon(epsilon))))
