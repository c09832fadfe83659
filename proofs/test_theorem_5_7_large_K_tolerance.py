"""Theorem 5.7: for many classes at a fixed scale, a small drop of the largest cosine is enough.

**Claim** (ours; the limit theorem 5 has in mind). Optimal structure, zero bias, c = ‖w‖‖z‖ = ‖w‖‖z′‖, any K ≥ 2. If

    max cos θ_z − max cos θ_z′ ≥ (1/c) log(1 + (e^c − 1 − c)/(K−1)),

then z′ is not more confident than z.

**Verdict.** Proved.

**What is true.** The tolerance tends to 0 like (e^c−1−c)/(c(K−1)) as K → ∞ with c fixed. It is no use once c is of
the order log K: it exceeds 1 when e^c ≥ 1 + (e^c−1−c)/(K−1) fails, and for c large it is about 1 − log(K−1)/c. The
best tolerance is m − g(m) of corollary E.2. Half of ours is not enough: K = 3, c = 1/10.

**Proof.** For |x| ≤ 1, e^{cx} ≤ 1 + cx + x²(e^c−1−c): e^u − 1 − u = u² h(u) with h(u) = ∫_0^1 (1−s)e^{su} ds
increasing, so c²x² h(cx) ≤ x² c² h(c). And e^{cx} ≥ 1 + cx. Sum over the cosines, Σ x_i = 0 and Σ x_i² ≤ A = K/(K−1):

    K ≤ Σ e^{cx_i} ≤ K + A(e^c−1−c).

So the confidence is at least e^{cm}/(K + A(e^c−1−c)) at z and at most e^{cm′}/K at z′; and (K + A(e^c−1−c))/K = 1 +
(e^c−1−c)/(K−1). ∎

**What the machine checks.** h as an integral and the tolerance (sympy, symbolic K), the sums and the comparison (z3,
symbolic K). Second route: the termwise bound from the power series, and by balls hi(m − tolerance) < lo(m) of theorem
E for K = 10 on a box of (m, c).

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 5.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import envelope_lower, envelope_upper, large_K_tolerance

c, K, m = sp.symbols("c K m", positive=True)
size, total, total_after, excess, mass, squares = z3.Reals("K total total_after excess mass squares")


@pytest.mark.proves("Theorem 5.7")
def test_remainder_of_the_exponential():
    """e^u − 1 − u = u² h(u), and h′(u) = ∫ s(1−s)e^{su} ds is an integral of a positive function."""
    u, s = sp.Symbol("u", nonzero=True, real=True), sp.Symbol("s", positive=True)
    h = sp.integrate((1 - s) * sp.exp(s * u), (s, 0, 1))
    assert sp.simplify(u**2 * h - (sp.exp(u) - 1 - u)) == 0
    slope = sp.integrate(sp.expand(s * (1 - s) * sp.exp(s * u)), (s, 0, 1))
    assert sp.simplify(sp.diff(h, u) - slope) == 0


@pytest.mark.proves("Theorem 5.7")
def test_sums_of_the_termwise_bounds():
    """With mass = Σ x_i = 0, squares = Σ x_i² ≤ K/(K−1), excess = e^c − 1 − c, c = rate."""
    rate = z3.Real("rate")
    prove(
        z3.And(total >= size, total * (size - 1) <= size * (size - 1) + size * excess),
        [
            size >= 2,
            excess > 0,
            mass == 0,
            squares * (size - 1) <= size,
            total >= size + rate * mass,
            total <= size + rate * mass + squares * excess,
        ],
    )


@pytest.mark.proves("Theorem 5.7")
def test_the_tolerance():
    """e^{c·tolerance} = (K + A(e^c−1−c))/K."""
    remainder = sp.exp(c) - 1 - c
    stated = (K + K / (K - 1) * remainder) / K
    assert sp.simplify(sp.exp(c * large_K_tolerance(c, K)) - stated) == 0
    assert sp.simplify(sp.limit(K * large_K_tolerance(c, K), K, sp.oo) - remainder / c) == 0


@pytest.mark.proves("Theorem 5.7")
def test_the_comparison():
    """E = e^{cm}, E′ = e^{cm′} with E ≥ E′ (upper/K): E′/total′ ≤ E/total."""
    E, E_after, upper = z3.Reals("E E_after upper")
    prove(
        E_after * total <= E * total_after,
        [size >= 2, E_after > 0, E * size >= E_after * upper, total <= upper, total_after >= size, total > 0, E > 0],
    )


@pytest.mark.second_route("Theorem 5.7")
@pytest.mark.parametrize("power", range(2, 8))
def test_termwise_in_the_power_series(power):
    """Each c^k x^k/k!, k ≥ 2, is at most x² c^k/k! for |x| ≤ 1."""
    x = z3.Real("x")
    prove(x**power <= x * x, [x <= 1, x >= -1])


@pytest.mark.second_route("Theorem 5.7")
def test_against_the_envelope_by_balls():
    gap = 1 / envelope_upper(m - large_K_tolerance(c, 10), c, 10) - 1 / envelope_lower(m, c, 10, 1)
    f = BallFunction(gap, m, c)
    certificate = prove_positive(f, [("7/10", "19/20"), (1, 2)])
    assert certificate.proved, certificate


@pytest.mark.twin("Theorem 5.7")
def test_twin_half_the_tolerance():
    """K = 3, H ≥ 3, c = 1/10: a drop of 3/200 from (1/2, 1/2, −1) exceeds half, but the confidence rises."""
    tied, apart = [Fraction(1, 2), Fraction(1, 2), -1], [Fraction(97, 200), Fraction(-97, 400), Fraction(-97, 400)]
    tolerance = BallFunction(large_K_tolerance(sp.Rational(1, 10), 3))()
    drop = arb_rational(max(tied) - max(apart))
    assert tolerance / 2 < drop < tolerance
    assert compare_confidence([x / 10 for x in map(Fraction, apart)], [x / 10 for x in map(Fraction, tied)]) == 1


@pytest.mark.twin("Theorem 5.7")
def test_twin_an_odd_power_below_minus_one():
    x = z3.Real("x")
    with pytest.raises(RefutedError) as refuted:
        prove(x**3 <= x * x, [x >= -2, x <= 2])
    assert refuted.value.model["x"] > 1


@pytest.mark.twin("Theorem 5.7")
def test_twin_squares_without_a_bound():
    with pytest.raises(RefutedError):
        prove(
            total * (size - 1) <= size * (size - 1) + size * excess,
            [size >= 2, excess > 0, squares >= 0, total <= size + squares * excess],
        )
