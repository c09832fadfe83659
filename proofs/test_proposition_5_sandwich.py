"""Proposition 5: for other structures a smaller largest cosine may mean a larger confidence.

**Claim.** For the sandwich w = (0,1), (−1,0), (1,0) and z_1 = (1, 0), z_2 = (0.9, −0.44): ‖z_1‖ = ‖z_2‖, max cos is 1
and 0.8, and the confidence is 0.665 and 0.700. So U_max need not increase when max cos decreases.

**Verdict.** Corrected. The claim is true, the printed example is not one: ‖z_2‖² = 2509/2500, and its max cos is
0.8984.

**What is true.** With z_2 = (4/5, −3/5) norms are equal exactly, max cos is 1 and 4/5, and z_2 is the more confident
for **every** scale c > 0 of the logits: 0.6652 against 0.6904 at c = 1. At w_3 itself the confidence has the slope c
p_1p_3 > 0 along the circle towards z_2, so w_3 is not a local maximum.

*In the centred gauge* (w_i − w̄) z_1 and z_2 have equal largest cosines, as they are mirror images in the line of w_3
− w̄. A pair that works in both gauges, for every c: z_3 = (0, 1), largest cosine 1 in both, against z_2, with 4/5 and
3/√10. Odds against: 2e^{−c} against e^{−7c/5} + e^{−8c/5}.

**Proof.** z_1: logits c(0, −1, 1), odds against class 3 e^{−c} + e^{−2c}. z_2: logits c(−3/5, −4/5, 4/5), odds
e^{−7c/5} + e^{−8c/5}. (1, 2) majorises (7/5, 8/5) and t ↦ e^{−ct} is strictly convex, so the first sum is larger
(Karamata). Or: with s = e^{−c/5} in (0, 1), s⁵ + s^{10} − s⁷ − s⁸ = s⁵(1−s²)(1−s³) > 0. For z_3: logits c(1, 0, 0),
odds 2e^{−c}, and both exponents at z_2 are below −c. ∎

**What the machine checks.** Norms, cosines and logits (exact), the factorisation (sympy) and its sign (z3),
Karamata's hypothesis (majorisation, exact), the confidences (balls), the slope at w_3, and the printed numbers.

**Sources.** Pearce, Brintrup & Zhu (2021), proposition 5, fig 5.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.balls import confidence as confidence_ball
from numerics.exact import compare_confidence, majorises
from numerics.polynomials import positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import sandwich_odds
from softmax_geometry.symbolic.softmax import affine_logits, log_odds_against, softmax
from softmax_geometry.symbolic.structure import named_structures
from softmax_geometry.symbolic.vectors import difference, dot, squared_norm

sandwich = named_structures()["sandwich"]
c, s, phi = sp.symbols("c s phi", positive=True)
z_1, z_2, z_3 = [1, 0], [sp.Rational(4, 5), -sp.Rational(3, 5)], [0, 1]
printed = [sp.Rational(9, 10), -sp.Rational(44, 100)]


def largest_cosine(z, weight=sandwich):
    return max(sp.simplify(dot(w, z) / sp.sqrt(squared_norm(w) * squared_norm(z))) for w in weight)


def centred(weight):
    mean = [sp.Rational(sum(column), len(weight)) for column in zip(*weight, strict=True)]
    return [difference(w, mean) for w in weight]


def fractions(logits):
    return [Fraction(int(x.p), int(x.q)) for x in map(sp.Rational, logits)]


@pytest.mark.proves("Proposition 5")
def test_corrected_example():
    assert squared_norm(z_1) == squared_norm(z_2) == 1
    assert (largest_cosine(z_1), largest_cosine(z_2)) == (1, sp.Rational(4, 5))
    assert compare_confidence(fractions(affine_logits(sandwich, z_1)), fractions(affine_logits(sandwich, z_2))) == -1


@pytest.mark.proves("Proposition 5")
def test_odds_against_class_3():
    for z in (z_1, z_2, [phi, s]):
        logits = [c * x for x in affine_logits(sandwich, z)]
        assert sp.simplify(sp.exp(log_odds_against(logits, top=2)) - sandwich_odds(c, z)) == 0


@pytest.mark.proves("Proposition 5")
def test_more_confident_at_every_scale():
    gap = (sandwich_odds(c, z_1) - sandwich_odds(c, z_2)).subs(c, -5 * sp.log(s))
    factored = s**5 * (1 - s**2) * (1 - s**3)
    assert sp.simplify(gap - factored) == 0
    prove(positive(factored), [z3.Real("s") > 0, z3.Real("s") < 1])


@pytest.mark.proves("Proposition 5")
def test_in_the_centred_gauge():
    weight = centred(sandwich)
    assert largest_cosine(z_1, weight) == largest_cosine(z_2, weight) == 3 / sp.sqrt(10)
    assert largest_cosine(z_3) == largest_cosine(z_3, weight) == 1
    odds = [c * x for x in affine_logits(sandwich, z_3)]
    assert sp.simplify(sp.exp(log_odds_against(odds, top=0)) - 2 * sp.exp(-c)) == 0
    gap = (2 * sp.exp(-c) - sandwich_odds(c, z_2)).subs(c, -5 * sp.log(s))
    assert sp.simplify(gap - s**5 * ((1 - s**2) + (1 - s**3))) == 0  # > 0 for s < 1


@pytest.mark.second_route("Proposition 5")
def test_karamata():
    assert majorises([1, 2], ["7/5", "8/5"])
    assert not majorises(["7/5", "8/5"], [1, 2])


@pytest.mark.second_route("Proposition 5")
def test_confidences_by_balls():
    stated = {"6652/10000": z_1, "6904/10000": z_2, "5761/10000": z_3, "7007/10000": printed}
    for value, z in stated.items():
        assert abs(confidence_ball(fractions(affine_logits(sandwich, z))) - arb_rational(value)) < arb_rational(
            "1/20000"
        )


@pytest.mark.second_route("Proposition 5")
def test_slope_at_the_weight():
    p = softmax([c * x for x in affine_logits(sandwich, [sp.cos(phi), -sp.sin(phi)])])
    assert sp.simplify((sp.diff(p[2], phi) - c * p[0] * p[2]).subs(phi, 0)) == 0


@pytest.mark.twin("Proposition 5")
def test_twin_the_printed_vector():
    assert squared_norm(printed) == sp.Rational(2509, 2500)
    assert abs(largest_cosine(printed) - sp.Rational(8984, 10000)) < sp.Rational(1, 10000)
    assert largest_cosine(printed) > sp.Rational(89, 100)


@pytest.mark.twin("Proposition 5")
def test_twin_the_same_for_the_optimal_structure():
    """K = 3, H = 2: turning away from w_1 by the same rational angle lowers the confidence (theorem 4)."""
    turned = [sp.Rational(3, 5), sp.Rational(4, 5)]  # from w_1 = (0, 1)
    optimal = named_structures()["optimal"]
    p, q = (softmax(affine_logits(optimal, z)) for z in ([0, 1], turned))
    assert largest_cosine(turned, optimal) < 1
    assert (p[0] - max(q, key=lambda x: x.evalf())).evalf(30) > sp.Rational(1, 100)


@pytest.mark.twin("Proposition 5")
def test_twin_a_turn_that_goes_too_far():
    """At (3/5, −4/5) class 3 has odds e^{−7c/5} + e^{−6c/5}: still below; at (0, −1) it ties with class 2."""
    assert sandwich_odds(c, [0, -1]) == 1 + sp.exp(-c)
    with pytest.raises(RefutedError):  # s > 1, that is c < 0
        prove(positive(-(s**5) * (1 - s**2) * (1 - s**3)), [z3.Real("s") > 1])
