"""Proposition 5: with weights that are not optimal, a smaller largest cosine may mean more confidence.

**Claim.** U_max need not increase when max_i cos θ_{z,i} decreases, for general structures: K = 3, H = 2, w = (0, 1),
(−1, 0), (1, 0), z_1 = (1, 0), z_2 = (0.9, −0.44), of equal norm, max cosines 1 and 0.8, confidences 0.665 and 0.700.

**Verdict.** Corrected: the claim is proved, the printed numbers are wrong. ‖z_2‖² = 2509/2500, so the norms are not
equal, and its max cos is 0.8984, not 0.8. (Both confidences are right.)

**What is true.** z_1 = (1, 0) and z_2 = (4/5, −3/5) have equal norms, max cosines 1 and 4/5, and z_2 is the more
confident at **every** scale c = ‖w‖‖z‖ > 0. More: for z = (x, −√(1−x²)), x > 0, this holds for every c > 0 iff 4/5 ≤
x < 1. And every small turn from z_1 towards z_2 raises the confidence, at every c.

**Proof.** At z = (x, y) class 3 is the closest if x > |y| or x > 0 > y, and its odds against are e^{−c(x−y)} +
e^{−2cx}: the gaps to the other logits, times c. At z_1 they are (1, 2), at z_2 (7/5, 8/5), with the same sum and
closer together; so (1, 2) majorises (7/5, 8/5), and Σ e^{−c gap} is strictly smaller at z_2 (Karamata). By hand: with
u = e^{−c/5} in (0, 1),

    (u⁵ + u¹⁰) − (u⁷ + u⁸) = u⁵ (1−u²)(1−u³) > 0.

*The range of x.* Let y = √(1−x²), gaps x+y and 2x. If x ≥ 4/5: x+y > 1, 2x > 1, and x+y+2x ≥ 3 iff y ≥ 3(1−x) iff 1+x
≥ 9(1−x) iff x ≥ 4/5. Lower the gaps until their sum is 3, keeping both ≥ 1: the odds do not fall, and what is left is
majorised by (1, 2). One of the two steps is strict, as both gaps exceeded 1. If x < 4/5, the sum of the gaps is below
3, so as c → 0 the odds 2 − c·(sum) + O(c²) are larger than at z_1. *Small turns.* d/dφ of the odds at (cos φ, −sin
φ), φ = 0, is −c e^{−c} < 0. ∎

**What the machine checks.** The odds against the softmax of the weights, norms and cosines, the factorisation, the
range of x (z3), the slope. Second routes: exact comparisons and majorisation; z3 on the polynomial in u; balls for a
range of c.

**Sources.** Pearce, Brintrup & Zhu (2021), proposition 5; Karamata's inequality: Marshall, Olkin & Arnold (2011).
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence, majorises
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import sandwich_odds
from softmax_geometry.symbolic.softmax import affine_logits, softmax
from softmax_geometry.symbolic.structure import named_structures
from softmax_geometry.symbolic.vectors import dot, squared_norm

c, u, phi = sp.symbols("c u phi", positive=True)
sandwich = named_structures()["sandwich"]
straight, turned = [1, 0], [sp.Rational(4, 5), -sp.Rational(3, 5)]
printed = [sp.Rational(9, 10), -sp.Rational(44, 100)]


def logits(z, scale=Fraction(1)):
    """Exact logits as Fractions."""
    return [Fraction(int(l.p), int(l.q)) * scale for l in map(sp.sympify, affine_logits(sandwich, z))]


def largest_cosine(z):
    return max(dot(w, z) for w in sandwich) / sp.sqrt(squared_norm(z))


@pytest.mark.proves("Proposition 5")
def test_odds_are_those_of_class_3_of_the_sandwich():
    x, y = sp.symbols("x y", real=True)
    p = softmax([c * l for l in affine_logits(sandwich, [x, y])])
    assert sp.simplify(1 / p[2] - 1 - sandwich_odds(c, [x, y])) == 0


@pytest.mark.proves("Proposition 5")
def test_equal_norms_and_the_two_cosines():
    assert squared_norm(straight) == squared_norm(turned) == 1
    assert (largest_cosine(straight), largest_cosine(turned)) == (1, sp.Rational(4, 5))
    assert max(logits(turned)) == logits(turned)[2]


@pytest.mark.proves("Proposition 5")
def test_more_confident_at_every_scale():
    """The odds differ by u⁵(1−u²)(1−u³), u = e^{−c/5}."""
    gap = sandwich_odds(c, straight) - sandwich_odds(c, turned)
    assert sp.expand(gap.subs(c, -5 * sp.log(u)) - u**5 * (1 - u**2) * (1 - u**3)) == 0
    base = z3.Real("u")
    prove(base**5 * (1 - base**2) * (1 - base**3) > 0, [base > 0, base < 1])


@pytest.mark.proves("Proposition 5")
def test_the_printed_numbers():
    assert squared_norm(printed) == sp.Rational(2509, 2500)
    assert abs(largest_cosine(printed) - sp.Rational(8984, 10000)) < sp.Rational(1, 10000)
    for z, confidence in ((straight, "665"), (printed, "701")):
        assert abs(1 / (1 + sandwich_odds(1, z)) - sp.Rational(confidence) / 1000) < sp.Rational(1, 1000)


x, y = z3.Reals("x y")
CIRCLE = [x > 0, x < 1, y > 0, x * x + y * y == 1]


@pytest.mark.proves("Proposition 5")
def test_the_turns_that_help_at_every_scale():
    prove((x + y + 2 * x >= 3) == (5 * x >= 4), CIRCLE)
    prove(z3.And(x + y > 1, 2 * x > 1), [*CIRCLE, 5 * x >= 4])
    a = sp.Symbol("a", positive=True)
    odds = sandwich_odds(c, [a, -sp.sqrt(1 - a**2)])
    assert odds.subs(c, 0) == 2
    assert sp.simplify(sp.diff(odds, c).subs(c, 0) + a + sp.sqrt(1 - a**2) + 2 * a) == 0


@pytest.mark.proves("Proposition 5")
def test_every_small_turn_helps():
    slope = sp.diff(sandwich_odds(c, [sp.cos(phi), -sp.sin(phi)]), phi).subs(phi, 0)
    assert sp.simplify(slope + c * sp.exp(-c)) == 0


@pytest.mark.second_route("Proposition 5")
def test_by_majorisation_and_exact_comparison():
    slightly_turned = [sp.Rational(12, 13), -sp.Rational(5, 13)]
    assert majorises([1, 2], [Fraction(7, 5), Fraction(8, 5)])
    for scale in map(Fraction, ("1/100", 1, 50)):
        for z in (turned, slightly_turned):
            assert compare_confidence(logits(z, scale), logits(straight, scale)) == 1


@pytest.mark.second_route("Proposition 5")
def test_by_balls_over_scales():
    gap = BallFunction(sandwich_odds(c, straight) - sandwich_odds(c, turned), c)
    certificate = prove_positive(gap, [("1/100", 10)], derivative=gap.derivative)
    assert certificate.proved, certificate


@pytest.mark.twin("Proposition 5")
def test_twin_the_printed_norms_are_equal():
    assert squared_norm(printed) != squared_norm(straight)
    assert largest_cosine(printed) != sp.Rational(4, 5)


@pytest.mark.twin("Proposition 5")
def test_twin_a_turn_beyond_4_over_5():
    """(3/5, −4/5) is less confident than (1, 0) at c = 1/10, and z3 finds that the gaps sum to less than 3."""
    scale, far = Fraction(1, 10), [sp.Rational(3, 5), -sp.Rational(4, 5)]
    assert compare_confidence(logits(far, scale), logits(straight, scale)) == -1
    with pytest.raises(RefutedError):
        prove(x + y + 2 * x >= 3, [*CIRCLE, 5 * x >= 3])


@pytest.mark.twin("Proposition 5")
def test_twin_a_turn_towards_the_first_weight():
    """(4/5, 3/5) is less confident: the direction matters."""
    assert compare_confidence(logits([sp.Rational(4, 5), sp.Rational(3, 5)]), logits(straight)) == -1
    assert not majorises([1, 2], [Fraction(1, 5), Fraction(8, 5)])
