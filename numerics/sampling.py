"""Random and quasi-random points to test statements on: spheres, balls, the simplex, Gaussians and their mixtures.

Structures to sample around are built by `softmax_geometry.structure`: `simplex(K, H, scale, rng)` in a random
orientation, and `named_structure(name, H)` for those of the paper's fig 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import ortho_group, qmc

from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.features import ClassGaussians
from softmax_geometry.ranges import as_count, as_positive


def on_sphere(n: int, H: int, radius: float = 1.0, rng: Any = None) -> Array:
    """Points (n, H) uniform on the sphere ‖z‖ = radius of R^H.

    Raises
    ------
    InputError
        If n or H is not a whole number ≥ 1, or the radius is not positive.

    Examples
    --------
    >>> np.linalg.norm(on_sphere(3, 5, radius=2.0, rng=0), axis=1)
    array([2., 2., 2.])
    """
    radius = float(as_positive("radius", radius))
    normal = np.random.default_rng(rng).standard_normal((as_count("n", n, least=1), as_count("H", H, least=1)))
    return radius * normal / np.linalg.norm(normal, axis=1, keepdims=True)


def in_ball(n: int, H: int, radius: float = 1.0, rng: Any = None) -> Array:
    """Points (n, H) uniform in the ball ‖z‖ ≤ radius of R^H.

    Raises
    ------
    InputError
        As `on_sphere`.

    Examples
    --------
    >>> bool((np.linalg.norm(in_ball(100, 3, rng=0), axis=1) <= 1).all())
    True
    """
    rng = np.random.default_rng(rng)
    points = on_sphere(n, H, radius, rng)
    return points * rng.random((n, 1)) ** (1 / H)


def in_simplex(n: int, K: int, concentration: float = 1.0, rng: Any = None) -> Array:
    """Probability vectors (n, K) from the symmetric Dirichlet law; concentration 1 is uniform on the simplex.

    Raises
    ------
    InputError
        If n is not a whole number ≥ 1, K < 2, or the concentration is not positive.

    Examples
    --------
    >>> in_simplex(4, 3, rng=0).sum(axis=1).round(12)
    array([1., 1., 1., 1.])
    """
    concentration = float(as_positive("concentration", concentration))
    alpha = np.full(as_count("K", K, least=2), concentration)
    return np.random.default_rng(rng).dirichlet(alpha, size=as_count("n", n, least=1))


def class_gaussians(K: int, H: int, separation: float = 3.0, rng: Any = None) -> ClassGaussians:
    """A random Gaussian mixture: one component for each class, random means, covariances and priors.

    Means are uniform on the sphere of radius `separation`; each covariance has a random orientation and
    log-uniform standard deviations between 1/2 and 2; priors are uniform on the simplex, kept above 1/(4K).

    Raises
    ------
    InputError
        If K < 2, H < 1 or the separation is not positive.

    Examples
    --------
    >>> class_gaussians(3, 2, rng=0).sample(5, rng=1)
    Features(N=5, H=2, labelled)
    """
    rng = np.random.default_rng(rng)
    K, H = as_count("K", K, least=2), as_count("H", H, least=1)
    means = on_sphere(K, H, separation, rng)
    deviations = 2 ** rng.uniform(-1, 1, size=(K, 1, H))
    axes = np.ones((K, 1, 1)) if H == 1 else ortho_group.rvs(H, size=K, random_state=rng).reshape(K, H, H)
    roots = axes * deviations
    priors = in_simplex(1, K, rng=rng)[0] * 3 / 4 + 1 / (4 * K)
    return ClassGaussians(means, roots @ roots.transpose(0, 2, 1), priors / priors.sum())


def qmc_normal(m: int, mean: Any, covariance: Any, rng: Any = None) -> Array:
    """Quasi-Monte Carlo points (2^m, H) for N(mean, covariance): a scrambled Sobol net through Φ⁻¹.

    Each point on its own has the normal law (on a grid of 2⁵² quantiles), so a mean over them is unbiased; for
    smooth integrands its error falls almost as 1/n. `monte_carlo.replicated_mean` gives the standard error.

    Raises
    ------
    InputError
        If m is not a whole number in 1..30, or mean (H,) and covariance (H, H) do not fit, or the covariance is
        not symmetric positive semi-definite.

    Examples
    --------
    >>> qmc_normal(10, [1.0, 0.0], [[4.0, 0.0], [0.0, 1.0]], rng=0).shape
    (1024, 2)
    """
    mean = as_floats("mean", mean, ndim=1)
    H = len(mean)
    if as_count("m", m, least=1) > 30:
        raise InputError(f"m: expected at most 30 (2^30 points), got {m}")
    gaussian = ClassGaussians([mean], [as_floats("covariance", covariance, ndim=2)])
    uniform = qmc.Sobol(H, bits=52, rng=np.random.default_rng(rng)).random_base2(m) + 2.0**-53
    values, vectors = np.linalg.eigh(gaussian.covariances[0])
    root = vectors * np.sqrt(np.maximum(values, 0))
    return ndtri(uniform) @ root.T + mean
