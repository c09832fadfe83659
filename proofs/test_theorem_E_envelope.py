"""Theorem E: the least and the greatest confidence at a given norm and largest cosine.

**Claim** (ours; it replaces theorems 4 and 5). Optimal structure, zero bias, c = ‖w‖‖z‖ > 0, m = max_i cos θ_{z,i}, A
= K/(K−1). Then lo(m, c) ≤ max σ(z) ≤ hi(m, c), and both bounds are attained at every (m, c) that occurs.

- hi, H ≥ K: 1/(1 + (K−1)e^{−Acm}), at cosines (m, b, …, b), b = −m/(K−1).
- hi, H = K−1 ≥ 2: 1/(1 + (K−2)e^{c(a−m)} + e^{c(b−m)}), at (m, a^{K−2}, b), a = (−m+R)/(K−1), b = (−m−(K−2)R)/(K−1),
  R = √(K(1−m²)/(K−2)).
- lo, m ≥ 1/(K−1), K ≥ 3: 1/(k + e^{c(y−m)} + (K−k−1)e^{c(b−m)}), at (m^k, y, b^{K−k−1}), where k is the integer part
  of κ = K/(1+(K−1)m²), at most K−2, y = μ + (K−k−1)d, b = μ − d, μ = −km/(K−k), d² = (A − kKm²/(K−k))/((K−k)(K−k−1)).
- lo, m < 1/(K−1) (only if H ≥ K): 1/(K−1 + e^{−cKm}), at (m^{K−1}, −(K−1)m).
- K = 2: lo = hi = 1/(1+e^{−2cm}). **Verdict.** Proved.
**What is true.** As claimed. The extreme cosine vectors do not depend on c, and are unique up to the order of the
classes.

**Proof.** By lemma 4.1 the cosines x = (m, y_2, …, y_K) range over Σ y_j = −m, y_j ≤ m, Σ y_j² = A − m² if H = K−1
and ≤ if H ≥ K; and 1/max σ = 1 + e^{−cm} S with S = Σ_{j≥2} e^{c y_j}, strictly convex. So hi is the least S, lo the
greatest.

*hi, H ≥ K.* Jensen: S ≥ (K−1)e^{−cm/(K−1)}, only at y_j = −m/(K−1), where Σ x_i² = A m² ≤ A: feasible.

*hi, H = K−1.* The feasible set is compact. In a least point, take three of the y_j and turn them on their arc (lemma
A) towards θ = π/3: sum and squares stay, the largest of the three falls, so y_j ≤ m stays, and S strictly falls
unless θ = π/3 already, that is unless the two largest of the three are equal. This holds for every triple, so y =
(a^{K−2}, b), a ≥ b. The two constraints give a = −m/(K−1) + d, b = −m/(K−1) − (K−2)d with d ≥ 0 and (K−1)(K−2)d² =
A(1−m²), d = R/(K−1). a ≤ m says R ≤ K m, which is m ≥ 1/(K−1). (K = 3: there is no triple, and the two constraints
alone decide.)

*lo, m ≥ 1/(K−1).* Let F be the set with ≤ in place of =. The maximum of the convex S over the compact convex F is
attained at an extreme point. An extreme point inside the ball is a vertex of the polytope {Σ y_j = −m, y_j ≤ m}, that
is (m^{K−2}, −(K−1)m), where Σ x_i² = K(K−1)m² ≥ A: not inside. So the extreme points are on the sphere, and both
cases of H have the same maximum. In a greatest point, take three of the y_j that are < m and turn them towards θ = 0:
the largest rises, but stays below m for a small turn, and S strictly rises, unless the two smallest are equal. So
among the entries < m all but the largest are equal: x = (m^k, y, b^{K−k−1}) with b ≤ y < m. The constraints give μ
and d ≥ 0 as stated. Now d² ≥ 0 iff k ≤ κ, and y ≤ m iff k + 1 ≥ κ, with equality together: as y < m, k ≤ κ < k + 1. κ
< K−1 for m > 1/(K−1), so k ≤ K−2; κ ≥ 1, so k ≥ 1. At m = 1/(K−1), κ = K−1 and the only vector is (m^{K−1}, −1),
which is the formula at k = K−2, where y = m.

*lo, m < 1/(K−1).* Then K(K−1)m² < A, so all vertices of the polytope, hence all of it, lie in the ball: F is the
polytope, and the convex S is greatest at a vertex, all of which are permutations of (m^{K−2}, −(K−1)m). ∎

*Second route to the extremes.* On the sphere, with multipliers α, β, every entry < m of an extreme point solves c
e^{c y} = α + 2β y, or all such entries are equal (where the multiplier rule degenerates). A strictly convex function
meets a line at most twice. So x = (m^k, u^p, v^q), k + p + q = K, k ≥ 1: a finite list for given K. Comparing all of
it in ball arithmetic gives lo and hi again, without lemma A and without the choice of k.

**What the machine checks.** For symbolic K, k and m: all vectors lie on the sphere (sympy), the two equivalences that
fix k and the feasibility of a (sympy factorisations and z3), and that the bounds are the confidences of these vectors
(small K). The second route by balls for K = 3 to 7. A human must read the triples argument and the extreme points of
F.

**Sources.** Replaces theorems 4 and 5 of Pearce, Brintrup & Zhu (2021). The method is that of equal variables,
Cirtoaje (2007).
"""

