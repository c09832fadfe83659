"""Theorem 4: is a vector with a smaller largest cosine less confident?

**Claim** (eqs 58–70). For K = 2 or K = 3 and the optimal structure, at fixed ‖z‖, U_max increases when max_i cos
θ_{z,i} decreases.

**Verdict.** Refuted for K = 3 when H ≥ 3, for every scale c = ‖w‖‖z‖. True for K = 2 (every H) and for K = 3, H = 2;
these cases have files of their own.

**What is true.** The printed proof treats one way off the plane, lifting a fixed z (which is proposition 4), and not
two arbitrary vectors. Two vectors of equal norm may have the order reversed, since max cos does not fix the other
cosines. What replaces the theorem is the exact envelope of theorem E: confidence lies in [lo(m, c), hi(m, c)], and a
smaller cosine forces a smaller confidence exactly when hi(m′, c) < lo(m, c) (corollary E.2).

**Proof** (counterexamples). *Integers.* w = (2,−1,−1), (−1,2,−1), (−1,−1,2), z = (1,1,−2), z′ = (2,1,1): all five
have squared norm 6. Logits (3,3,−6) and (2,−1,−1): max cos 1/2 > 1/3, but confidence 1/(2+e^{−9}) < 1/2 against
1/(1+2e^{−3}) = 0.909. *The two vectors at other scales.* With u = e^{−c/2} the order is reversed iff 1 + u³ > 2u,
(u−1)(u²+u−1) > 0, that is u < (√5−1)/2 or c > 2 log((1+√5)/2) = 0.962; so the order of two vectors of equal norm
depends on c. *Every c > 0 and every m in (0, 1/2].* Let x = (m, m, −2m) and x′ = (m′, −m′/2, −m′/2); both are cosines
of some z when H ≥ 3 (lemma 4.1, squares at most 3/2). With u = e^{−3cm/2}, u′ = e^{−3cm′/2}: the confidence is
1/(2+u²) at x and 1/(1+2u′) at x′, so the order is reversed iff u < u′ < (1+u²)/2, and there is room since (1+u²)/2 −
u = (1−u)²/2 > 0; for instance u′ = ((1+u)/2)². *A unique closest class.* c = 1, cosines (13, −2, −11)/14 and (18, −9,
−9)/20: 0.6568 < 0.6585 although 13/14 > 9/10. ∎

**What the machine checks.** The integer and rational counterexamples exactly; the factorisation (sympy) and the
family for all c and m (z3). Nothing is left to read but lemma 4.1.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 4.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import confidence as confidence_ball
from numerics.balls import dot
from numerics.exact import compare_confidence, integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import confidence

weight = integer_simplex(3)
z, z_smaller = (1, 1, -2), (2, 1, 1)
WIDE, NARROW = [Fraction(n, 14) for n in (13, -2, -11)], [Fraction(n, 20) for n in (18, -9, -9)]
c, m, m_smaller = sp.symbols("c m m_smaller", positive=True)
u, v = z3.Reals("u v")  # e^{−3cm/2} < e^{−3cm′/2}


def logits(z):
    return [dot(w, z) for w in weight]


def cosines(z):
    return [Fraction(l, 6) for l in logits(z)]


def are_cosines(x):
    """Whether x is the vector of cosines of some z with three optimal weights in R³ (lemma 4.1)."""
    return sum(x) == 0 and sum(y * y for y in x) <= Fraction(3, 2)


@pytest.mark.proves("Theorem 4")
def test_integer_counterexample():
    assert {dot(v, v) for v in (*weight, z, z_smaller)} == {6}
    assert max(cosines(z)) == Fraction(1, 2) > Fraction(1, 3) == max(cosines(z_smaller))
    assert compare_confidence(logits(z), logits(z_smaller)) == -1


@pytest.mark.proves("Theorem 4")
def test_counterexample_with_a_unique_closest_class():
    assert are_cosines(WIDE)
    assert are_cosines(NARROW)
    assert max(WIDE) > max(NARROW)
    assert compare_confidence(WIDE, NARROW) == -1


@pytest.mark.proves("Theorem 4")
def test_a_family_for_every_scale_and_cosine():
    tied, apart = confidence(c, [m, m, -2 * m]), confidence(c, [m_smaller, -m_smaller / 2, -m_smaller / 2])
    assert sp.simplify(1 / tied - 2 - sp.exp(-3 * c * m / 2) ** 2) == 0
    assert sp.simplify(1 / apart - 1 - 2 * sp.exp(-3 * c * m_smaller / 2)) == 0
    prove(2 + u * u > 1 + 2 * v, [u > 0, u < v, 2 * v < 1 + u * u])  # reversed
    prove(z3.And(u < v, 2 * v < 1 + u * u, v < 1), [u > 0, u < 1, 4 * v == (1 + u) ** 2])  # and there is room


@pytest.mark.second_route("Theorem 4")
def test_by_balls():
    assert confidence_ball(logits(z)) < confidence_ball(logits(z_smaller))
    assert confidence_ball(WIDE) < confidence_ball(NARROW)


@pytest.mark.second_route("Theorem 4")
def test_the_golden_ratio_decides_the_integer_pair():
    x, y = [sp.Rational(a.numerator, a.denominator) for a in cosines(z)], [sp.Rational(1, 3), *[-sp.Rational(1, 6)] * 2]
    w = sp.Symbol("w", positive=True)  # e^{−c/2}
    gap = (1 / confidence(c, x) - 1 / confidence(c, y)).subs(c, -2 * sp.log(w))
    assert sp.simplify(gap - (w - 1) * (w**2 + w - 1)) == 0
    assert (
        compare_confidence(
            [Fraction(19, 20) * a for a in cosines(z)], [Fraction(19, 20) * a for a in cosines(z_smaller)]
        )
        == 1
    )
    assert (
        compare_confidence(
            [Fraction(97, 100) * a for a in cosines(z)], [Fraction(97, 100) * a for a in cosines(z_smaller)]
        )
        == -1
    )


@pytest.mark.twin("Theorem 4")
def test_twin_the_pair_in_the_plane():
    """In the plane the squares of the cosines sum to exactly 3/2, so z′ is not there: H = 2 stays safe."""
    assert sum(a * a for a in cosines(z)) == Fraction(3, 2)
    assert sum(a * a for a in cosines(z_smaller)) < Fraction(3, 2)


@pytest.mark.twin("Theorem 4")
def test_twin_a_smaller_angle_is_always_reversed():
    """Without v < (1+u²)/2 the order need not be reversed."""
    with pytest.raises(RefutedError) as refuted:
        prove(2 + u * u > 1 + 2 * v, [u > 0, u < v, v < 1])
    u_found, v_found = (Fraction(refuted.value.model[name]) for name in ("u", "v"))
    assert 2 * v_found >= 1 + u_found**2


@pytest.mark.twin("Theorem 4")
def test_twin_cosines_that_do_not_sum_to_zero():
    assert not are_cosines([Fraction(1, 2), Fraction(1, 2), 0])
    assert not are_cosines([1, 0, -1])
