"""Theorem 5.7: with many classes and a fixed scale, any noticeable drop of the largest cosine lowers the confidence.

**Claim** (ours; it is what "some large number of classes" in theorem 5 can mean). For the optimal structure, zero
bias, every K ≥ 2, H ≥ K−1 and c = ‖w‖‖z‖ > 0: if ‖z'‖ = ‖z‖ and

    max cos z − max cos z' ≥ T(c, K) = (1/c) log(1 + (e^c − 1 − c)/(K−1)),

then z' is less confident than z.

**Verdict.** Proved, strictly, for every pair.

**What is true.** T ≤ (e^c−1−c)/(c(K−1)): of order 1/K at fixed c. It is useless where c is of order log K: T → 1 as c
→ ∞ at fixed K. Corollary E.2 gives the best possible tolerance m − g(m) ≤ T.

**Proof.** Let Z = Σ_i e^{c x_i} over the cosines x of z. Jensen and Σ x_i = 0: Z ≥ K. The function h(t) = (e^t − 1 −
t)/t² = ∫_0^1 (1−s)e^{ts} ds increases, so for x ≤ 1: e^{cx} ≤ 1 + cx + x²(e^c − 1 − c), with equality iff x is 0 or
1. Sum, with Σ x_i = 0 and Σ x_i² ≤ A = K/(K−1) (lemma 4.1): Z ≤ K + A(e^c−1−c) = K(1 + (e^c−1−c)/(K−1)) = K e^{cT}.
Hence

    conf(z') ≤ e^{cm'}/K ≤ e^{c(m−T)}/K = e^{cm}/(K e^{cT}) ≤ conf(z).

*Strict.* Equality would need all x_i in {0, 1} with sum 0, so all 0 and m = 0; but m ≥ m' + T > 0. *Size.* log(1+t) ≤
t. As c → ∞, cT = c − log(K−1) + o(1). ∎

**What the machine checks.** The integral form of h and its derivative under the integral; K e^{cT} as the bound of Z,
symbolic K; the chain (z3); limits. Second routes: the sharp case Z(1, −1/(K−1), …) and the parabola above e^{cx} by
balls; T against the best tolerance of corollary E.2. Twins: a tenth of T, found wanting by a pair, and the parabola
with a smaller constant.

**Sources.** Bennett's inequality uses the same parabola: G. Bennett, Probability inequalities (1962).
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.balls import confidence as confidence_ball
from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import envelope_lower, envelope_upper, large_K_tolerance, safe_cosine

c, K, t, s, m = sp.symbols("c K t s m", positive=True)
x = sp.Symbol("x", real=True)
A = K / (K - 1)
parabola = 1 + c * x + x**2 * (sp.exp(c) - 1 - c)


@pytest.mark.proves("Theorem 5.7")
def test_the_quotient_is_a_mean_of_increasing_functions():
    """∫(1−s)e^{ts} ds is h(t), and ∂/∂t (1−s)e^{ts} = s(1−s)e^{ts} > 0 on (0, 1)."""
    integrand = (1 - s) * sp.exp(t * s)
    assert sp.simplify(sp.integrate(integrand, (s, 0, 1)) - (sp.exp(t) - 1 - t) / t**2) == 0
    assert sp.simplify(sp.diff(integrand, t) - s * (1 - s) * sp.exp(t * s)) == 0


@pytest.mark.proves("Theorem 5.7")
def test_the_tolerance_turns_the_bound_into_a_power():
    """K + A(e^c−1−c) = K e^{cT}."""
    bound = K + A * (sp.exp(c) - 1 - c)
    assert sp.simplify(K * sp.exp(c * large_K_tolerance(c, K)) - bound) == 0


e_m, e_drop, ratio, z_sum, z_sum_after, size = z3.Reals("e_m e_drop e_T Z Z_after K")
CHAIN = [size >= 2, e_m > 0, e_drop > 0, ratio > 1, z_sum > 0, z_sum_after >= size, z_sum < size * ratio]


@pytest.mark.proves("Theorem 5.7")
def test_chain():
    """Conf(z) = e_m/Z and conf(z') = e_m'/Z' with e_m = e^{cm}, e_m' = e_m/e_drop, e_drop ≥ e^{cT}."""
    prove(e_m * z_sum < e_m * e_drop * z_sum_after, [*CHAIN, e_drop >= ratio])


@pytest.mark.proves("Theorem 5.7")
def test_size_of_the_tolerance():
    T = large_K_tolerance(c, K)
    assert sp.limit(K * T, K, sp.oo).equals((sp.exp(c) - 1 - c) / c)
    assert sp.limit(large_K_tolerance(c, 10), c, sp.oo) == 1
    assert sp.limit(large_K_tolerance(c, 10), c, 0) == 0


@pytest.mark.second_route("Theorem 5.7")
def test_the_parabola_by_balls():
    """(parabola − e^{cx})/(x²(1−x)) is positive; here away from its zeros at x = 0 and x = 1."""
    f = BallFunction(parabola - sp.exp(c * x), c, x)
    for side in (("1/10", "9/10"), (-1, "-1/10")):
        assert prove_positive(f, [("1/2", 4), side], derivative=f.derivative).proved


@pytest.mark.second_route("Theorem 5.7")
@pytest.mark.parametrize("number", [10, 100])
def test_the_best_tolerance_is_smaller(number):
    """T − (m − g(m)) > 0 over scales, at three cosines where one class is the closest (k = 1)."""
    for cosine in (sp.Rational(3, 4), sp.Rational(9, 10), sp.Integer(1)):
        best = cosine - safe_cosine(envelope_lower(cosine, c, number, 1), c, number)
        f = BallFunction(large_K_tolerance(c, number) - best, c)
        assert prove_positive(f, [("1/2", 5)], derivative=f.derivative).proved


@pytest.mark.second_route("Theorem 5.7")
def test_the_bounds_of_the_sum_at_a_weight():
    """At z = w_1, K = 10: K ≤ Z ≤ K e^{cT}, Z = e^c/hi(1, c)."""
    total = sp.exp(c) / envelope_upper(1, c, 10)
    bound = 10 * sp.exp(c * large_K_tolerance(c, 10))
    for gap in (total - 10, bound - total):
        f = BallFunction(gap, c)
        assert prove_positive(f, [("1/10", 5)], derivative=f.derivative).proved


@pytest.mark.twin("Theorem 5.7")
def test_twin_a_smaller_constant_in_the_parabola():
    f = BallFunction(1 + c * x + x**2 * (sp.exp(c) - 1 - c) * sp.Rational(3, 4) - sp.exp(c * x), c, x)
    assert prove_positive(f, [("1/2", 4), ("1/10", "9/10")]).refuted


@pytest.mark.twin("Theorem 5.7")
def test_twin_a_drop_smaller_than_the_tolerance():
    with pytest.raises(RefutedError) as refuted:
        prove(e_m * z_sum < e_m * e_drop * z_sum_after, [*CHAIN, e_drop > 1])
    drop, tolerance = (Fraction(refuted.value.model[name]) for name in ("e_drop", "e_T"))
    assert 1 < drop < tolerance


@pytest.mark.twin("Theorem 5.7")
def test_twin_one_tenth_of_the_tolerance():
    """K = 4, c = 20: a drop of T/10 from (a, a, −a, −a), a = 1/√3, to (m', −m'/3, …) raises the confidence."""
    tie = arb_rational("1/3").sqrt()
    T = BallFunction(large_K_tolerance(c, 4), c)(arb_rational(20))
    smaller = tie - T / 10
    apart = [smaller, *[-smaller / 3] * 3]
    assert arb_rational("9/10") < T
    assert confidence_ball([20 * v for v in (tie, tie, -tie, -tie)]) < confidence_ball([20 * v for v in apart])
