"""Theorem E once more: the envelope as the extremes of a finite list of stationary points.

**Claim** (theorem E, H = K−1, 1/(K−1) < m < 1). At given m and c the least confident cosines are (m^k, y, b^{K−k−1})
and the most confident (m, a^{K−2}, b), with k, y, a, b in closed form.

**Verdict.** Proved for each K, m and c to which the enumeration is applied: K = 3, 4, 5, 7 and 15 pairs (K, m), three
scales. The file of theorem E proves it for all.

**What is true.** On the sphere Σ x_i = 0, Σ x_i² = K/(K−1), x_1 = m ≥ x_j, every extreme point of S = Σ_{j≥2} e^{c
x_j} has at most two different entries below m. So, up to order, it is one of (m^k, u^p, v^q), k + p + q = K, k, p ≥
1.

**Proof.** The feasible set is compact. At an extreme point let F be the set of the entries below m; the other
constraints x_j ≤ m are active. If the entries in F are not all equal, the gradients of the two sums restricted to F,
(1, …, 1) and 2(x_j), are independent, and the multiplier rule gives α, β with c e^{c x_j} = α + 2β x_j for j in F. A
strictly convex function meets a line at most twice. If they are all equal there is nothing to show; then the two sums
fix m, and m = √((K−k)/(k(K−1))), which is (m^k, u^p, v^q) with u = v. For given k, p, q the sums fix u, v = μ ±
√(variance · q/p), √(variance · p/q) about the mean μ = −km/(K−k), with variance = (K/(K−1) − kKm²/(K−k))/(K−k). ∎
Neither lemma A nor the choice of k in theorem E is used.

**What the machine checks.** All vectors of the list, in ball arithmetic, lie between the two closed forms, and both
are attained; with another k the closed form leaves the feasible set.

**Sources.** Theorem E; Lagrange multipliers.
"""

from __future__ import annotations

from itertools import product

import pytest
import sympy as sp

from numerics.balls import arb, arb_rational
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.angles import (
    envelope_lower,
    envelope_upper_in_span,
    lower_extreme_point,
    tied_count,
)

POINTS = [(number, angle) for number in (3, 4, 5, 7) for angle in ("1/2", "3/5", "3/4", "19/20")][1:]
SCALES = ("1/10", "1", "6")


def stationary_points(number, angle):
    """The vectors (m^k, u^p, v^q), u, v ≤ m, as lists of balls."""
    m, n = arb_rational(angle), arb_rational(number)
    found = []
    for ties, first in product(range(1, number), repeat=2):
        rest, second = number - ties, number - ties - first
        if second < 1:
            continue
        mean = -ties * m / rest
        variance = (n / (n - 1) - ties * n * m * m / rest) / rest
        if variance < 0:
            continue
        u, v = mean + (variance * second / first).sqrt(), mean - (variance * first / second).sqrt()
        if not u > m:
            found.append([m] * ties + [u] * first + [v] * second)
    return found


def inverse_confidence(x, scale):
    """1/p_1 = Σ_j e^{c(x_j − m)}."""
    return sum((((y - x[0]) * arb_rational(scale)).exp() for y in x), arb(0))


@pytest.mark.second_route("Theorem E")
@pytest.mark.parametrize(("number", "angle"), POINTS)
def test_every_stationary_point_is_between_the_two_bounds(number, angle):
    m, points = sp.Rational(angle), stationary_points(number, angle)
    for scale in SCALES:
        c = sp.Rational(scale)
        least = 1 / BallFunction(envelope_upper_in_span(m, c, number))()
        most = 1 / BallFunction(envelope_lower(m, c, number, tied_count(m, number)))()
        inverses = [inverse_confidence(x, scale) for x in points]
        for bound in (least, most):
            assert any(inverse.overlaps(bound) for inverse in inverses)
        for inverse in inverses:
            assert least < inverse or inverse.overlaps(least)
            assert inverse < most or inverse.overlaps(most)


@pytest.mark.twin("Theorem E")
@pytest.mark.parametrize(("number", "angle"), [(5, "3/5"), (7, "1/2")])
def test_twin_one_more_or_one_fewer_tie(number, angle):
    """With one tie fewer y exceeds m; with one more d² < 0."""
    m = sp.Rational(angle)
    count = int(tied_count(m, number))
    fewer, _ = lower_extreme_point(m, number, count - 1)
    more, _ = lower_extreme_point(m, number, count + 1)
    assert fewer > m
    assert not more.is_real


@pytest.mark.twin("Theorem E")
def test_twin_the_bounds_exchanged():
    m = sp.Rational(9, 10)
    high = BallFunction(envelope_upper_in_span(m, 1, 5))()
    low = BallFunction(envelope_lower(m, 1, 5, 1))()
    inverses = [inverse_confidence(x, "1") for x in stationary_points(5, "9/10")]
    assert any(inverse > 1 / high for inverse in inverses)
    assert any(inverse < 1 / low for inverse in inverses)


@pytest.mark.second_route("Theorem E")
@pytest.mark.parametrize("number", [3, 4, 9])
def test_at_the_least_cosine_all_classes_but_one_tie(number):
    """At m = 1/(K−1) the only vector is (m^{K−1}, −1), where K/(1+(K−1)m²) = K−1: the count is held at K−2, y = m."""
    m = sp.Rational(1, number - 1)
    assert number / (1 + (number - 1) * m**2) == number - 1
    assert tied_count(m, number) == number - 2
    assert lower_extreme_point(m, number, number - 2) == (m, -1)
    points = stationary_points(number, str(m))
    assert points
    assert all(abs(x[-1] + 1) < arb_rational("1/1000") for x in points)
