"""Valid OOD regions as expressions: thresholds, margins, the linear region and the density's ellipsoids.

A confidence threshold t and a margin threshold L = log(t/(1−t)) say the same. M is the top-two logit margin.
The regions of two classes are in `symbolic.two_class`.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic.vectors import (
    Rows,
    Vector,
    determinant,
    difference,
    dot,
    quadratic_form,
    solve,
    squared_norm,
)


def margin_from_confidence(t: Any) -> Expr:
    """L = log(t/(1−t)), the logit of a confidence t in (0, 1).

    Examples
    --------
    >>> margin_from_confidence(sp.Rational(9, 10))
    log(9)
    """
    return sp.log(sp.sympify(t) / (1 - t))


def confidence_from_margin(L: Any) -> Expr:
    """T = 1/(1+e^{−L}), the inverse of `margin_from_confidence`."""
    return 1 / (1 + sp.exp(-sp.sympify(L)))


def offset(L: Any, w_i: Vector, w_j: Vector) -> Expr:
    """α_ij = L/‖w_i − w_j‖² of definition 4 in closed form, in units of w_i − w_j; the same for both classes.

    Examples
    --------
    >>> offset(sp.Symbol("L"), [1, 0], [-1, 0])
    L/4
    """
    return L / squared_norm(difference(w_i, w_j))


def width(L: Any, w_i: Vector, w_j: Vector) -> Expr:
    """2L/‖w_i − w_j‖, the Euclidean distance between the two hyperplanes of a pair (eq 27).

    Examples
    --------
    >>> width(sp.Symbol("L"), [1, 0], [-1, 0])
    L
    """
    return 2 * L / sp.sqrt(squared_norm(difference(w_i, w_j)))


def theorem_1_offset(definition_4_offset: Any) -> Expr:
    """The α of theorem 1, in units of w_1 = −w_2: twice definition 4's, whose unit w_1 − w_2 is twice w_1."""
    return 2 * definition_4_offset


def confidence_floor(M: Any, K: Any) -> Expr:
    """1/(1+(K−1)e^{−M}), the least max σ at margin M (theorem 2.6): all other logits tie.

    Examples
    --------
    >>> confidence_floor(0, sp.Symbol("K"))
    1/K
    """
    return 1 / (1 + (K - 1) * sp.exp(-sp.sympify(M)))


def confidence_ceiling(M: Any) -> Expr:
    """1/(1+e^{−M}), the supremum of max σ at margin M (theorem 2.6): only two classes count."""
    return confidence_floor(M, 2)


def entropy_ceiling(M: Any, K: Any) -> Expr:
    """Entropy of (1, e^{−M}, …, e^{−M})/(1+(K−1)e^{−M}), the largest at margin M (theorem 2.7)."""
    others = (K - 1) * sp.exp(-sp.sympify(M))
    return sp.log(1 + others) + others * M / (1 + others)


def entropy_floor(M: Any) -> Expr:
    """Binary entropy h₂(σ(M)), the infimum of the entropy at margin M (theorem 2.7).

    Examples
    --------
    >>> entropy_floor(0)
    log(2)
    """
    return entropy_ceiling(M, 2)


def boundary_margin(L: Any, S: Any) -> Expr:
    """M = −log(e^{−L} − S), the margin at which max σ = t exactly (theorem 2), S = Σ_{k≥3} e^{l_k − l_1}.

    Equal to L when S = 0, larger otherwise; there is no boundary when S ≥ e^{−L}.
    """
    return -sp.log(sp.exp(-sp.sympify(L)) - S)


def far_field_remainder(beta: Any, alpha: Any, weight: Rows, direction: Vector) -> Expr:
    """Σ_{k≥3} exp(β(w_k − w_1)ᵀd + α(w_k − w_1)ᵀ(w_1 − w_2)) (eqs 33–34, divided by class 1's exponential).

    The first two rows of `weight` are w_1 and w_2; `direction` d satisfies w_1ᵀd = w_2ᵀd.
    """
    across = difference(weight[0], weight[1])
    drops = [difference(w, weight[0]) for w in weight[2:]]
    return sp.Add(*[sp.exp(beta * dot(drop, direction) + alpha * dot(drop, across)) for drop in drops])


def far_field_confidence(beta: Any, alpha: Any, weight: Rows, direction: Vector) -> Expr:
    """p_1(βd + α(w_1 − w_2)) with zero bias (eqs 30–33), d as in `far_field_remainder`.

    Examples
    --------
    >>> beta, alpha = sp.symbols("beta alpha")
    >>> far_field_confidence(beta, alpha, [[1, 0], [-1, 0]], [0, 1])
    1/(1 + exp(-4*alpha))
    """
    across = squared_norm(difference(weight[0], weight[1]))
    return 1 / (1 + sp.exp(-alpha * across) + far_field_remainder(beta, alpha, weight, direction))


def far_field_bound(beta: Any, alpha: Any, weight: Rows, direction: Vector) -> Expr:
    """(K−2) e^{−βγ+αC}, the bound on |p_1 − σ(α‖w_1−w_2‖²)| in the corrected theorem 2, for α, β ≥ 0.

    γ = min_k (w_1−w_k)ᵀd must be positive for it to vanish far out; C = max_k (w_k−w_1)ᵀ(w_1−w_2), k ≥ 3.
    """
    across = difference(weight[0], weight[1])
    gamma = sp.Min(*[dot(difference(weight[0], w), direction) for w in weight[2:]])
    C = sp.Max(*[dot(difference(w, weight[0]), across) for w in weight[2:]])
    return (len(weight) - 2) * sp.exp(-beta * gamma + alpha * C)


def squared_mahalanobis(z: Vector, mean: Vector, covariance: Rows) -> Expr:
    """q_i = (z−μ_i)ᵀ Σ_i⁻¹ (z−μ_i), the quadratic form that eq 23 needs."""
    outward = difference(z, mean)
    return dot(outward, solve(covariance, outward))


def quadratic_form_printed(z: Vector, mean: Vector, covariance: Rows) -> Expr:
    """(z−μ_i)ᵀ Σ_i (z−μ_i), the quadratic form of eq 23 as printed (false: Σ_i in place of its inverse)."""
    return quadratic_form(covariance, difference(z, mean))


def ellipsoid_radius(t: Any, prior: Any, covariance: Rows) -> Expr:
    """c_i(t) = 2 log(π_i/(t (2π)^{H/2} det(Σ_i)^{1/2})): π_i N_i(z) < t iff `squared_mahalanobis` > c_i(t).

    t is a density level (proposition 2 corrected). Theorem 2.1: the exact region {q̂ < t} lies between the
    intersections of the exteriors with radii c_i(t) + 2 log K and c_i(t).

    Examples
    --------
    >>> ellipsoid_radius(1 / (2 * sp.pi), 1, [[1, 0], [0, 1]])
    0
    """
    scale = (2 * sp.pi) ** sp.Rational(len(covariance), 2) * sp.sqrt(determinant(covariance))
    return 2 * sp.log(prior / (t * scale))
