"""Proposition 1: the directions of steepest uncertainty (eqs 8–10) as expressions, printed and corrected.

Gradients with respect to z are lists of H components. The `indexed_…` forms hold for a symbolic number of
classes, with the conventions of `symbolic.softmax`: w is an `IndexedBase`, w[j, h] a component of w_j.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic.softmax import (
    Indexed,
    bound,
    indexed_mean,
    indexed_softmax,
    mixture_density,
    responsibilities,
    softmax,
    weighted_densities,
)
from softmax_geometry.symbolic.vectors import Rows, Vector, determinant, difference, dot, solve


def U_max_gradient(logits: Vector, weight: Rows, top: int) -> list[Expr]:
    """∂U_max/∂z = σ_top Σ_j σ_j (w_j − w_top) (eq 8), true where class `top` alone is the largest.

    Examples
    --------
    >>> U_max_gradient([0, 0], [[1], [-1]], top=0)
    [-1/2]
    """
    p = softmax(logits)
    return [p[top] * pull for pull in _pulls(p, weight)[top]]


def U_entropy_gradient_printed(logits: Vector, weight: Rows) -> list[Expr]:
    """∂U_entropy/∂z = Σ_i (log σ_i + 1) σ_i Σ_j σ_j (w_j − w_i) (eq 9 as printed; true)."""
    p = softmax(logits)
    pulls = _pulls(p, weight)
    return [
        sp.Add(*[(sp.log(q) + 1) * q * pull[h] for q, pull in zip(p, pulls, strict=True)])
        for h in range(len(weight[0]))
    ]


def U_entropy_gradient(logits: Vector, weight: Rows) -> list[Expr]:
    """∂U_entropy/∂z = −Cov_p(l, w) = −Σ_i σ_i (l_i − E_p l) w_i (eq 9, compact form).

    Examples
    --------
    >>> U_entropy_gradient([0, 0], [[1], [-1]])
    [0]
    """
    p = softmax(logits)
    mean = dot(p, logits)
    return [
        -dot([q * (l - mean) for q, l in zip(p, logits, strict=True)], column) for column in zip(*weight, strict=True)
    ]


def U_density_gradient_printed(z: Vector, means: Rows, covariances: Sequence[Rows], priors: Vector) -> list[Expr]:
    """Right-hand side of eq 10 as printed: (1/q̂) Σ π_i exp(−q_i/2) Σ_i⁻¹(z − μ_i), without det(Σ_i)^{−1/2}.

    Proportional to the gradient only if all det Σ_i are equal; otherwise even its sign can be wrong.
    """
    undetermined = [
        density * (2 * sp.pi) ** sp.Rational(len(z), 2) * sp.sqrt(determinant(covariance))
        for density, covariance in zip(weighted_densities(z, means, covariances, priors), covariances, strict=True)
    ]
    q = mixture_density(z, means, covariances, priors)
    return _outward_sum([density / q for density in undetermined], z, means, covariances)


def U_density_gradient(z: Vector, means: Rows, covariances: Sequence[Rows], priors: Vector) -> list[Expr]:
    """∂U_density/∂z = Σ_i r_i(z) Σ_i⁻¹(z − μ_i) (eq 10 corrected; r_i carries the determinant).

    Examples
    --------
    >>> z = sp.Symbol("z")
    >>> U_density_gradient([z], [[1]], [[[2]]], [1])
    [z/2 - 1/2]
    """
    return _outward_sum(responsibilities(z, means, covariances, priors), z, means, covariances)


def indexed_derivative(expression: Expr, l: Indexed, m: Any) -> Expr:
    """∂ expression/∂l[m] for an index m in 1..K, computed by sympy and with the Kronecker sums done.

    Examples
    --------
    >>> l, m, K = sp.IndexedBase("l"), *sp.symbols("m K", integer=True)
    >>> indexed_derivative(sp.Sum(l[bound] ** 2, (bound, 1, K)), l, m)
    2*l[m]
    """

    def collapse(sum_: Any) -> Any:
        (index, _, _), (summand, *_) = sum_.limits[0], sum_.args
        delta = sp.KroneckerDelta(index, m)
        constant, picked = sp.expand(summand).coeff(delta, 0), sp.expand(summand).coeff(delta, 1)
        rest = sp.Sum(constant, *sum_.limits) if constant != 0 else sp.Integer(0)
        return rest + picked.subs(index, m)

    derivative: Any = sp.diff(expression, l[m])
    return derivative.replace(lambda e: isinstance(e, sp.Sum) and e.has(sp.KroneckerDelta), collapse)


def indexed_U_max_logit_gradient(l: Indexed, top: Any, m: Any, K: Any) -> Expr:
    """∂U_max/∂l_m = σ_top (σ_m − δ_{m,top}) (eq 8 before the chain rule), K symbolic."""
    return indexed_softmax(l, top, K) * (indexed_softmax(l, m, K) - sp.KroneckerDelta(m, top))


def indexed_U_entropy_logit_gradient(l: Indexed, m: Any, K: Any) -> Expr:
    """∂U_entropy/∂l_m = −σ_m (l_m − E_p l) (eq 9 before the chain rule), K symbolic."""
    return -indexed_softmax(l, m, K) * (l[m] - indexed_mean(l, l[bound], K))


def indexed_U_max_gradient(l: Indexed, w: Indexed, top: Any, h: Any, K: Any) -> Expr:
    """∂U_max/∂z_h = σ_top Σ_j σ_j (w[j,h] − w[top,h]) (eq 8), K symbolic."""
    return indexed_softmax(l, top, K) * indexed_mean(l, w[bound, h] - w[top, h], K)


def indexed_U_entropy_gradient(l: Indexed, w: Indexed, h: Any, K: Any) -> Expr:
    """∂U_entropy/∂z_h = −Σ_j σ_j (l_j − E_p l) w[j,h] = −Cov_p(l, w_h) (eq 9, compact), K symbolic."""
    return -(
        indexed_mean(l, l[bound] * w[bound, h], K) - indexed_mean(l, l[bound], K) * indexed_mean(l, w[bound, h], K)
    )


def _pulls(p: Vector, weight: Rows) -> list[list[Expr]]:
    """Σ_j σ_j (w_j − w_i) for every class i."""
    return [
        [dot(p, [w - own for w in column]) for own, column in zip(row, zip(*weight, strict=True), strict=True)]
        for row in weight
    ]


def _outward_sum(factors: Vector, z: Vector, means: Rows, covariances: Sequence[Rows]) -> list[Expr]:
    """Σ_i factor_i Σ_i⁻¹(z − μ_i)."""
    outward = [solve(covariance, difference(z, mean)) for mean, covariance in zip(means, covariances, strict=True)]
    return [dot(factors, component) for component in zip(*outward, strict=True)]
