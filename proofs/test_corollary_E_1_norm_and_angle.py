"""Corollary E.1: when norm and largest cosine decide the confidence.

**Claim** (ours). For the optimal structure with zero bias, U_max is a function of (‖z‖, max_i cos θ_{z,i}) iff K = 2,
or K = 3 and H = 2.

**Verdict.** Proved.

**What is true.** lo(m, c) = hi(m, c) for all m and c if K = 2, or K = 3 and H = 2. Otherwise, at every c > 0: for K ≥
4 and H = K−1 the two are equal only at m = 1/(K−1) and m = 1; for H ≥ K ≥ 3 only at m = 0 and m = 1. So theorems 4
and 5 fail at every scale and every K outside the two cases, as hi(·, c) is continuous and some m′ < m has hi(m′, c) >
lo(m, c).

**Proof.** lo and hi are the confidences at cosine vectors that are unique up to order (theorem E) and S is strictly
convex, so lo = hi iff the two vectors agree as multisets. *K = 2*: both are (m, −m). *K = 3, H = 2*: two numbers with
given sum and given squares are determined. *K ≥ 4, H = K−1, 1/(K−1) < m < 1*: the most confident vector is (m,
a^{K−2}, b) with b < a < m, so m occurs once; the least confident would need k = 1 and (y, v^{K−2}), y ≥ v, to be
(a^{K−2}, b): its second largest entry is v = a and its smallest v = b, so a = b, that is R = 0, m = 1. At m = 1/(K−1)
both are (m^{K−1}, −1). *H ≥ K ≥ 3*: the most confident vector is (m, b, …, b), b = −m/(K−1), with squares A m². For m
≥ 1/(K−1) the least confident one has squares A: m = 1. For m < 1/(K−1) it is (m^{K−1}, −(K−1)m), equal to the other
only if m = −m/(K−1), m = 0. ∎

**What the machine checks.** The coincidences (sympy, symbolic K where they are), the strict gap: z3 and sympy for H ≥
K, m < 1/(K−1) and K = 3 with all c at once; balls on boxes of (m, c) elsewhere. The general strict gap is the
argument above on multisets, to be read.

**Sources.** Theorem E.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.polynomials import polynomial
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import (
    envelope_lower,
    envelope_lower_off_span,
    envelope_upper,
    envelope_upper_in_span,
    lower_extreme_point,
    tied_count,
    upper_extreme_point,
)

K, m, c = sp.symbols("K m c", positive=True)
BOXES = [(4, 2, "2/5", "1/2"), (4, 1, "3/5", "7/10"), (5, 1, "13/20", "3/4")]  # K, k, range of m


@pytest.mark.proves("Corollary E.1")
def test_two_classes_and_three_in_the_plane_coincide():
    assert sp.simplify(envelope_upper(m, c, 2) - envelope_lower_off_span(m, c, 2)) == 0
    assert sp.simplify(1 / envelope_upper_in_span(m, c, 3) - 1 / envelope_lower(m, c, 3, 1)) == 0
    high, low = upper_extreme_point(m, 3), lower_extreme_point(m, 3, 1)
    assert [sp.simplify(a - b) for a, b in zip(high, low, strict=True)] == [0, 0]
    assert {tied_count(x, 3) for x in (sp.Rational(1, 2), sp.Rational(3, 4), 1)} == {1}


@pytest.mark.proves("Corollary E.1")
def test_the_ends_of_the_range_coincide():
    for n in (2, 3, 8):  # K − 1
        least = sp.Rational(1, n)
        assert (
            sp.simplify(1 / envelope_upper_in_span(least, c, n + 1) - 1 / envelope_lower(least, c, n + 1, n - 1)) == 0
        )
        assert upper_extreme_point(least, n + 1) == (least, -1)
    assert sp.simplify(1 / envelope_upper_in_span(1, c, K) - 1 / envelope_lower(1, c, K, 1)) == 0
    assert sp.simplify(1 / envelope_upper(0, c, K) - 1 / envelope_lower_off_span(0, c, K)) == 0


@pytest.mark.proves("Corollary E.1")
def test_the_two_vectors_differ_in_between():
    """At k = 1 the spread of (y, v^{K−2}) is the spread of (a^{K−2}, b), R, and y − a > 0 unless R = 0 or K = 3."""
    a, last = upper_extreme_point(m, K)
    y, v = lower_extreme_point(m, K, 1)
    R = sp.sqrt(K * (1 - m**2) / (K - 2))
    assert sp.simplify((y - v) ** 2 - R**2) == 0
    assert sp.simplify(a - last - R) == 0
    mean = -m / (K - 1)
    assert sp.simplify(a - mean - R / (K - 1)) == 0
    assert sp.simplify((y - mean) ** 2 - ((K - 2) * R / (K - 1)) ** 2) == 0  # y − mean = (K−2)(a − mean)


@pytest.mark.proves("Corollary E.1")
def test_strict_gap_for_every_scale_at_three_classes_in_space():
    """K = 3, m < 1/2, t = e^{−3cm/2}: 1/lo = 2 + t² > 1 + 2t = 1/hi."""
    t = sp.Symbol("t", positive=True)
    gap = (1 / envelope_lower_off_span(m, c, 3) - 1 / envelope_upper(m, c, 3)).subs(m, -2 * sp.log(t) / (3 * c))
    assert sp.simplify(gap - (1 - t) ** 2) == 0
    prove(polynomial(sp.simplify(gap).expand()) > 0, [z3.Real("t") > 0, z3.Real("t") < 1])


@pytest.mark.second_route("Corollary E.1")
@pytest.mark.parametrize(("number", "count", "low", "high"), BOXES)
def test_strict_gap_by_balls(number, count, low, high):
    gap = 1 / envelope_lower(m, c, number, count) - 1 / envelope_upper_in_span(m, c, number)
    f = BallFunction(gap, m, c)
    certificate = prove_positive(f, [(low, high), (2, 3)])
    assert certificate.proved, certificate


@pytest.mark.second_route("Corollary E.1")
def test_strict_gap_off_the_span_from_one_power():
    """With s = e^{−cmK/(K−1)} < 1: 1/lo − 1/hi = K−2 + s^{K−1} − (K−1)s > 0 (Bernoulli)."""
    s = z3.Real("s")
    for number in (3, 4, 6):
        prove(number - 2 + s ** (number - 1) > (number - 1) * s, [s > 0, s < 1])
        t = sp.Symbol("t", positive=True)
        gap = 1 / envelope_lower_off_span(m, c, number) - 1 / envelope_upper(m, c, number)
        power = gap.subs(m, -sp.log(t) * (number - 1) / (c * number))
        assert sp.simplify(power - (number - 2 + t ** (number - 1) - (number - 1) * t)) == 0


@pytest.mark.twin("Corollary E.1")
def test_twin_four_classes_coincide_too():
    difference = 1 / envelope_lower(m, c, 4, 1) - 1 / envelope_upper_in_span(m, c, 4)
    f = BallFunction(-difference, m, c)
    certificate = prove_positive(f, [("3/5", "7/10"), (2, 3)])
    assert certificate.refuted


@pytest.mark.twin("Corollary E.1")
def test_twin_three_classes_in_space_coincide_at_m_above_0():
    s = z3.Real("s")
    with pytest.raises(RefutedError) as refuted:
        prove(1 + s * s > 2 * s, [s > 0, s <= 1])
    assert refuted.value.model["s"] == 1  # only at m = 0
