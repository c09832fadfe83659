"""Corollary E.2: what is left of theorems 4 and 5, an ordering that is safe, and the best one.

**Claim** (ours). Optimal structure, zero bias, one norm. (i) lo(m, c) and hi(m, c) of theorem E strictly increase in
m. (ii) For each m there is exactly one g(m) in [m_min, m] with hi(g, c) = lo(m, c), where m_min = 0 if H ≥ K and
1/(K−1) if H = K−1. Every z′ with max cos < g(m) is less confident than every z with max cos = m, and no larger number
has this property. (iii) For H ≥ K, g(m) = (K−1)/(cK) · [log(K−1) + log(lo/(1−lo))].

**Verdict.** Proved.

**What is true.** g(m) ≤ m, with equality for all m iff K = 2 or (K = 3, H = 2). For H ≥ K: g → m as c → 0; as c → ∞,
g → m − √((K−2)(1−m²)/K) if m² > (K−2)/(2(K−1)), and g → 0 below. For K = 10, c = 5: g(0.9) = 0.810, g(0.6) = 0.345.

**Proof.** (i) *hi*: for H ≥ K it is 1/(1+(K−1)e^{−Acm}). For H = K−1 the points (m, a^{K−2}, b), m = cos φ, lie on
one meridian of w_1: a = −m/(K−1) + t sin φ with t = √(K/(K−2))/(K−1), b = −m/(K−1) − (K−2) t sin φ. So hi strictly
increases by theorem 5.1. *lo*: its formula for m ≥ 1/(K−1) is the same for all H, so let H ≥ K. If x has max m and
confidence lo(m, c), and m′ < m, then (m′/m)x is feasible with max m′ (lemma 4.1) and its confidence is smaller
(proposition 4; strict, since x is not constant). So lo(m′, c) < lo(m, c). (ii) hi is continuous and strictly
increasing, hi(m_min, c) = lo(m_min, c) ≤ lo(m, c) ≤ hi(m, c). Confidences at max cos m′ are at most hi(m′, c), at m
at least lo(m, c), and both are attained: all pairs are ordered iff hi(m′, c) < lo(m, c) iff m′ < g(m). (iii) Solve
for g. *Limits.* As c → 0, log(lo/(1−lo)) = −log(K−1) + c m K/(K−1) + O(c²). As c → ∞ with k = 1, log(lo/(1−lo)) =
c(m−y) + o(c), and (K−1)(m−y)/K = m − √((K−2)(1−m²)/K); with k ≥ 2 ties log(lo/(1−lo)) stays bounded. ∎

**What the machine checks.** The meridian of the upper bound and the inverse (sympy, symbolic K), both limits,
monotony by balls on boxes, the two numbers certified to 2·10⁻³. A human must read (ii).

**Sources.** Theorem E, theorem 5.1, proposition 4.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import (
    envelope_lower,
    envelope_lower_off_span,
    envelope_upper,
    envelope_upper_in_span,
    lower_extreme_point,
    meridian_confidence,
    meridian_cosines,
    safe_cosine,
    tied_count,
    upper_extreme_point,
)

K, m, c, phi = sp.symbols("K m c phi", positive=True)
BOX = [("13/20", "19/20"), (1, 4)]  # m and c, where K = 4 and 5 have k = 1
STEPS = (sp.Rational(1, 1000), -sp.Rational(1, 1000))


def safe(cosine, scale, number):
    lower = envelope_lower(cosine, scale, number, tied_count(cosine, number))
    return safe_cosine(lower, scale, number)


@pytest.mark.proves("Corollary E.2")
@pytest.mark.parametrize("number", [3, 4, 6])
def test_the_most_confident_points_are_one_meridian(number):
    t = sp.sqrt(sp.Rational(number, number - 2)) / (number - 1)
    direction = [t] * (number - 2) + [-(number - 2) * t]
    x = meridian_cosines(phi, direction)
    a, b = (e.subs(sp.sqrt(1 - sp.cos(phi) ** 2), sp.sin(phi)) for e in upper_extreme_point(sp.cos(phi), number))
    for value, stated in ((x[1], a), (x[-1], b)):
        square = (value + sp.cos(phi) / (number - 1)) ** 2 - (stated + sp.cos(phi) / (number - 1)) ** 2
        assert sp.simplify(square) == 0
        assert abs((value - stated).subs(phi, 1).evalf(30)) < 1e-25
    along, bound = meridian_confidence(phi, c, direction), envelope_upper_in_span(sp.cos(phi), c, number)
    assert abs((along - bound).subs({phi: sp.Rational(7, 10), c: 3}).evalf(40)) < 1e-35


@pytest.mark.proves("Corollary E.2")
def test_upper_bound_increases_off_the_span():
    p = envelope_upper(m, c, K)
    assert sp.simplify(sp.diff(p, m) - K * c / (K - 1) * p * (1 - p)) == 0


@pytest.mark.proves("Corollary E.2")
def test_scaling_the_least_confident_vector_lowers_it():
    """R x with r = m′/m < 1: the gaps m − x_j ≥ 0 shrink and the squares stay within K/(K−1)."""
    r, gap, squares, size = z3.Reals("r gap squares K")
    prove(z3.And(r * gap < gap, r * r * squares <= squares), [r > 0, r < 1, gap > 0, squares >= 0, size >= 3])


@pytest.mark.proves("Corollary E.2")
def test_safe_cosine_inverts_the_upper_bound():
    p = sp.Symbol("p", positive=True)
    assert sp.simplify(1 / envelope_upper(safe_cosine(p, c, K), c, K) - 1 / p) == 0


@pytest.mark.proves("Corollary E.2")
def test_limits_of_the_safe_cosine():
    """For small c at general K, off the span; for large c at k = 1 through m − y."""
    slope = sp.diff(1 / envelope_lower_off_span(m, c, K) - 1, c).subs(c, 0)
    odds = (1 / envelope_lower_off_span(m, c, K) - 1).subs(c, 0)
    assert sp.simplify(odds - (K - 1)) == 0
    assert sp.simplify(-slope / odds * (K - 1) / K - m) == 0
    y, _ = lower_extreme_point(m, K, 1)
    mean = -m / (K - 1)
    assert sp.simplify((K - 1) / K * (m - mean) - m) == 0
    assert sp.simplify(((K - 1) / K * (y - mean)) ** 2 - (K - 2) * (1 - m**2) / K) == 0


@pytest.mark.second_route("Corollary E.2")
@pytest.mark.parametrize("number", [4, 5])
def test_both_bounds_increase_by_balls(number):
    """Derivatives of the odds against, −d/dm (1/p), on a box with k = 1 tie."""
    for bound in (envelope_lower(m, c, number, 1), envelope_upper_in_span(m, c, number)):
        f = BallFunction(-sp.diff(1 / bound, m), m, c)
        certificate = prove_positive(f, BOX)
        assert certificate.proved, certificate


@pytest.mark.second_route("Corollary E.2")
@pytest.mark.parametrize(("cosine", "stated"), [("9/10", "810/1000"), ("3/5", "345/1000")])
def test_numbers_for_ten_classes(cosine, stated):
    g = BallFunction(safe(sp.Rational(cosine), 5, 10))()
    assert abs(g - arb_rational(stated)) < arb_rational("1/1000")


@pytest.mark.twin("Corollary E.2")
def test_twin_a_larger_safe_cosine():
    """At m′ = g + 1/1000 there is a z′ more confident than some z: hi(m′) > lo(m). At g − 1/1000 there is none."""
    cosine = sp.Rational(9, 10)
    low = BallFunction(envelope_lower(cosine, 5, 10, 1))()
    g = safe(cosine, 5, 10)
    above, below = (BallFunction(envelope_upper(g + step, 5, 10))() for step in STEPS)
    assert below < low < above


@pytest.mark.twin("Corollary E.2")
def test_twin_the_order_of_theorem_4():
    """g(m) = m would be theorem 4; hi(m) > lo(m) refutes it for K = 10."""
    cosine = sp.Rational(9, 10)
    assert BallFunction(safe(cosine, 5, 10))() < arb_rational("9/10")
    falling = BallFunction(sp.diff(1 / envelope_lower(m, c, 4, 1), m), m, c)
    assert prove_positive(falling, BOX).refuted


@pytest.mark.twin("Corollary E.2")
def test_twin_scaling_up():
    r, squares = z3.Reals("r squares")
    with pytest.raises(RefutedError):
        prove(r * r * squares <= squares, [r > 1, squares >= 0])
