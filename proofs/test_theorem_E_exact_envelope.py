"""Theorem E: all that the magnitude and the largest cosine say about the confidence, with corollaries E.1 and E.2.

**Claim** (ours; it replaces theorems 4 and 5). For the optimal structure, zero bias, c = ‖w‖‖z‖ > 0 and m = max_i cos
θ_{z,i}, the confidence lies in [lo(m, c), hi(m, c)] and both ends are attained. With A = K/(K−1), K ≥ 3:

- hi = 1/(1+(K−1)e^{−Acm}) if H ≥ K, at (m, −m/(K−1), …);
- hi = 1/(1+(K−2)e^{c(a−m)}+e^{c(b−m)}) if H = K−1, at (m, a, …, a, b), where a = (−m+R)/(K−1), b =
  (−m−(K−2)R)/(K−1), R² = K(1−m²)/(K−2);
- lo = 1/(k+e^{c(y−m)}+(K−k−1)e^{c(b−m)}) if m ≥ 1/(K−1), at (m, …, m, y, b, …, b) with k times m, k =
  min(⌊K/(1+(K−1)m²)⌋, K−2), y = −km/(K−k)+(K−k−1)d, b = −km/(K−k)−d, d² = (A−kKm²/(K−k))/((K−k)(K−k−1));
- lo = 1/(K−1+e^{−cKm}) if m < 1/(K−1), which needs H ≥ K, at (m, …, m, −(K−1)m).

For K = 2, lo = hi = 1/(1+e^{−2cm}). *E.1.* lo = hi for all m iff K = 2 or (K = 3, H = 2), so only then is U_max a
function of ‖z‖ and max cos. *E.2* (correct theorem 4). Every z' with max cos below g(m) is less confident than every
z of the same norm with max cos m, where hi(g, c) = lo(m, c), and no larger bound does; for H ≥ K, g = (K−1)/(cK)
[log(K−1) + log(lo/(1−lo))].

**Verdict.** Proved.

**What is true.** lo and hi strictly increase in m. For K ≥ 4, H = K−1, lo = hi only at m = 1/(K−1) and m = 1; for H ≥
K ≥ 3 only at m = 0 and m = 1. As c → 0, g → m. As c → ∞ with H ≥ K: if m² > (K−2)/(2(K−1)), so that one class is
closest, g → m − √((K−2)(1−m²)/K) (K = 10, m = 0.9: 0.510); if m² is smaller, classes tie and g → 0.

**Proof.** By lemma 4.1 the vectors x to consider have x_1 = m, x_j ≤ m, Σ_{j≥2} x_j = −m, and Σ_{j≥2} x_j² = A − m²
(H = K−1) or ≤ A − m² (H ≥ K). The confidence is 1/(1+S e^{−cm}) with S = Σ_{j≥2} e^{c x_j}. All four extreme points
are in this set.

*hi, H ≥ K.* Jensen: S ≥ (K−1)e^{−cm/(K−1)}, with equality iff the x_j, j ≥ 2, are equal.

*hi, H = K−1.* Let x minimise S. Take a triple of coordinates ≥ 2. Raising θ on its arc (lemma A) lowers S and its
largest number, so it keeps x_j ≤ m; hence the two largest of every triple are equal, and x_2 = … = x_{K−1} = a ≥ x_K =
b. The sum and the squares give a and b, with a − b = R; a ≤ m iff R ≤ Km iff m ≥ 1/(K−1). (K = 3 has no triple: the
two numbers follow from the sum and the squares.)

*lo, m ≥ 1/(K−1).* If H ≥ K, S is strictly convex, so its maximisers over the convex set are extreme points: points of
the sphere, or vertices of the simplex {Σ_{j≥2} x_j = −m, x_j ≤ m}. A vertex has K−2 coordinates m and one −(K−1)m;
with x_1 its squares sum to K(K−1)m² ≥ A, so it is on the sphere or outside. So let x maximise S on the sphere. In a
triple whose largest number is < m, lowering θ would raise S unless the two smaller are equal. So the coordinates
below m are y ≥ b = … = b. Let k coordinates equal m. If k ≤ K−2, the sum and the squares give y and b as stated, and
d² ≥ 0 iff k ≤ q, y < m iff k+1 > q, with q = K/(1+(K−1)m²); so k = ⌊q⌋. If k = K−1, then K(K−1)m² = A, m = 1/(K−1),
and k = K−2 in the formula gives y = m, the same point. And 1 ≤ q ≤ K−1 for 1/(K−1) ≤ m ≤ 1.

*lo, m < 1/(K−1).* All vertices of the simplex are inside the ball, so the convex S is largest at a vertex: S =
(K−2)e^{cm} + e^{−c(K−1)m}.

*Monotone.* In both extreme families with a square root, dS e^{−cm}/dm is a negative number times a sum of positive
terms:

    hi:  −c e^{−cm} A [ (K−2)e^{ca} + e^{cb} + (m/R)(e^{ca} − e^{cb}) ],
    lo:  −c e^{−cm} [ (K/n)(e^{cy} + (n−1)e^{cb}) + (kKm/(n²d))(e^{cy} − e^{cb}) ],  n = K−k.

Where q is an integer k+1, the formulas for k and k+1 give the same point, so lo is continuous. The other two formulas
are monotone on sight. (*Without a derivative:* shrink the least confident x for m by m'/m; proposition 4 says it is
less confident, and lo(m') is at most that.)

*E.1.* For H ≥ K ≥ 3 and 0 < m < 1 the two extreme points differ: (m, …, m, −(K−1)m) has two different coordinates
after the first, and the other one is on the sphere, while (m, −m/(K−1), …) has squares Am² < A. For H = K−1, K ≥ 4
and 1/(K−1) < m < 1: (m, a, …, a, b) with a < m has K−1 ≥ 3 coordinates below m, and b < a = a, so it is not of the
form of the maximiser, which is the only form. For K = 3, H = 2: k = 1, and (y, b) = (a, b).

*E.2.* hi is continuous and strictly increasing and hi(least m) ≤ lo(m) ≤ hi(m), so g exists and m' < g says hi(m') <
lo(m). At m' = g both extremes are attained and equal; above g the order is reversed for some pair. ∎

**What the machine checks.** That the extreme points lie on the sphere, and E.1's identity for K = 3 (sympy, K and k
symbolic); the side conditions k ≤ q < k+1, a ≤ m, the vertices (z3, K and k real); both derivatives, continuity at
integer q, the inverse and the limits of g (sympy). Second routes: Jensen and the vertex by majorisation in exact
numbers; bounds by balls over ranges of free points on the sphere for K = 4. A human must read the two arguments with
triples, which turn lemma A into the shape of the extreme points.

**Sources.** V. Cirtoaje, The equal variable method (2007); Marshall, Olkin & Arnold, Inequalities (2011).
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational
from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence, majorises
from numerics.expressions import BallFunction
from numerics.polynomials import polynomial
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import (
    confidence,
    envelope_lower,
    envelope_lower_off_span,
    envelope_upper,
    envelope_upper_in_span,
    lower_extreme_point,
    safe_cosine,
    tied_count,
    two_class_confidence,
    upper_extreme_point,
)

K, k, m, c, j = sp.symbols("K k m c j", positive=True)
A = K / (K - 1)
size, tied, cosine, square = z3.Reals("K k m d2")


def sums(groups):
    """Σ x and Σ x² of groups (how many, value)."""
    return sum(n * x for n, x in groups), sum(n * x**2 for n, x in groups)


def with_positive_room(expression):
    """K = k + 1 + j, so that sympy knows the signs of K − k, K − k − 1 and K − 1."""
    return sp.simplify(sp.sympify(expression).subs(K, k + 1 + j))


def odds(value):
    """(1−p)/p."""
    return 1 / value - 1


@pytest.mark.proves("Theorem E")
def test_extreme_points_are_cosines():
    """Sums 0; squares A on the sphere, A m² and K(K−1)m² at the others; lemma 4.1 does the rest."""
    a, b = upper_extreme_point(m, K)
    y, least = lower_extreme_point(m, K, k)
    for groups, squares in (
        ([(1, m), (K - 2, a), (1, b)], A),
        ([(k, m), (1, y), (K - k - 1, least)], A),
        ([(1, m), (K - 1, -m / (K - 1))], A * m**2),
        ([(K - 1, m), (1, -(K - 1) * m)], K * (K - 1) * m**2),
    ):
        total, found = sums(groups)
        assert sp.simplify(total) == 0
        assert sp.simplify(found - squares) == 0


@pytest.mark.proves("Theorem E")
def test_envelope_is_the_confidence_at_the_extreme_points():
    a, b = upper_extreme_point(m, K)
    y, least = lower_extreme_point(m, K, k)
    for value, groups in (
        (envelope_upper(m, c, K), [(1, m), (K - 1, -m / (K - 1))]),
        (envelope_upper_in_span(m, c, K), [(1, m), (K - 2, a), (1, b)]),
        (envelope_lower(m, c, K, k), [(k, m), (1, y), (K - k - 1, least)]),
        (envelope_lower_off_span(m, c, K), [(K - 1, m), (1, -(K - 1) * m)]),
    ):
        direct = sum(n * sp.exp(c * (x - m)) for n, x in groups)
        assert sp.simplify(1 / value - direct) == 0
    five = [m, m, *lower_extreme_point(m, 5, 2), lower_extreme_point(m, 5, 2)[1]]
    assert sp.simplify(1 / confidence(c, five) - 1 / envelope_lower(m, c, 5, 2)) == 0


@pytest.mark.proves("Theorem E")
def test_order_within_the_extreme_points():
    """Since a − b = R ≥ 0, the order is m ≥ a ≥ b: m − a = (Km − R)/(K−1) with R ≤ Km."""
    a, b = upper_extreme_point(m, K)
    R = sp.sqrt(K * (1 - m**2) / (K - 2))
    assert sp.simplify(a - b - R) == 0
    assert sp.simplify(m - a - (K * m - R) / (K - 1)) == 0
    prove(
        size * (1 - cosine**2) <= (size - 2) * size**2 * cosine**2,
        [size >= 3, (size - 1) * cosine >= 1, cosine <= 1],
    )


def gap_to_m(count):
    """(Km)² − ((K−k)(K−k−1)d)², positive iff y < m, and d²; for k = `count`."""
    y, b = lower_extreme_point(m, K, count)
    d_squared = sp.simplify(((y - b) / (K - count)) ** 2)
    return (K * m) ** 2 - ((K - count) * (K - count - 1)) ** 2 * d_squared, d_squared


@pytest.mark.proves("Theorem E")
def test_how_many_cosines_tie():
    """d² ≥ 0 iff k ≤ q and y < m iff k + 1 > q, where q = K/(1+(K−1)m²), as factored identities."""
    gap, d_squared = gap_to_m(k)
    q_room = K - k * (1 + (K - 1) * m**2)
    next_room = (k + 1) * (1 + (K - 1) * m**2) - K
    scale = (K - 1) * (K - k) ** 2 * (K - k - 1)
    assert sp.simplify(d_squared - K * q_room / scale) == 0
    assert sp.simplify(gap - K * (K - k) * next_room / (K - 1)) == 0
    y, _ = lower_extreme_point(m, K, k)
    assert with_positive_room((K * m - (K - k) * (m - y)) ** 2 - (K * m) ** 2 + gap) == 0


@pytest.mark.proves("Theorem E")
def test_the_count_lies_between_1_and_K_minus_1():
    """1 ≤ q ≤ K−1 for 1/(K−1) ≤ m ≤ 1."""
    denominator = 1 + (size - 1) * cosine**2
    prove(
        z3.And(denominator <= size, size <= (size - 1) * denominator),
        [size >= 3, (size - 1) * cosine >= 1, cosine <= 1],
    )
    for number in (3, 4, 7):
        for n in range(1, 20):
            x = sp.Rational(1, number - 1) + sp.Rational(n, 20) * sp.Rational(number - 2, number - 1)
            expected = min(Fraction(number) / (1 + (number - 1) * Fraction(x.p, x.q) ** 2) // 1, number - 2)
            assert tied_count(x, number) == expected


@pytest.mark.proves("Theorem E")
def test_a_vertex_is_not_inside_the_sphere():
    """K(K−1)m² ≥ A iff m ≥ 1/(K−1), multiplied by K−1."""
    vertex = polynomial(K * (K - 1) ** 2 * m**2 - K)
    prove((vertex >= 0) == ((size - 1) * cosine >= 1), [size >= 2, cosine > 0])


@pytest.mark.proves("Theorem E")
def test_envelope_in_the_span_increases():
    """Odds Σ n e^{c(x−m)} change by n c (x'−1) each: the coefficients of the exponentials in the two brackets.

    Both families are mean ± multiples of a root, R or d, whose derivative is (R²)'/(2R).
    """
    a, b = upper_extreme_point(m, K)
    root, R = sp.symbols("root R", positive=True)
    assert sp.simplify(a - (-m + (a - b)) / (K - 1)) == 0
    assert sp.simplify(b - (-m - (K - 2) * (a - b)) / (K - 1)) == 0
    R_slope = sp.diff(sp.simplify((a - b) ** 2), m) / (2 * R)
    assert sp.simplify((-1 + R_slope) / (K - 1) - 1 + A * (1 + m / ((K - 2) * R))) == 0
    assert sp.simplify((-1 - (K - 2) * R_slope) / (K - 1) - 1 + A * (1 - m / R)) == 0
    y, b = lower_extreme_point(m, K, k)
    n = K - k
    assert sp.simplify(y - (-k * m / n + (n - 1) * (y - b) / n)) == 0
    d_slope = sp.diff(gap_to_m(k)[1], m) / (2 * root)
    assert sp.simplify(-k / n + (n - 1) * d_slope - 1 + K / n + k * K * m / (n**2 * root)) == 0
    assert sp.simplify((n - 1) * (-k / n - d_slope - 1) + (n - 1) * K / n - k * K * m / (n**2 * root)) == 0


@pytest.mark.proves("Theorem E")
def test_envelope_off_the_span_increases():
    assert sp.simplify(sp.diff(odds(envelope_upper(m, c, K)), m) + A * c * (K - 1) * sp.exp(-A * c * m)) == 0
    assert sp.simplify(sp.diff(odds(envelope_lower_off_span(m, c, K)), m) + c * K * sp.exp(-c * K * m)) == 0


@pytest.mark.proves("Theorem E")
def test_lower_envelope_is_continuous_where_the_count_jumps():
    """At q = k+1: y = m for the count k, d = 0 for the count k+1, and the same b."""
    at = sp.sqrt((K - k - 1) / ((k + 1) * (K - 1)))
    gap, _ = gap_to_m(k)
    assert sp.simplify(gap.subs(m, at)) == 0
    assert sp.simplify(gap_to_m(k + 1)[1].subs(m, at)) == 0
    after = sp.simplify((K - k - 1) * lower_extreme_point(m, K, k + 1)[1].subs(m, at))
    assert sp.simplify(after + (k + 1) * at) == 0  # and for the count k, (k+1) m + (K−k−1) b = 0 as well


@pytest.mark.proves("Corollary E.1")
def test_two_and_three_classes_have_no_room():
    assert sp.simplify(odds(envelope_upper(m, c, 2)) - odds(two_class_confidence(c, m))) == 0
    pairs = zip(lower_extreme_point(m, 3, 1), upper_extreme_point(m, 3), strict=True)
    assert [sp.simplify(x - y) for x, y in pairs] == [0, 0]
    prove(2 * (1 + 2 * cosine**2) > 3, [2 * cosine > 1])  # q < 2, so that k = 1


@pytest.mark.proves("Corollary E.1")
def test_otherwise_the_extreme_points_differ():
    """H ≥ K: Am² < A and m ≠ −(K−1)m. H = K−1, K ≥ 4: a < m and b < a for 1/(K−1) < m < 1."""
    prove(z3.And(cosine**2 < 1, cosine > -(size - 1) * cosine), [size >= 3, cosine > 0, cosine < 1])
    prove(
        z3.And(size * (1 - cosine**2) < (size - 2) * size**2 * cosine**2, size * (1 - cosine**2) > 0),
        [size >= 3, (size - 1) * cosine > 1, cosine < 1],
    )


@pytest.mark.second_route("Corollary E.1")
@pytest.mark.parametrize("number", [4, 5])
def test_there_is_room_by_balls(number):
    """Hi > lo at c = 2 for all m in a range inside k = 1, in the span of the weights."""
    gap = odds(envelope_lower(m, 2, number, 1)) - odds(envelope_upper_in_span(m, 2, number))
    f = BallFunction(gap, m)
    assert prove_positive(f, [("7/10", "9/10")], derivative=f.derivative).proved


@pytest.mark.proves("Corollary E.2")
def test_safe_cosine_inverts_the_upper_envelope():
    """And it is monotone in lo, so m' < g says hi(m') < lo(m)."""
    lower = sp.Symbol("lower", positive=True)
    g = safe_cosine(lower, c, K)
    assert sp.simplify(odds(envelope_upper(g, c, K)) - odds(lower)) == 0
    assert sp.simplify(sp.diff(g, lower) - (K - 1) / (c * K) / (lower * (1 - lower))) == 0


@pytest.mark.proves("Corollary E.2")
def test_limits_of_the_safe_cosine():
    """As c → 0, c g → 0 with slope m. As c → ∞ with k = 1, log-odds(lo)/c → m − y, and (K−1)/K (m−y) is as stated."""
    product = c * safe_cosine(envelope_lower(m, c, K, k), c, K)
    assert sp.expand_log(sp.simplify(product.subs(c, 0)), force=True) == 0
    assert sp.simplify(sp.diff(product, c).subs(c, 0) - m) == 0
    y, _ = lower_extreme_point(m, K, 1)
    below = m - (K - 1) / K * (m - y)
    assert sp.simplify(below.subs(K, 2 + j) ** 2 - ((K - 2) * (1 - m**2) / K).subs(K, 2 + j)) == 0
    prove(  # q < 2 iff m² > (K−2)/(2(K−1))
        (size < 2 * (1 + (size - 1) * cosine**2)) == (2 * (size - 1) * cosine**2 > size - 2), [size >= 3, cosine > 0]
    )


@pytest.mark.second_route("Corollary E.2")
def test_a_pair_just_above_the_safe_cosine_is_reversed():
    """K = 3, H ≥ 3, c = 4, m = 13/14, cosines (13, −2, −11)/14: g is between 0.81 and 0.82."""
    x = [Fraction(n, 14) for n in (13, -2, -11)]
    for g, sign in (("81/100", 1), ("82/100", -1)):
        apart = [Fraction(g), *[-Fraction(g) / 2] * 2]
        assert compare_confidence([4 * v for v in x], [4 * v for v in apart]) == sign
    f = BallFunction(safe_cosine(envelope_lower(m, 4, 3, 1), 4, 3), m)
    value = f(arb_rational("13/14"))
    assert value > arb_rational("81/100")
    assert value < arb_rational("82/100")


@pytest.mark.second_route("Theorem E")
def test_by_majorisation():
    """The most even and the vertex are the ends of the majorisation order among x ≤ m with sum 0 (Karamata)."""
    x = [Fraction(1, 4), Fraction(1, 5), Fraction(-1, 20), Fraction(-2, 5)]
    even, vertex = [Fraction(1, 4), *[Fraction(-1, 12)] * 3], [*[Fraction(1, 4)] * 3, Fraction(-3, 4)]
    assert majorises(x, even)
    assert majorises(vertex, x)
    for scale in (Fraction(1, 10), 1, 10):
        order = [[scale * v for v in point] for point in (vertex, x, even)]
        assert compare_confidence(order[1], order[0]) == 1
        assert compare_confidence(order[2], order[1]) == 1


theta = sp.Symbol("theta", positive=True)
FREE = [  # for K = 4, m = 7/10: the other three cosines on their circle, mean −m/3, radius √(2/3 (A − 4m²/3))
    -sp.Rational(7, 30) + sp.sqrt(sp.Rational(8, 9) * (1 - sp.Rational(49, 100))) * sp.cos(theta + shift)
    for shift in (0, -2 * sp.pi / 3, 2 * sp.pi / 3)
]


@pytest.mark.second_route("Theorem E")
def test_by_balls_on_the_whole_circle():
    """K = 4, H = 3, m = 7/10, c = 2: lo is reached at θ = 0, hi at θ = π/3, and all between lies between."""
    seven = sp.Rational(7, 10)
    inverse = 1 / confidence(2, [seven, *FREE])
    low, high = envelope_lower(seven, 2, 4, 1), envelope_upper_in_span(seven, 2, 4)
    assert sp.simplify(inverse.subs(theta, 0) - 1 / low) == 0
    assert sp.simplify(inverse.subs(theta, sp.pi / 3) - 1 / high) == 0
    for gap, box in ((1 / low - inverse, ("1/20", "21/20")), (inverse - 1 / high, (0, 1))):
        f = BallFunction(gap, theta)
        assert prove_positive(f, [box], derivative=f.derivative).proved


@pytest.mark.twin("Theorem E")
def test_twin_one_more_or_one_fewer_tie():
    """With k+1 > q the root d is imaginary, and with k+1 ≤ q the next cosine exceeds m: K = 5, m = 1/2, q = 5/2."""
    assert tied_count(sp.Rational(1, 2), 5) == 2
    assert gap_to_m(3)[1].subs({K: 5, m: sp.Rational(1, 2)}) < 0
    assert lower_extreme_point(sp.Rational(1, 2), 5, 1)[0] > sp.Rational(1, 2)


@pytest.mark.twin("Theorem E")
def test_twin_the_upper_end_in_the_span_is_that_of_a_larger_space():
    """(m, −m/(K−1), …) is not in the span: for H = K−1 its value is not reached."""
    seven = sp.Rational(7, 10)
    gap = 1 / confidence(2, [seven, *FREE]) - 1 / envelope_upper(seven, 2, 4)
    f = BallFunction(gap, theta)
    assert prove_positive(f, [(0, "21/20")], derivative=f.derivative).proved


@pytest.mark.twin("Theorem E")
def test_twin_the_ends_exchanged():
    seven = sp.Rational(7, 10)
    gap = 1 / envelope_upper_in_span(seven, 2, 4) - 1 / confidence(2, [seven, *FREE])
    assert prove_positive(BallFunction(gap, theta), [("1/20", "9/10")]).refuted


@pytest.mark.twin("Theorem E")
def test_twin_the_vertex_formula_beyond_1_over_K_minus_1():
    """There (m, …, m, −(K−1)m) is no vector of cosines."""
    vertex = polynomial(K * (K - 1) ** 2 * m**2 - K)
    with pytest.raises(RefutedError) as refuted:
        prove(vertex <= 0, [size >= 3, cosine > 0, cosine <= 1])
    size_found, m_found = (Fraction(refuted.value.model[name]) for name in ("K", "m"))
    assert (size_found - 1) * m_found > 1


@pytest.mark.twin("Corollary E.1")
def test_twin_four_classes_in_three_dimensions():
    pairs = zip(lower_extreme_point(m, 4, 1), upper_extreme_point(m, 4), strict=True)
    assert [sp.simplify(x - y) for x, y in pairs] != [0, 0]


@pytest.mark.twin("Corollary E.2")
def test_twin_every_smaller_cosine_is_safe():
    """G = m (theorem 4) fails: the pair (13, −2, −11)/14, (18, −9, −9)/20 at c = 1."""
    x, y = [Fraction(n, 14) for n in (13, -2, -11)], [Fraction(n, 20) for n in (18, -9, -9)]
    assert compare_confidence(x, y) == -1
    f = BallFunction(m - safe_cosine(envelope_lower(m, 1, 3, 1), 1, 3), m)
    assert prove_positive(f, [("9/10", "19/20")], derivative=f.derivative).proved