from __future__ import annotations

from itertools import product

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.expressions import BallFunction
from numerics.polynomials import positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import (
    confidence,
    envelope_lower,
    envelope_lower_off_span,
    envelope_upper,
    envelope_upper_in_span,
    lower_extreme_point,
    tied_count,
    two_class_confidence,
    upper_extreme_point,
)

K, k, m, c = sp.symbols("K k m c", positive=True)
A = K / (K - 1)
size, tied, cosine = z3.Reals("K k m")
y, b = lower_extreme_point(m, K, k)
POINTS = [(number, angle) for number in (3, 4, 5, 7) for angle in ("1/2", "3/5", "3/4", "19/20")]
SCALES = ["1/10", "1", "6"]


@pytest.mark.proves("Theorem E")
def test_upper_extreme_point_in_the_span():
    a, last = upper_extreme_point(m, K)
    assert sp.simplify(m + (K - 2) * a + last) == 0
    assert sp.simplify(m**2 + (K - 2) * a**2 + last**2 - A) == 0
    R = sp.sqrt(K * (1 - m**2) / (K - 2))
    assert sp.simplify(a - last - R) == 0  # a ≥ b
    assert sp.simplify(m - a - (K * m - R) / (K - 1)) == 0  # a ≤ m iff R ≤ K m …
    gap = (K * m) ** 2 - R**2
    assert sp.simplify(gap - K / (K - 2) * ((K - 1) ** 2 * m**2 - 1)) == 0  # … iff m ≥ 1/(K−1)


@pytest.mark.proves("Theorem E")
def test_lower_extreme_point_in_the_span():
    assert sp.simplify(k * m + y + (K - k - 1) * b) == 0
    assert sp.simplify(k * m**2 + y**2 + (K - k - 1) * b**2 - A) == 0


@pytest.mark.proves("Theorem E")
def test_two_inequalities_fix_the_number_of_ties():
    """d² ≥ 0 iff k(1+(K−1)m²) ≤ K, and y ≤ m iff (k+1)(1+(K−1)m²) ≥ K: both are one factor times a positive one."""
    d = (y - b) / (K - k)
    room = K - k * (1 + (K - 1) * m**2)
    assert sp.simplify(d**2 - K * room / ((K - 1) * (K - k) ** 2 * (K - k - 1))) == 0
    mean = y - (K - k - 1) * d
    assert sp.simplify(mean + k * m / (K - k)) == 0
    excess = (k + 1) * (1 + (K - 1) * m**2) - K
    assert sp.simplify((m - mean) ** 2 - (y - mean) ** 2 - K * excess / ((K - 1) * (K - k))) == 0
    within = [size >= 3, tied >= 1, tied <= size - 2]
    prove(positive(K / ((K - 1) * (K - k) ** 2 * (K - k - 1))), within)
    prove(positive(K / ((K - 1) * (K - k))), within)


@pytest.mark.proves("Theorem E")
def test_the_number_of_ties_is_between_1_and_K_minus_2():
    """κ(1+(K−1)m²) = K has 1 ≤ κ, and κ < K−1 iff m > 1/(K−1)."""
    kappa = z3.Real("kappa")
    definition = [kappa * (1 + (size - 1) * cosine**2) == size, size >= 3, cosine > 0, cosine <= 1]
    prove(kappa >= 1, definition)
    prove((kappa < size - 1) == ((size - 1) * cosine > 1), definition)


@pytest.mark.proves("Theorem E")
def test_at_the_least_cosine_all_but_one_tie():
    n = sp.Symbol("n", positive=True)  # K − 1
    between, least = lower_extreme_point(1 / n, n + 1, n - 1)
    assert sp.simplify(between - 1 / n) == 0
    assert sp.simplify(least + 1) == 0
    assert [tied_count(sp.Rational(1, number - 1), number) for number in (3, 4, 9)] == [1, 2, 7]


@pytest.mark.proves("Theorem E")
def test_the_vertex_is_inside_the_ball_iff_m_is_small():
    vertex = (K - 1) * m**2 + ((K - 1) * m) ** 2
    assert sp.simplify(vertex - K * (K - 1) * m**2) == 0
    prove((size * (size - 1) * cosine**2 * (size - 1) < size) == ((size - 1) * cosine < 1), [size >= 3, cosine > 0])


@pytest.mark.proves("Theorem E")
@pytest.mark.parametrize("number", [3, 4, 6])
def test_bounds_are_the_confidences_of_the_extreme_points(number):
    def same(cosines, bound):
        return sp.simplify(1 / confidence(c, cosines) - 1 / bound) == 0

    a, last = upper_extreme_point(m, number)
    assert same([m, *[a] * (number - 2), last], envelope_upper_in_span(m, c, number))
    assert same([m, *[-m / (number - 1)] * (number - 1)], envelope_upper(m, c, number))
    assert same([*[m] * (number - 1), -(number - 1) * m], envelope_lower_off_span(m, c, number))
    for count in range(1, number - 1):
        between, least = lower_extreme_point(m, number, count)
        cosines = [*[m] * count, between, *[least] * (number - count - 1)]
        assert same(cosines, envelope_lower(m, c, number, count))


