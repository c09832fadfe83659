"""Confidence at a given magnitude and angle as expressions (eqs 61–85, theorems 4, 5 and E, proposition 5).

All but proposition 5 concern the optimal structure: c = ‖w‖‖z‖, x_i = cos θ_{i,z}, class 1 is the maximal one,
m = x_1, and A = K/(K−1), so that Σ x_i = 0 and Σ x_i² ≤ A with equality when z lies in the span of the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic.vectors import Vector, dot


def confidence(c: Any, cosines: Vector) -> Expr:
    """exp(c x_1)/Σ_j exp(c x_j), the confidence of class 1 (eqs 61–62); `cosines` starts with the largest."""
    return sp.exp(c * cosines[0]) / sp.Add(*[sp.exp(c * x) for x in cosines])


def two_class_confidence(c: Any, m: Any) -> Expr:
    """1/(1+e^{−2cm}) (eq 65): for K = 2 the confidence is a function of c and m."""
    return 1 / (1 + sp.exp(-2 * c * m))


def three_class_cosines(theta: Any) -> list[Expr]:
    """Cos θ, cos(2π/3−θ), cos(2π/3+θ): the cosines for K = 3, H = 2, θ in [0, π/3] (before eq 66).

    Examples
    --------
    >>> three_class_cosines(0)
    [1, -1/2, -1/2]
    """
    third = 2 * sp.pi / 3
    return [sp.cos(theta), sp.cos(third - theta), sp.cos(third + theta)]


def three_class_confidence(c: Any, theta: Any) -> Expr:
    """The confidence for K = 3, H = 2 at angle θ from the closest weight (eqs 66–67)."""
    return confidence(c, three_class_cosines(theta))


def three_class_derivative(c: Any, theta: Any) -> Expr:
    """dp_1/dθ = c p_1 p_2 N(e) for K = 3, H = 2, N = `three_class_certificate`, e = exp(c(x_3 − x_2)) = p_3/p_2."""
    x = three_class_cosines(theta)
    total = sp.Add(*[sp.exp(c * y) for y in x])
    p_1, p_2 = sp.exp(c * x[0]) / total, sp.exp(c * x[1]) / total
    return c * p_1 * p_2 * three_class_certificate(theta, sp.exp(c * (x[2] - x[1])))


def three_class_derivative_in_cosine(c: Any, theta: Any) -> Expr:
    """dp_1/d cos θ = c p_1 [(3/2)(1−p_1) + (√3/2)(p_2−p_3) cot θ] > 0 (the paper prints the opposite sign)."""
    x = three_class_cosines(theta)
    p_1, p_2, p_3 = (sp.exp(c * y) / sp.Add(*[sp.exp(c * y) for y in x]) for y in x)
    return c * p_1 * (sp.Rational(3, 2) * (1 - p_1) + sp.sqrt(3) / 2 * (p_2 - p_3) * sp.cot(theta))


def three_class_certificate(theta: Any, e: Any) -> Expr:
    """N(e) = −sin θ (1+e) − sin(2π/3−θ) + e sin(2π/3+θ), affine in e and negative on [0, 1] (theorem 4, K=3, H=2)."""
    third = 2 * sp.pi / 3
    return -sp.sin(theta) * (1 + e) - sp.sin(third - theta) + e * sp.sin(third + theta)


def envelope_upper(m: Any, c: Any, K: Any) -> Expr:
    """hi(m, c) = 1/(1+(K−1)e^{−Acm}), the largest confidence at max cos m when H ≥ K (theorem E): others tie."""
    K = sp.sympify(K)
    return 1 / (1 + (K - 1) * sp.exp(-K / (K - 1) * c * m))


def upper_extreme_point(m: Any, K: Any) -> tuple[Expr, Expr]:
    """(a, b) with cosines (m, a^{K−2}, b), a ≥ b: the most confident ones when H = K−1 (theorem E, K ≥ 3).

    Examples
    --------
    >>> upper_extreme_point(1, 3)
    (-1/2, -1/2)
    """
    K = sp.sympify(K)
    R = sp.sqrt(K * (1 - m**2) / (K - 2))
    return (-m + R) / (K - 1), (-m - (K - 2) * R) / (K - 1)


def envelope_upper_in_span(m: Any, c: Any, K: Any) -> Expr:
    """hi(m, c) = 1/(1+(K−2)e^{c(a−m)}+e^{c(b−m)}), the largest confidence when H = K−1 (theorem E, K ≥ 3)."""
    a, b = upper_extreme_point(m, K)
    return 1 / (1 + (sp.sympify(K) - 2) * sp.exp(c * (a - m)) + sp.exp(c * (b - m)))


def tied_count(m: Any, K: Any) -> Expr:
    """K = min(⌊K/(1+(K−1)m²)⌋, K−2), how many cosines tie at m in the least confident case (theorem E).

    Examples
    --------
    >>> tied_count(sp.Rational(1, 3), 4), tied_count(1, 4)
    (2, 1)
    """
    return sp.Min(sp.floor(K / (1 + (sp.sympify(K) - 1) * m**2)), K - 2)


def lower_extreme_point(m: Any, K: Any, k: Any) -> tuple[Expr, Expr]:
    """(y, b) with cosines (m^k, y, b^{K−k−1}), m ≥ y ≥ b: the least confident ones (theorem E, m ≥ 1/(K−1))."""
    K = sp.sympify(K)
    d = sp.sqrt((K / (K - 1) - k * K * m**2 / (K - k)) / ((K - k) * (K - k - 1)))
    return -k * m / (K - k) + (K - k - 1) * d, -k * m / (K - k) - d


def envelope_lower(m: Any, c: Any, K: Any, k: Any) -> Expr:
    """lo(m, c) = 1/(k+e^{c(y−m)}+(K−k−1)e^{c(b−m)}), the least confidence for m ≥ 1/(K−1), K ≥ 3 (theorem E).

    k is `tied_count`; it is an argument so that K, k, m can all be symbols.
    """
    y, b = lower_extreme_point(m, K, k)
    return 1 / (k + sp.exp(c * (y - m)) + (K - k - 1) * sp.exp(c * (b - m)))


def envelope_lower_off_span(m: Any, c: Any, K: Any) -> Expr:
    """lo(m, c) = 1/(K−1+e^{−cKm}), the least confidence for 0 ≤ m < 1/(K−1), which needs H ≥ K (theorem E)."""
    return 1 / (K - 1 + sp.exp(-c * K * m))


def safe_cosine(lower: Any, c: Any, K: Any) -> Expr:
    """g(m) = (K−1)/(cK) [log(K−1) + logit lo(m,c)] for H ≥ K: any m' < g(m) is less confident than m.

    `lower` is lo(m, c); g inverts `envelope_upper`, and no larger tolerance holds (safe ordering, theorem E).
    """
    K, lower = sp.sympify(K), sp.sympify(lower)
    return (K - 1) / (c * K) * (sp.log(K - 1) + sp.log(lower / (1 - lower)))


def meridian_confidence(phi: Any, c: Any, t: Vector) -> Expr:
    """p_1 on the meridian z ∝ cos φ ŵ_1 + sin φ u, u ⊥ w_1 a unit vector, t_j = uᵀŵ_j for j ≥ 2 (theorem 5.1).

    (1−p_1)/p_1 = e^{−cA cos φ} Σ_{j≥2} e^{c t_j sin φ}, with Σ t_j = 0; it strictly decreases on [0, π/2].
    """
    A = sp.Rational(len(t) + 1, len(t))
    spread = sp.Add(*[sp.exp(c * sp.sin(phi) * t_j) for t_j in t])
    return 1 / (1 + sp.exp(-c * A * sp.cos(phi)) * spread)


def meridian_cosines(phi: Any, t: Vector) -> list[Expr]:
    """x_1 = cos φ and x_j = −cos φ/(K−1) + t_j sin φ, the cosines on the meridian of `meridian_confidence`."""
    return [sp.cos(phi), *[-sp.cos(phi) / len(t) + t_j * sp.sin(phi) for t_j in t]]


def conserved_change(delta_1: Any, delta_2: Any, K: Any) -> Expr:
    """δ_c = −(δ_1+δ_2)/(K−2), the change of every other cosine when they change alike (eqs 77–79)."""
    return -(delta_1 + delta_2) / (sp.sympify(K) - 2)


def equation_82_left(delta_1: Any, delta_2: Any, K: Any) -> Expr:
    """(K−2)(1 − e^{δ_c−δ_1}), the left side of eq 82."""
    return (K - 2) * (1 - sp.exp(conserved_change(delta_1, delta_2, K) - delta_1))


def equation_82_right(cos_2: Any, delta_1: Any, delta_2: Any) -> Expr:
    """e^{x_2+δ_2−δ_1} − e^{x_2}, the right side of eq 82."""
    return sp.exp(sp.sympify(cos_2) + delta_2 - delta_1) - sp.exp(sp.sympify(cos_2))


def drift(p: Vector, change: Vector) -> Expr:
    """E_p[Δl] − Δl_1: where it is ≥ 0, p_1 does not increase by the finite move l → l + Δl (theorem 5.6)."""
    return dot(p, change) - change[0]


def large_K_tolerance(c: Any, K: Any) -> Expr:
    """(1/c) log(1+(e^c−1−c)/(K−1)): a larger drop of max cos lowers the confidence, any K (theorem 5.7)."""
    return sp.log(1 + (sp.exp(c) - 1 - c) / (sp.sympify(K) - 1)) / c


def arc_coordinates(mean: Any, radius: Any, theta: Any) -> list[Expr]:
    """The circle {Σx, Σx² fixed} in three coordinates: mean + radius cos(θ), cos(θ−2π/3), cos(θ+2π/3) (lemma A)."""
    third = 2 * sp.pi / 3
    return [mean + radius * sp.cos(theta + shift) for shift in (0, -third, third)]


def divided_difference(f: Callable[[Any], Any], x: Any, y: Any, z: Any) -> Expr:
    """Second divided difference f[x, y, z], positive for distinct points when f is strictly convex."""
    return ((f(x) - f(y)) / (x - y) - (f(y) - f(z)) / (y - z)) / (x - z)


def arc_derivative(f_prime: Callable[[Any], Any], x: Vector) -> Expr:
    """d/dθ Σ f(x_k) on the arc: −(x_1−x_2)(x_2−x_3)(x_1−x_3) f'[x_1,x_2,x_3]/√3 (lemma A)."""
    a, b, d = x
    return -(a - b) * (b - d) * (a - d) * divided_difference(f_prime, a, b, d) / sp.sqrt(3)


def sandwich_odds(c: Any, z: Vector) -> Expr:
    """Odds (1−p)/p against class 3 of proposition 5's sandwich (0,1), (−1,0), (1,0), all logits scaled by c.

    Examples
    --------
    >>> sandwich_odds(sp.Symbol("c"), [1, 0])
    exp(-c) + exp(-2*c)
    """
    x, y = z
    return sp.exp(c * (y - x)) + sp.exp(-2 * c * x)
