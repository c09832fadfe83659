"""Hypothesis strategies for heads, features, logits and class Gaussians, hard cases included.

Hypothesis draws the structure (sizes, kind, scale) and a seed; arrays come from the seed, so even large ones are
cheap to draw and a failure is reported as a few small choices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from numerics.sampling import class_gaussians, in_simplex, on_sphere
from softmax_geometry.checks import Array
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex

seeds = st.integers(0, 2**32 - 1)

WEIGHT_KINDS = ("normal", "simplex", "collinear", "near ties", "one large", "integer")
LOGIT_KINDS = ("normal", "ties", "near ties", "saturated", "huge", "tiny", "integer")
COVARIANCE_KINDS = ("full", "isotropic", "singular", "nearly singular")


@st.composite
def heads(
    draw: Callable[..., Any], *, min_K: int = 2, max_K: int = 50, max_H: int = 64, biased: bool | None = None
) -> Head:
    """Heads of any size, scale (10⁻⁴ to 10⁴) and kind; `biased` fixes whether there is a bias.

    "simplex" has H ≥ K−1, in a random orientation; "collinear" has all weights on one line; "near ties" has the
    first two weights within a relative 10⁻¹²; "one large" has one weight 1,000 times the others.
    """
    K = draw(st.integers(min_K, max_K))
    H = draw(st.integers(1, max_H))
    kind = draw(st.sampled_from(WEIGHT_KINDS))
    scale = 10.0 ** draw(st.integers(-4, 4))
    rng = np.random.default_rng(draw(seeds))
    weight = rng.standard_normal((K, H))
    if kind == "simplex" and max_H >= K - 1:
        weight = simplex(K, max(H, K - 1), rng=rng)
    elif kind == "collinear":
        weight = np.outer(rng.standard_normal(K), weight[0])
    elif kind == "near ties":
        weight[1] = weight[0] * (1 + 1e-12 * rng.standard_normal(H))
    elif kind == "one large":
        weight[0] *= 1000
    elif kind == "integer":
        weight = rng.integers(-3, 4, size=(K, H)).astype(float)
    with_bias = draw(st.booleans()) if biased is None else biased
    return Head(scale * weight, scale * rng.standard_normal(K) if with_bias else None)


@st.composite
def features_for(draw: Callable[..., Any], head: Head, *, max_n: int = 30) -> Array:
    """Features z (n, H) for a head: Gaussian, on a sphere, or on a boundary between two classes; any scale."""
    n = draw(st.integers(1, max_n))
    kind = draw(st.sampled_from(("normal", "sphere", "boundary", "origin")))
    scale = 10.0 ** draw(st.integers(-4, 4))
    rng = np.random.default_rng(draw(seeds))
    if kind == "sphere":
        return on_sphere(n, head.H, scale, rng)
    z = scale * rng.standard_normal((n, head.H))
    if kind == "origin":
        z[0] = 0
    normal = head.weight[0] - head.weight[1]
    if kind == "boundary" and normal @ normal > 0:
        gap = z @ normal + head.bias[0] - head.bias[1]
        z -= np.outer(gap / (normal @ normal), normal)
    return z


@st.composite
def logits(draw: Callable[..., Any], *, min_K: int = 2, max_K: int = 50, max_n: int = 30) -> Array:
    """Logits (n, K), float64.

    "ties" repeats the largest entry exactly; "near ties" leaves one unit in the last place; "saturated" has
    margins of 20 to 2,000; "huge" has entries near 10³⁰⁰, "tiny" near 10⁻³¹⁰ (subnormal).
    """
    n, K = draw(st.integers(1, max_n)), draw(st.integers(min_K, max_K))
    kind = draw(st.sampled_from(LOGIT_KINDS))
    rng = np.random.default_rng(draw(seeds))
    l = draw(st.sampled_from((0.1, 1.0, 10.0))) * rng.standard_normal((n, K))
    top, other = l.argmax(axis=1), rng.integers(1, K, size=n)
    rows, second = np.arange(n), (top + other) % K
    if kind == "ties":
        l[rows, second] = l[rows, top]
    elif kind == "near ties":
        l[rows, second] = np.nextafter(l[rows, top], -np.inf)
    elif kind == "saturated":
        l[rows, top] += 20 * 10 ** rng.uniform(0, 2, size=n)
    elif kind == "huge":
        l *= 1e300 / np.abs(l).max()
    elif kind == "tiny":
        l *= 1e-310 / np.abs(l).max()
    elif kind == "integer":
        l = np.rint(l)
    return l


@st.composite
def probabilities(draw: Callable[..., Any], *, min_K: int = 2, max_K: int = 50) -> Array:
    """One probability vector (K,), from nearly a vertex of the simplex to nearly its centre."""
    K = draw(st.integers(min_K, max_K))
    return in_simplex(1, K, draw(st.sampled_from((0.1, 1.0, 100.0))), draw(seeds))[0]


@st.composite
def gaussians(
    draw: Callable[..., Any], *, min_K: int = 2, max_K: int = 10, max_H: int = 8, singular: bool = True
) -> ClassGaussians:
    """Class Gaussians; "singular" covariances have rank ≤ H−1 (0 when H = 1), "nearly singular" a ratio 10⁻¹⁰.

    With `singular=False` every covariance has full rank, as a density needs.
    """
    K, H = draw(st.integers(min_K, max_K)), draw(st.integers(1, max_H))
    kind = draw(st.sampled_from([k for k in COVARIANCE_KINDS if singular or k != "singular"]))
    separation = draw(st.sampled_from((0.1, 1.0, 5.0, 50.0)))
    model = class_gaussians(K, H, separation, draw(seeds))
    covariances = model.covariances
    if kind == "isotropic":
        covariances = np.tile(np.eye(H), (K, 1, 1))
    elif kind in ("singular", "nearly singular"):
        values, vectors = np.linalg.eigh(covariances)
        values[:, 0] = 0 if kind == "singular" else 1e-10 * values[:, -1]
        covariances = (vectors * values[:, None, :]) @ vectors.transpose(0, 2, 1)
        covariances = (covariances + covariances.transpose(0, 2, 1)) / 2
    return ClassGaussians(model.means, covariances, model.priors)