@pytest.mark.proves("Theorem E")
def test_two_classes():
    assert sp.simplify(envelope_upper(m, c, 2) - two_class_confidence(c, m)) == 0
    assert sp.simplify(envelope_lower_off_span(m, c, 2) - two_class_confidence(c, m)) == 0


def candidates(number, angle):
    """All cosine vectors (m^k, u^p, v^q) on the sphere with u, v ≤ m, as balls; the stationary points for every c."""
    top, n = arb_rational(angle), arb_rational(number)
    found = []
    for ties, first in product(range(1, number), range(1, number)):
        rest = number - ties
        second = rest - first
        if second < 0 or (second == 0 and rest > 1):
            continue
        mean = -ties * top / rest
        variance = (n / (n - 1) - ties * number * top * top / rest) / rest
        if not variance >= 0 or second == 0:
            continue  # no real solution; one free entry lies on the sphere only at m = 1/(K−1)
        u, v = mean + (variance * second / first).sqrt(), mean - (variance * first / second).sqrt()
        if u <= top:
            found.append([top] * ties + [u] * first + [v] * second)
    return found


@pytest.mark.second_route("Theorem E")
@pytest.mark.parametrize(("number", "angle"), POINTS[1:])
def test_every_stationary_point_is_between_the_bounds(number, angle):
    """Inverse confidence of each candidate; the extremes are those of the formulas and attained."""
    cosine = sp.Rational(angle)
    count = tied_count(cosine, number)
    vectors = candidates(number, angle)
    for scale in SCALES:
        s, rate = arb_rational(scale), sp.Rational(scale)
        least = 1 / BallFunction(envelope_upper_in_span(cosine, rate, number))()
        most = 1 / BallFunction(envelope_lower(cosine, rate, number, count))()
        inverses = [sum(((x - v[0]) * s).exp() for x in v) for v in vectors]
        assert any(inverse.overlaps(least) for inverse in inverses)
        assert any(inverse.overlaps(most) for inverse in inverses)
        assert all(least <= inverse or inverse.overlaps(least) for inverse in inverses)
        assert all(inverse <= most or inverse.overlaps(most) for inverse in inverses)
        assert sum(inverse.overlaps(least) for inverse in inverses) <= (1 if number > 3 else len(inverses))


@pytest.mark.twin("Theorem E")
@pytest.mark.parametrize(("number", "angle"), [(5, "3/5"), (7, "1/2")])
def test_twin_another_number_of_ties(number, angle):
    """The lower bound at k ± 1: y leaves the range y ≤ m, or d² < 0."""
    cosine = sp.Rational(angle)
    count = int(tied_count(cosine, number))
    smaller, _ = lower_extreme_point(cosine, number, count - 1)
    assert smaller > cosine
    larger, _ = lower_extreme_point(cosine, number, count + 1)
    assert not larger.is_real


@pytest.mark.twin("Theorem E")
def test_twin_the_upper_bound_of_more_dimensions_is_not_attained_in_the_span():
    """In the span every candidate is strictly below 1/(1+(K−1)e^{−Acm}), and off it (m, b, …, b) beats the span."""
    inverse = 1 / BallFunction(envelope_upper(sp.Rational(3, 5), 1, 5))()
    for v in candidates(5, "3/5"):
        assert sum((x - v[0]).exp() for x in v) > inverse


@pytest.mark.twin("Theorem E")
def test_twin_the_vertex_as_least_confident_for_large_m():
    """Formula 1/(K−1+e^{−cKm}) at m > 1/(K−1) is below every confidence: its vector has too large squares."""
    inverse = 1 / BallFunction(envelope_lower_off_span(sp.Rational(3, 5), 1, 5))()
    assert all(sum((x - v[0]).exp() for x in v) < inverse for v in candidates(5, "3/5"))
    with pytest.raises(RefutedError):
        prove(size * (size - 1) * cosine**2 * (size - 1) <= size, [size >= 3, cosine > 0, cosine <= 1])


@pytest.mark.twin("Theorem E")
def test_twin_the_wrong_end_of_the_arc():
    """Swapping the roles, (m, a^{K−2}, b) as least confident and (m, y, b, …) as most: both fail at K = 5."""
    cosine = sp.Rational(9, 10)
    high = BallFunction(envelope_upper_in_span(cosine, 1, 5))()
    low = BallFunction(envelope_lower(cosine, 1, 5, tied_count(cosine, 5)))()
    inverses = [sum((x - v[0]).exp() for x in v) for v in candidates(5, "9/10")]
    assert any(inverse > 1 / high for inverse in inverses)
    assert any(inverse < 1 / low for inverse in inverses)
