"""Theorem 5.5: the first case of the paper's proof of theorem 5, made exact: rotation in the plane of w_1 and w_2.

**Claim** (ours; the statement eqs 77–82 aim at). Optimal structure, K ≥ 3, zero bias, any c > 0. z rotates in the
plane of w_1 and w_2 while its part orthogonal to that plane stays, so that δ_1 < 0 ≤ δ_2 for the changes of the first
two cosines. If p_2 ≥ q, the mean of p_3, …, p_K at the start, then p_1 strictly decreases, for finite moves too.

**Verdict.** Proved: for all K ≥ 3, without the approximation cos θ_{z,j} ≈ 0 of eqs 80–82.

**What is true.** δ_j = δ_c = −(δ_1+δ_2)/(K−2) for every j ≥ 3, as the paper says, for this motion only. The
hypothesis p_2 ≥ q holds when w_2 is the second closest. For small moves (log p_1)′ = c{x_1′[(1−p_1)+q] −
x_2′[p_2−q]}, q = (1−p_1−p_2)/(K−2).

**Proof.** The part of w_j, j ≥ 3, in span(w_1, w_2) is −(w_1+w_2)/(K−2): its inner products with w_1 and w_2 are −(1
− 1/(K−1))/(K−2) = −1/(K−1), as they must be. So δ_j = δ_c. By eq 76 (theorem 5.6), p_1 falls iff Σ_{j≥2}
p_j(e^{c(δ_j−δ_1)} − 1) > 0, and e^u − 1 ≥ u bounds the sum from below by c times

    p_2(δ_2−δ_1) + (K−2)q(δ_c−δ_1) = δ_2(p_2−q) − δ_1(p_2 + (K−1)q) > 0.

*Up to the tie.* Let the part of z in the plane be at angle θ from w_1, 0 ≤ θ ≤ γ/2, cos γ = −1/(K−1). Up to a factor
x_1′ = −sin θ ≤ 0 and x_2′ = sin(γ−θ) > 0, and sin(γ−θ) − sin θ = 2 cos(γ/2) sin(γ/2−θ) ≥ 0. So x_2 gains on x_j at
the rate x_2′ − x_j′ = ((K−1)x_2′ + x_1′)/(K−2) ≥ x_2′ > 0: if w_2 is the second closest, it remains so until it ties
with w_1, and p_1 falls all the way. ∎

**What the machine checks.** The projection and δ_c (sympy, symbolic K), the identity of the bound and its sign (z3
and sympy, symbolic K). Second route: the derivative, as an identity and by z3. The twin drops p_2 ≥ q.

**Sources.** Pearce, Brintrup & Zhu (2021), eqs 77–82.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import exponential_sum_sign
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import conserved_change, drift
from softmax_geometry.symbolic.structure import gram_entry

K, d1, d2, p1, p2, q = sp.symbols("K delta_1 delta_2 p1 p2 q", real=True)
size, down, up, second, mean = z3.Reals("K down up p2 q")  # down = −δ_1, up = δ_2
MOVE = [size >= 3, down > 0, up >= 0, second > 0, mean > 0]
bound = up * (second - mean) + down * (second + (size - 1) * mean)


@pytest.mark.proves("Theorem 5.5")
def test_projection_of_the_other_weights():
    """⟨−(ŵ_1+ŵ_2)/(K−2), ŵ_1⟩ = G_12 = ⟨ŵ_j, ŵ_1⟩."""
    assert sp.simplify(-(gram_entry(1, 1, K) + gram_entry(2, 1, K)) / (K - 2) - gram_entry(3, 1, K)) == 0


@pytest.mark.proves("Theorem 5.5")
def test_lower_bound_of_the_criterion():
    change = conserved_change(d1, d2, K)
    tangents = p2 * (d2 - d1) + (K - 2) * q * (change - d1)
    assert sp.simplify(tangents - (d2 * (p2 - q) - d1 * (p2 + (K - 1) * q))) == 0
    prove(bound > 0, [*MOVE, second >= mean])


@pytest.mark.proves("Theorem 5.5")
def test_the_second_closest_remains_so_until_the_tie():
    gamma, theta = sp.symbols("gamma theta")
    stated = 2 * sp.cos(gamma / 2) * sp.sin(gamma / 2 - theta)
    assert sp.simplify(sp.expand_trig(sp.sin(gamma - theta) - sp.sin(theta)) - sp.expand_trig(stated).simplify()) == 0
    assert sp.simplify(d2 - conserved_change(d1, d2, K) - ((K - 1) * d2 + d1) / (K - 2)) == 0
    prove((size - 1) * up - down >= (size - 2) * up, [size >= 3, down >= 0, up >= down])


@pytest.mark.second_route("Theorem 5.5")
@pytest.mark.parametrize("number", [3, 4, 6])
def test_derivative(number):
    """x_1′ − E_p x′ for velocities (v_1, v_2, v_c, …): only the sum of p_3, …, p_K enters."""
    v1, v2 = sp.symbols("v1 v2", real=True)
    p = [p1, p2, *sp.symbols(f"p3:{number + 1}")]
    p[-1] = 1 - sum(p[:-1])
    rate = -drift(p, [v1, v2, *[conserved_change(v1, v2, number)] * (number - 2)])
    average = (1 - p1 - p2) / (number - 2)
    assert sp.expand(rate - (v1 * (1 - p1 + average) - v2 * (p2 - average))) == 0


@pytest.mark.second_route("Theorem 5.5")
def test_derivative_is_negative():
    first = z3.Real("p1")
    share = (size - 2) * mean == 1 - first - second
    prove(-down * (1 - first + mean) - up * (second - mean) < 0, [*MOVE, first > 0, share, second >= mean])


@pytest.mark.second_route("Theorem 5.5")
def test_one_finite_move_in_exact_numbers():
    """K = 4, x = (3, −1, −1, −1)/4, c = 1, δ = (−1, 3, −1, −1)/10: x_2 < 0, where eq 82 may fail."""
    x, delta = [Fraction(3, 4), *[Fraction(-1, 4)] * 3], [Fraction(n, 10) for n in (-1, 3, -1, -1)]
    after = [a + d - delta[0] for a, d in zip(x, delta, strict=True)]
    assert exponential_sum_sign([1] * 3 + [-1] * 3, after[1:] + x[1:]) == 1


@pytest.mark.twin("Theorem 5.5")
def test_twin_towards_a_far_class():
    """Without p_2 ≥ q the bound may be negative for large δ_2."""
    with pytest.raises(RefutedError) as refuted:
        prove(bound > 0, MOVE)
    assert refuted.value.model["p2"] < refuted.value.model["q"]


@pytest.mark.twin("Theorem 5.5")
def test_twin_another_conserved_change():
    """With δ_c = −(δ_1+δ_2)/(K−1) the changes do not sum to 0."""
    wrong = conserved_change(d1, d2, K + 1)
    assert sp.simplify(d1 + d2 + (K - 2) * wrong) != 0
