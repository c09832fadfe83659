"""Theorem 5.1: turning straight away from a weight lowers its softmax.

**Claim** (ours; a part of the paper's theorem 5 that is true). For the optimal structure, any K ≥ 2, H ≥ K−1 and c =
‖w‖‖z‖ > 0, let z turn from w_1 along a great circle, ẑ(φ) = cos φ ŵ_1 + sin φ u, with any unit vector u ⊥ w_1. Then
p_1 strictly decreases on [0, π/2].

**Verdict.** Proved.

**What is true.** As claimed; beyond π/2 it may rise again (K = 3 in the plane, c = 4). Only p_1 is spoken of: past
the boundary of the cell of w_1 the confidence is another p_i.

**Proof.** Put n = K−1, A = K/n and t_j = uᵀŵ_j for j ≥ 2. Since Σ ŵ_j = 0 and uᵀŵ_1 = 0, Σ_{j≥2} t_j = 0. The cosines
are x_1 = cos φ and x_j = −cos φ/n + t_j sin φ, so x_j − x_1 = −A cos φ + t_j sin φ and

    (1−p_1)/p_1 = Σ_{j≥2} e^{c(x_j−x_1)} = e^{−cA cos φ} T(c sin φ),  T(b) = Σ_{j≥2} e^{b t_j}.

The first factor strictly increases on [0, π/2]. For b ≥ 0, T′(b) = Σ t_j e^{b t_j} = Σ t_j (e^{b t_j} − 1), because Σ
t_j = 0, and no term is negative: t and e^{bt} − 1 have the same sign. So T does not decrease, nor does T(c sin φ) on
[0, π/2]. T > 0, so the product strictly increases and p_1 strictly decreases. ∎

*Second proof, without the path.* At any ẑ ≠ ±ŵ_1 the direction ŵ_1 − x_1 ẑ points straight to w_1, and moves the
cosines at the rates y_1 = 1 − x_1², y_j = −1/n − x_1 x_j. So log p_1 moves at c times

    Σ_{j≥2} p_j (y_1 − y_j) = (1−p_1)(A − x_1²) + x_1 Σ_{j≥2} p_j x_j.

For j ≥ 2 the p_j are ordered as the x_j, whose mean is −x_1/n, so by Chebyshev's sum inequality Σ_{j≥2} p_j x_j ≥
−(1−p_1) x_1/n. For x_1 ≥ 0 the rate is at least (1−p_1)(A − x_1² − x_1²/n) = (1−p_1) A (1−x_1²) > 0. ∎

**What the machine checks.** The factorisation and Σ x_j = 0 for the expressions of K = 2 to 5, the term x_j − x_1
and T′ for symbolic K (sympy); the sign of one term of T′ and of the slope of the log-odds (z3). Second route: the
identities of the second proof with K symbolic (sympy) and its bound (z3), explicit weights, and balls for K = 3 and
all directions u. The step from terms to sums is read.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 5; Hardy, Littlewood & Pólya, Inequalities (1934), no. 43.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import confidence, meridian_confidence, meridian_cosines
from softmax_geometry.symbolic.structure import simplex_coordinates, simplex_vertices
from softmax_geometry.symbolic.vectors import dot, squared_norm

phi, c, t, b, K = sp.symbols("phi c t b K", positive=True)
A = K / (K - 1)
sine, cosine, scale, big_a, mean = z3.Reals("s C c A mean")
QUARTER = [scale > 0, big_a > 1, sine > 0, cosine >= 0]  # 0 < φ ≤ π/2
RANGE = [("1/5", "157/100"), ("1/2", 3), (0, "867/1000")]  # φ, c, and t up to √3/2


def directions(number):
    """t_2, …, t_K with sum 0, as symbols."""
    free = sp.symbols(f"t2:{number}", real=True)
    return [*free, -sum(free)]


@pytest.mark.proves("Theorem 5.1")
@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_odds_against_are_a_sum_over_the_other_classes(number):
    x = meridian_cosines(phi, directions(number))
    assert sp.expand(sum(x)) == 0
    assert x[0] == sp.cos(phi)
    odds = 1 / meridian_confidence(phi, c, directions(number)) - 1
    assert sp.powsimp(sp.expand(odds - (1 / confidence(c, x) - 1))) == 0


@pytest.mark.proves("Theorem 5.1")
def test_cosines_for_any_number_of_classes():
    """x_j − x_1 = −A cos φ + t_j sin φ, and Σ_{i≥1} x_i² = A cos² φ + sin² φ Σ t_j²: lemma 4.1 with Σ t_j² ≤ A."""
    n, squares = K - 1, sp.Symbol("squares")
    x_j = -sp.cos(phi) / n + t * sp.sin(phi)
    assert sp.simplify(x_j - sp.cos(phi) - (-A * sp.cos(phi) + t * sp.sin(phi))) == 0
    total = sp.cos(phi) ** 2 + n * (sp.cos(phi) / n) ** 2 + squares * sp.sin(phi) ** 2
    assert sp.simplify(total - (A * sp.cos(phi) ** 2 + squares * sp.sin(phi) ** 2)) == 0
    x = meridian_cosines(phi, directions(4))
    of_four = sum(u**2 for u in directions(4))
    assert sp.simplify(sum(u**2 for u in x) - total.subs({squares: of_four, K: 4})) == 0


@pytest.mark.proves("Theorem 5.1")
def test_slope_of_the_log_odds():
    """d/dφ log((1−p_1)/p_1) = cA sin φ + c cos φ T′/T, where T′/T is the mean of t_j with weights e^{b t_j}."""
    for number in (3, 4):
        ts, size = directions(number), sp.Rational(number, number - 1)
        weights = [sp.exp(c * sp.sin(phi) * u) for u in ts]
        average = sum(w * u for w, u in zip(weights, ts, strict=True)) / sum(weights)
        odds = 1 / meridian_confidence(phi, c, ts) - 1
        stated = c * size * sp.sin(phi) + c * sp.cos(phi) * average
        assert sp.simplify(sp.diff(odds, phi) / odds - stated) == 0
    prove(scale * big_a * sine + scale * cosine * mean > 0, [*QUARTER, mean >= 0])


@pytest.mark.proves("Theorem 5.1")
def test_mean_of_t_is_not_negative():
    """T′(b) − Σ t_j = Σ t_j(e^{b t_j} − 1) for symbolic K; e^u ≥ 1 + u for u = bt and −bt gives the sign."""
    j, size = sp.symbols("j K", integer=True, positive=True)
    T = sp.IndexedBase("t", real=True)
    slope = sp.diff(sp.Sum(sp.exp(b * T[j]), (j, 2, size)), b)
    terms = sp.Sum(T[j] * (sp.exp(b * T[j]) - 1), (j, 2, size))
    assert sp.expand(slope.function - terms.function - T[j]) == 0
    u, e, rate = z3.Reals("t e b")
    prove(u * (e - 1) >= 0, [rate > 0, e > 0, e >= 1 + rate * u, e * (1 - rate * u) <= 1])


@pytest.mark.second_route("Theorem 5.1")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_in_coordinates(number):
    """The cosines of cos φ ŵ_1 + sin φ u for a general u ⊥ ŵ_1, with explicit weights in R^{K−1} and R^K."""
    for weight in (simplex_coordinates(number), simplex_vertices(number)):
        length = sp.sqrt(squared_norm(weight[0]))
        unit = [[y / length for y in w] for w in weight]
        v = sp.symbols(f"v1:{len(unit[0]) + 1}", real=True)
        u = [y - dot(v, unit[0]) * w for y, w in zip(v, unit[0], strict=True)]
        z = [sp.cos(phi) * w + sp.sin(phi) * y for w, y in zip(unit[0], u, strict=True)]
        stated = meridian_cosines(phi, [dot(w, u) for w in unit[1:]])
        assert [sp.simplify(dot(w, z) - y) for w, y in zip(unit, stated, strict=True)] == [0] * number


@pytest.mark.second_route("Theorem 5.1")
def test_the_rate_towards_w_1_at_a_point():
    """Σ_{j≥2} p_j (y_1 − y_j) = (1−p_1)(A − x_1²) + x_1 Σ p_j x_j, term by term, and its bound; K symbolic."""
    x_1, x_j = sp.symbols("x_1 x_j", real=True)
    y_1, y_j = 1 - x_1**2, -1 / (K - 1) - x_1 * x_j
    assert sp.simplify(y_1 - y_j - (A - x_1**2 + x_1 * x_j)) == 0
    top, rest, moment, size = z3.Reals("x1 rest moment K")  # rest = 1 − p_1, moment = Σ_{j≥2} p_j x_j
    rate = rest * (size - (size - 1) * top * top) + (size - 1) * top * moment
    chebyshev = (size - 1) * moment >= -rest * top
    prove(rate > 0, [size >= 2, rest > 0, top >= 0, top < 1, chebyshev])


@pytest.mark.second_route("Theorem 5.1")
def test_chebyshev_sum_inequality():
    """The sum n Σ ab − Σa Σb is that over i < j of (a_i − a_j)(b_i − b_j), here for n = 5."""
    left, right = sp.symbols("a1:6"), sp.symbols("b1:6")
    pairs = sum((left[i] - left[j]) * (right[i] - right[j]) for i in range(5) for j in range(i))
    products = sum(u * v for u, v in zip(left, right, strict=True))
    assert sp.expand(5 * products - sum(left) * sum(right) - pairs) == 0


@pytest.mark.second_route("Theorem 5.1")
def test_by_balls_for_three_classes():
    falling = BallFunction(-sp.diff(meridian_confidence(phi, c, [t, -t]), phi), phi, c, t)
    certificate = prove_positive(falling, RANGE)
    assert certificate.proved, certificate


@pytest.mark.twin("Theorem 5.1")
def test_twin_directions_that_do_not_sum_to_zero():
    """Without Σ ŵ_i = 0: t = (−1/2, −1/2), both classes left behind at once, and p_1 rises from φ = 0."""
    half = sp.Rational(-1, 2)
    assert sp.diff(meridian_confidence(phi, c, [half, half]), phi).subs({phi: 0, c: 1}).evalf(20) > 0
    assert sp.diff(meridian_confidence(phi, c, [t, -t]), phi).subs(phi, 0).simplify() == 0
    with pytest.raises(RefutedError):
        prove(scale * big_a * sine + scale * cosine * mean > 0, QUARTER)


@pytest.mark.twin("Theorem 5.1")
def test_twin_beyond_a_quarter_turn():
    """In the plane of three weights p_1 is least between π/2 and π, at c = 4, and then rises; at c = 2 it does not."""
    ts = [sp.sqrt(3) / 2, -sp.sqrt(3) / 2]
    falling = BallFunction(-sp.diff(meridian_confidence(phi, c, ts), phi), phi, c)
    certificate = prove_positive(falling, [("8/5", 3), (4, 4)])
    assert certificate.refuted
    assert certificate.recheck(falling, precision=200)


@pytest.mark.twin("Theorem 5.1")
def test_twin_a_negative_slope_at_the_weight_itself():
    """Strict decrease does not mean a strict slope: at φ = 0 it is 0, and z3 finds sin φ = 0."""
    with pytest.raises(RefutedError) as refuted:
        prove(
            scale * big_a * sine + scale * cosine * mean > 0,
            [scale > 0, big_a > 1, sine >= 0, cosine >= 0, mean >= 0],
        )
    assert refuted.value.model["s"] == 0
