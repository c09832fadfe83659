"""Theorem 7.6: far out in almost every direction the softmax is sure, and the density is not.

**Claim** (ours; it makes precise figure 1a and section 2, "fails to decrease its confidence if queried far from the
training data"). Let d be a direction in which one class wins, γ = min_{j≠1} (w_1 − w_j)ᵀd > 0, and β = max_j (b_j −
b_1). Along z = r d,

    1 − max σ(r d) ≤ (K−1) e^{β − rγ},

so for every t < 1 the ray leaves {max σ < t} for good after r = (L + β + log(K−1))/γ, L = log(t/(1−t)). For a
Gaussian mixture U_density(r d) → ∞, so for every ε in (0, 1) the ray stays in R_ε(U_density) from some r on.

**Verdict.** Proved.

**What is true.** As claimed. Almost every d qualifies if no two weights are equal: ties between w_i and w_j fill the
plane (w_i − w_j)ᵀd = 0. On such a tie, if it wins, max σ tends to the largest softmax of the biases of the tied
classes (1/(number of ties) if they are equal), so the ray never leaves {max σ < t} for t above that. U_density grows
like r²: U_density(r d) ≥ λ(r‖d‖ − ρ)²/2 − C with λ the least eigenvalue of the Σ_i^{-1} and ρ = max ‖μ_i‖.

**Proof.** l_j − l_1 ≤ β − rγ for j ≥ 2, and 1 − p_1 = T/(1+T) ≤ T = Σ_{j≥2} e^{l_j − l_1}. The log-odds against are
log T ≤ log(K−1) + β − rγ ≤ −L from the stated r on. For the density, (z−μ_i)ᵀΣ_i^{-1}(z−μ_i) ≥ λ‖z−μ_i‖² ≥ λ(r‖d‖ −
ρ)² for r‖d‖ ≥ ρ, so q̂ ≤ e^C e^{−λ(r‖d‖−ρ)²/2} with e^C = Σ π_i (2π)^{−H/2} det(Σ_i)^{−1/2}. R_ε = {U > τ} with a
finite τ, since P_in(U < u) > 1 − ε for large u. ∎

**What the machine checks.** The bound by z3 with K symbolic, the radius by z3, limits by sympy on the expressions;
the quadratic growth by balls on a range of r. Second route: through the margin (theorem 2.6), and exactly on an
integer head.

**Sources.** Hein, Andriushchenko & Bitterwolf (2019), for ReLU networks; Pearce, Brintrup & Zhu (2021), figure 1a.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import regions
from softmax_geometry.symbolic import softmax as symbolic

r, K, M = sp.symbols("r K M", positive=True)
WEIGHT, BIAS = [[2, 1], [-1, 1], [0, -3]], [0, 1, 2]
MIXTURE = ([[-1], [3]], [[[1]], [[4]]], [sp.Rational(1, 4), sp.Rational(3, 4)])


def along(direction):
    return symbolic.affine_logits(WEIGHT, [r * x for x in direction], BIAS)


@pytest.mark.proves("Theorem 7.6")
def test_the_rest_is_bounded_by_the_largest_competitor():
    """T = Σ_{j≥2} e^{l_j − l_1} ≤ (K−1) e, e = e^{β−rγ}; the rest is T/(1+T)."""
    size, T, e, rest = z3.Reals("K T e rest")
    prove(rest <= (size - 1) * e, [size >= 2, T >= 0, e > 0, (size - 1) * e >= T, rest * (1 + T) == T])


@pytest.mark.proves("Theorem 7.6")
def test_radius_beyond_which_the_threshold_is_passed():
    radius, gamma, beta, log_size, log_odds, level = z3.Reals("r gamma beta logK odds L")
    prove(
        log_odds <= -level,
        [gamma > 0, log_odds <= log_size + beta - radius * gamma, radius * gamma >= level + beta + log_size],
    )


@pytest.mark.proves("Theorem 7.6")
def test_limits_along_a_ray():
    assert sp.limit(symbolic.U_max(along([1, 0]), 0), r, sp.oo) == -1
    assert sp.limit(symbolic.mixture_density([r], *MIXTURE), r, sp.oo) == 0


@pytest.mark.proves("Theorem 7.6")
def test_density_uncertainty_grows_quadratically():
    """λ = 1/4, ρ = 3, e^C = Σ π_i/(√(2π) s_i) = 5/(8√(2π)) < 1: U_density ≥ (r − 3)²/8 on a range of r, both ways."""
    for side in (1, -1):
        f = BallFunction(symbolic.U_density([side * r], *MIXTURE) - (r - 3) ** 2 / 8, r)
        assert prove_positive(f, [(3, 12)], derivative=f.derivative).proved


@pytest.mark.second_route("Theorem 7.6")
def test_through_the_margin():
    assert sp.limit(regions.confidence_floor(M, 7), M, sp.oo) == 1
    floor = regions.confidence_floor(M, K)
    assert sp.simplify((1 / floor - 1) / ((K - 1) * sp.exp(-M))) == 1


@pytest.mark.second_route("Theorem 7.6")
def test_an_integer_head_exactly():
    """D = (1, 0): γ = 2, β = 2. For L = 3 the radius (5 + log 2)/2 < 3; the confidence at 3, 4, … exceeds σ(3)."""
    threshold = (3, 0)
    for radius in (3, 4, 10, 100):
        assert compare_confidence([2 * radius, 1 - radius, 2], threshold) == 1
    assert compare_confidence([Fraction(2), Fraction(0), Fraction(2)], threshold) == -1  # r = 1: inside


@pytest.mark.second_route("Theorem 7.6")
def test_density_bound_term_by_term():
    z, mean, rho, radius = z3.Reals("z mu rho r")
    prove(
        (z - mean) * (z - mean) >= (radius - rho) * (radius - rho),
        [rho >= 0, radius >= rho, mean <= rho, mean >= -rho, z * z == radius * radius],
    )


@pytest.mark.twin("Theorem 7.6")
def test_twin_a_direction_in_which_two_classes_tie():
    """Along d = (0, 1) classes 1 and 2 tie in the limit, up to their biases: max σ tends to σ(1), not to 1."""
    limit = sp.limit(symbolic.U_max(along([0, 1]), 1), r, sp.oo)
    assert sp.simplify(limit + 1 / (1 + sp.exp(-1))) == 0
    assert limit != -1


@pytest.mark.twin("Theorem 7.6")
def test_twin_the_gap_may_vanish():
    radius, gamma, beta, log_size, log_odds, level = z3.Reals("r gamma beta logK odds L")
    with pytest.raises(RefutedError):
        prove(log_odds <= -level, [gamma >= 0, radius > 0, log_odds <= log_size + beta - radius * gamma])


@pytest.mark.twin("Theorem 7.6")
def test_twin_density_uncertainty_stays_bounded():
    f = BallFunction(20 - symbolic.U_density([r], *MIXTURE), r)
    assert prove_positive(f, [(3, 40)]).refuted


@pytest.mark.twin("Theorem 7.6")
def test_twin_a_bound_without_the_number_of_classes():
    size, T, e, rest = z3.Reals("K T e rest")
    with pytest.raises(RefutedError) as refuted:
        prove(rest <= e, [size >= 2, T >= 0, e > 0, (size - 1) * e >= T, rest * (1 + T) == T])
    assert Fraction(refuted.value.model["K"]) > 2
