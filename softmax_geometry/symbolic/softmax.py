"""The softmax and the paper's uncertainty estimators (eqs 1–4, 6) as expressions.

`top` is the position, counted from 0, of the class whose logit is largest: the caller names the cell z is in.
Functions named `indexed_…` hold for a symbolic number of classes K: l is an `IndexedBase`, l[1..K] are the
logits, and the bound index of their sums is the integer symbol j (`bound`), so pass other free indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic.vectors import Rows, Vector, determinant, difference, dot, solve

Indexed = Any  # a sympy IndexedBase, whose elements sympy does not type

bound: sp.Symbol = sp.Symbol("j", integer=True)
_TENTH = sp.Rational(1, 10)


def affine_logits(weight: Rows, z: Vector, bias: Vector | None = None) -> list[Expr]:
    """Logits l_i = w_iᵀz + b_i of a head with K rows w_i (section 2); zero bias when none is given.

    Examples
    --------
    >>> affine_logits([[1, 2], [3, 4]], sp.symbols("x y"), sp.symbols("b1 b2"))
    [b1 + x + 2*y, b2 + 3*x + 4*y]
    """
    bias = [0] * len(weight) if bias is None else bias
    return [dot(w, z) + b for w, b in zip(weight, bias, strict=True)]


def softmax(logits: Vector) -> list[Expr]:
    """σ_i = exp(l_i)/Σ_j exp(l_j) (eq 1).

    Examples
    --------
    >>> softmax([0, sp.log(3)])
    [1/4, 3/4]
    """
    total = sp.Add(*[sp.exp(l) for l in logits])
    return [sp.exp(l) / total for l in logits]


def magnitude_angle_softmax(weight_norms: Vector, z_norm: Any, cosines: Vector) -> list[Expr]:
    """The softmax of l_i = ‖w_i‖ ‖z‖ cos θ_{i,z} (eq 6); the logits have this form only without biases."""
    return softmax([norm * z_norm * x for norm, x in zip(weight_norms, cosines, strict=True)])


def U_max(logits: Vector, top: int) -> Expr:
    """−σ_top, the negative softmax confidence where class `top` is the largest (eq 2). Higher is more OOD."""
    return -softmax(logits)[top]


def U_entropy(logits: Vector) -> Expr:
    """−Σ σ_i log σ_i in nats (eq 2). Higher is more OOD.

    Examples
    --------
    >>> U_entropy([0, 0])
    log(2)
    """
    return _entropy(softmax(logits))


def U_cool(logits: Vector, factor: Any = _TENTH) -> Expr:
    """`U_entropy` of the logits times 1/10 (section 6, cause 1). Higher is more OOD."""
    return U_entropy([factor * l for l in logits])


def log_odds_against(logits: Vector, top: int) -> Expr:
    """log((1 − σ_top)/σ_top) = log Σ_{j≠top} exp(l_j − l_top), the saturation-free order of `U_max`.

    Examples
    --------
    >>> log_odds_against([3, 0], top=0)
    -3
    """
    return sp.log(sp.Add(*[sp.exp(l - logits[top]) for j, l in enumerate(logits) if j != top]))


def U_max_log(logits: Vector, top: int) -> Expr:
    """log(1 − σ_top), the order of `U_max` without saturation. Higher is more OOD."""
    return log_odds_against(logits, top) - sp.log(sp.Add(*[sp.exp(l - logits[top]) for l in logits]))


def U_entropy_log(logits: Vector) -> Expr:
    """Log of the softmax entropy, the order of `U_entropy` without saturation. Higher is more OOD."""
    return sp.log(U_entropy(logits))


def normal_density(z: Vector, mean: Vector, covariance: Rows) -> Expr:
    """Density N(z; μ, Σ) of a Gaussian in H dimensions.

    Examples
    --------
    >>> normal_density([0], [0], [[1]])
    sqrt(2)/(2*sqrt(pi))
    """
    outward = difference(z, mean)
    scale = (2 * sp.pi) ** sp.Rational(len(outward), 2) * sp.sqrt(determinant(covariance))
    return sp.exp(-dot(outward, solve(covariance, outward)) / 2) / scale


def weighted_densities(z: Vector, means: Rows, covariances: Sequence[Rows], priors: Vector) -> list[Expr]:
    """π_i N(z; μ_i, Σ_i) for every component i, the terms of eq 4."""
    return [
        prior * normal_density(z, mean, covariance)
        for mean, covariance, prior in zip(means, covariances, priors, strict=True)
    ]


def mixture_density(z: Vector, means: Rows, covariances: Sequence[Rows], priors: Vector) -> Expr:
    """q̂(z) = Σ π_i N(z; μ_i, Σ_i) (eq 4)."""
    return sp.Add(*weighted_densities(z, means, covariances, priors))


def U_density(z: Vector, means: Rows, covariances: Sequence[Rows], priors: Vector) -> Expr:
    """−log q̂(z) of a Gaussian mixture (eqs 3–4). Higher is more OOD."""
    return -sp.log(mixture_density(z, means, covariances, priors))


def responsibilities(z: Vector, means: Rows, covariances: Sequence[Rows], priors: Vector) -> list[Expr]:
    """r_i(z) = π_i N(z; μ_i, Σ_i)/q̂(z), the posterior of component i."""
    weighted = weighted_densities(z, means, covariances, priors)
    return [density / sp.Add(*weighted) for density in weighted]


def indexed_softmax(l: Indexed, i: Any, K: Any) -> Expr:
    """σ_i = exp(l[i])/Σ_{j=1}^K exp(l[j]) (eq 1), K symbolic.

    Examples
    --------
    >>> indexed_softmax(sp.IndexedBase("l"), sp.Symbol("i", integer=True), sp.Symbol("K", integer=True))
    exp(l[i])/Sum(exp(l[j]), (j, 1, K))
    """
    return sp.exp(l[i]) / _total(l, K)


def indexed_U_max(l: Indexed, top: Any, K: Any) -> Expr:
    """−σ_top (eq 2), K symbolic. Higher is more OOD."""
    return -indexed_softmax(l, top, K)


def indexed_U_entropy(l: Indexed, K: Any) -> Expr:
    """The entropy (eq 2) as log Σ exp(l_j) − Σ σ_j l_j, K symbolic. Higher is more OOD."""
    return sp.log(_total(l, K)) - indexed_mean(l, l[bound], K)


def indexed_mean(l: Indexed, term: Any, K: Any) -> Expr:
    """E_p of `term`, an expression in the bound index j: Σ_{j=1}^K exp(l[j]) term / Σ_{j=1}^K exp(l[j])."""
    return sp.Sum(sp.exp(l[bound]) * term, (bound, 1, K)) / _total(l, K)


def _total(l: Indexed, K: Any) -> Any:
    return sp.Sum(sp.exp(l[bound]), (bound, 1, K))


def _entropy(p: Vector) -> Expr:
    return -sp.Add(*[q * sp.log(q) for q in p])
