"""The valid region of two classes (theorem 1, corollary 1.1) as expressions, exact and as printed.

The margin g(z) = (w_1−w_2)ᵀz + b_1−b_2 is one-dimensional, and R_ε = {|g| < a} with a the ε-quantile of |g|.
In class i it has mean m_i = vᵀμ_i + β and standard deviation s_i = (vᵀΣ_i v)^{1/2}, with v = w_1−w_2 and
β = b_1−b_2. The paper measures along w_1 instead, from a boundary point z_0: m_i = w_1ᵀ(μ_i−z_0), a = α‖w_1‖².
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic.vectors import Vector


def mass_outside_law(a: Any, cdfs: Sequence[Callable[[Any], Any]], priors: Vector) -> Expr:
    """P(|g| > a) = Σ π_i [1 − G_i(a) + G_i(−a)] for continuous class laws G_i of g, to equal 1−ε (eq 19).

    Examples
    --------
    >>> mass_outside_law(sp.Symbol("a"), [sp.Function("G")], [1])
    G(-a) - G(a) + 1
    """
    return sp.Add(*[prior * (1 - G(a) + G(-a)) for G, prior in zip(cdfs, priors, strict=True)])


def discrete_offset(margins: Vector, masses: Vector, epsilon: Any) -> Expr:
    """s_ε = min{s : P(|g| ≤ s) ≥ ε} for atoms `margins` of g of probability `masses` (theorem 1, any law).

    Exact for rational input. The valid region is {|g| < s_ε}, empty when P(g=0) ≥ ε.

    Examples
    --------
    >>> discrete_offset([-3, 0, 1], [sp.Rational(1, 3)] * 3, sp.Rational(1, 2))
    1
    """
    atoms = sorted((abs(sp.sympify(g)), sp.sympify(mass)) for g, mass in zip(margins, masses, strict=True))
    cumulative = accumulate(mass for _, mass in atoms)
    return next(size for (size, _), total in zip(atoms, cumulative, strict=True) if total >= epsilon)


def mass_outside(a: Any, means: Vector, stds: Vector, priors: Vector) -> Expr:
    """F(a) = Σ π_i [Φ((m_i−a)/s_i) + Φ((−m_i−a)/s_i)] = P(|g| > a) for Gaussian classes; set it to 1−ε.

    F falls strictly from 1 to 0 on a ≥ 0, so there is exactly one root for every ε in (0, 1).

    Examples
    --------
    >>> mass_outside(0, [2, -1], [1, 3], [sp.Rational(1, 2)] * 2).simplify()
    1
    """
    terms = zip(means, stds, priors, strict=True)
    return sp.Add(*[prior * (_Phi((m - a) / s) + _Phi((-m - a) / s)) for m, s, prior in terms])


def mass_outside_derivative(a: Any, means: Vector, stds: Vector, priors: Vector) -> Expr:
    """F′(a) = −Σ (π_i/s_i) [φ((m_i−a)/s_i) + φ((m_i+a)/s_i)] < 0."""
    terms = zip(means, stds, priors, strict=True)
    return -sp.Add(*[prior / s * (_phi((m - a) / s) + _phi((m + a) / s)) for m, s, prior in terms])


def separable_mass_outside(a: Any, means: Vector, stds: Vector, priors: Vector) -> Expr:
    """F̃(a) = Σ π_i Φ((|m_i|−a)/s_i) ≤ F(a), without the wrong sides; F̃ = 1−ε is eq 20 with its signs right.

    A root a > 0 exists iff ε exceeds the misclassification rate, and it is never above the exact one.
    """
    terms = zip(means, stds, priors, strict=True)
    return sp.Add(*[prior * _Phi((sp.Abs(m) - a) / s) for m, s, prior in terms])


def separable_gap(a: Any, means: Vector, stds: Vector, priors: Vector) -> Expr:
    """F(a) − F̃(a) = Σ π_i Φ(−(|m_i|+a)/s_i), at a = 0 the misclassification rate (m_1 > 0 > m_2)."""
    terms = zip(means, stds, priors, strict=True)
    return sp.Add(*[prior * _Phi(-(sp.Abs(m) + a) / s) for m, s, prior in terms])


def equation_20_printed(a: Any, means: Vector, stds: Vector, priors: Vector) -> Expr:
    """π_1 erf((m_1−a)/(√2 s_1)) + π_2 erf((m_2−a)/(√2 s_2)), to equal 1−2ε (eq 20 as printed; false).

    Both margins are measured along w_1, so m_2 < 0: for symmetric classes it never exceeds 0.
    """
    return _erf_sum(a, means, stds, priors)


def equation_20(a: Any, means: Vector, stds: Vector, priors: Vector) -> Expr:
    """π_1 erf((m_1−a)/(√2 s_1)) + π_2 erf((−m_2−a)/(√2 s_2)), to equal 1−2ε (eq 20, w_i in place of w_1)."""
    m_1, m_2 = means
    return _erf_sum(a, [m_1, -m_2], stds, priors)


def class_mass_outside_integral(a: Any, m: Any, s: Any) -> sp.Integral:
    """∫_a^∞ N(g; m, s²) dg, the half space integral of eq 21 reduced to the margin (class 1)."""
    g = sp.Symbol("g", real=True)
    return sp.Integral(_phi((g - m) / s) / s, (g, a, sp.oo))


def class_mass_outside(a: Any, m: Any, s: Any) -> Expr:
    """½ [1 − erf(−(m−a)/(√2 s))], the closed form of the half space integral (eq 22; true for class 1)."""
    return (1 - sp.erf(-(m - a) / (sp.sqrt(2) * s))) / 2


def _Phi(x: Any) -> Expr:
    return (1 + sp.erf(x / sp.sqrt(2))) / 2


def _phi(x: Any) -> Expr:
    return sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)


def _erf_sum(a: Any, means: Vector, stds: Vector, priors: Vector) -> Expr:
    terms = zip(means, stds, priors, strict=True)
    return sp.Add(*[prior * sp.erf((m - a) / (sp.sqrt(2) * s)) for m, s, prior in terms])
