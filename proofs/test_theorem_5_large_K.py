"""Theorem 5: the same for many classes.

**Claim** (eqs 71–85). For the optimal structure and "some large number of classes", so that cos θ_{i,j} ≈ 0, U_max
increases when max_i cos θ_{z,i} decreases; "without loss of generality" ‖w_i‖ = ‖z‖ = 1.

**Verdict.** Refuted for **every** K ≥ 4, even for z in the span of the weights, and for ‖w‖ = ‖z‖ = 1. The reduction
to norm 1 is not a loss-free one: the logits are c cos θ_{z,i} with c = ‖w‖‖z‖, and the order of two vectors depends
on c.

**What is true.** The steps of the proof that can be saved are theorems 5.1 to 5.7 (turning straight away from w_1,
straight towards the second-closest weight, in the plane of w_1 and w_2, and the drift criterion). For arbitrary
pairs: corollary E.2 for every K, and theorem 5.7, a tolerance of order 1/K at fixed c.

**Proof** (counterexamples). *K = 4, c = 1, H = 3, rational.* w ∝ (1,1,1), (1,−1,−1), (−1,1,−1), (−1,−1,1), and z ∝
(29, 5, −1), z′ ∝ (23, 11, −5), with ‖w‖ = ‖z‖ = ‖z′‖ = 1: cosines (33, 25, −23, −35)/51 and (29, 17, −7, −39)/45. So
max cos 11/17 > 29/45, but z′ is the more confident. *K = 4, integers.* The same weights, ‖z‖² = ‖z′‖² = 101: z = (0,
1, 10), z′ = (−4, 6, 7), logits (11, −11, −9, 9) and (9, −17, 3, 5): confidence .8808 < .9796.

*Every K ≥ 4.* Let a² = (K−2)/(2(K−1)), x = (a, a, −2a/(K−2), …): its entries sum to 0 and their squares to K/(K−1),
so it is the cosine vector of some z in the span (lemma 4.1), and its confidence is below 1/2 at every scale. Since
1/(K−1) < a iff K(K−3) > 0, there is an m with 1/(K−1) < m < a. Let y = (m, u, …, u, v), u = (−m+R)/(K−1), v =
(−m−(K−2)R)/(K−1), R² = K(1−m²)/(K−2), also on the sphere. m > 1/(K−1) gives R < K m, that is u < m. So m is the only
largest cosine, and the confidence at y is above 1/2 as soon as c > log(K−1)/(m−u): a smaller cosine, a larger
confidence.

*Every K ≥ 4 and every c > 0.* By theorem E and corollary E.1, lo(m, c) < hi(m, c) for 1/(K−1) < m < 1; hi is
continuous in m, so hi(m′, c) > lo(m, c) for some m′ < m, and both are attained. ∎

*Norm 1.* Scaling z and w_i to norm 1 changes the softmax: at c = 1 and K = 10 no z has a confidence above
1/(1+9e^{−10/9}) = 0.2524. And the pair of theorem 4 with cosines (1/2, 1/2, −1) and (1/3, −1/6, −1/6) changes its
order at c = 0.962.

**What the machine checks.** Both counterexamples exactly; the family for symbolic K: sums and squares (sympy), the
inequalities (z3). The last paragraph of the proof rests on the file of theorem E.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 5.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import arb_rational, dot
from numerics.balls import confidence as confidence_ball
from numerics.exact import compare_confidence, integer_simplex
from numerics.polynomials import polynomial
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import confidence, envelope_upper, upper_extreme_point

weight = integer_simplex(4, H=3)
K, m, c = sp.symbols("K m c", positive=True)
PAIRS = [((29, 5, -1), (23, 11, -5), 51, 45), ((0, 1, 10), (-4, 6, 7), 1, 1)]  # z, z′ and what divides their logits


def logits(z, divisor=1):
    return [Fraction(dot(w, z), divisor) for w in weight]


@pytest.mark.proves("Theorem 5")
@pytest.mark.parametrize(("z", "z_smaller", "n", "n_smaller"), PAIRS)
def test_counterexamples_for_four_classes(z, z_smaller, n, n_smaller):
    """Equal norms and zero bias, so logits are c times cosines with one c: the larger cosine, the lower confidence."""
    assert Fraction(dot(z, z), n**2) == Fraction(dot(z_smaller, z_smaller), n_smaller**2)
    larger, smaller = logits(z, n), logits(z_smaller, n_smaller)
    assert max(larger) > max(smaller)
    assert compare_confidence(larger, smaller) == -1


@pytest.mark.proves("Theorem 5")
def test_the_first_pair_has_unit_norms():
    """‖w‖²‖z‖² = 1, since the weights are (±1, ±1, ±1)/√3 and z = (29, 5, −1)/(17√3): logits (w·z)/51."""
    for z, n in (((29, 5, -1), 51), ((23, 11, -5), 45)):
        assert Fraction(3 * dot(z, z), n**2) == 1
        x = logits(z, n)
        assert sum(x) == 0
        assert sum(y * y for y in x) == Fraction(4, 3)
    assert (max(logits((29, 5, -1), 51)), max(logits((23, 11, -5), 45))) == (Fraction(11, 17), Fraction(29, 45))


a_squared = (K - 2) / (2 * (K - 1))
size, cosine, root_square = z3.Reals("K m R2")


@pytest.mark.proves("Theorem 5")
def test_both_vectors_of_the_family_are_cosines_in_the_span():
    a = sp.sqrt(a_squared)
    assert sp.simplify(2 * a + (K - 2) * (-2 * a / (K - 2))) == 0
    assert sp.simplify(2 * a**2 + (K - 2) * (2 * a / (K - 2)) ** 2 - K / (K - 1)) == 0
    u, v = upper_extreme_point(m, K)
    assert sp.simplify(m + (K - 2) * u + v) == 0
    assert sp.simplify(m**2 + (K - 2) * u**2 + v**2 - K / (K - 1)) == 0


@pytest.mark.proves("Theorem 5")
def test_there_is_room_between_the_least_cosine_and_a():
    """1/(K−1)² < a² for K ≥ 4, multiplied out."""
    numerator, denominator = sp.fraction(sp.together(a_squared - 1 / (K - 1) ** 2))
    prove(z3.And(polynomial(numerator) > 0, polynomial(denominator) > 0), [size >= 4])


@pytest.mark.proves("Theorem 5")
def test_m_is_the_only_largest_cosine():
    """R² < (K m)² for m > 1/(K−1), and R < K m says u < m."""
    u, _ = upper_extreme_point(m, K)
    above = (K * m - sp.sqrt(K * (1 - m**2) / (K - 2))) / (K - 1)
    assert sp.simplify(m - u - above) == 0
    prove(
        root_square < size * size * cosine * cosine,
        [size >= 3, (size - 1) * cosine > 1, cosine < 1, root_square * (size - 2) == size * (1 - cosine * cosine)],
    )


@pytest.mark.proves("Theorem 5")
def test_confidence_on_the_two_sides_of_one_half():
    """Two tied classes have p_1 < 1/2; if every other class has e^{−c(x_1−x_j)} < 1/(K−1), then p_1 > 1/2."""
    odds, tail, others = z3.Reals("odds tail others")
    prove(1 + odds > 2, [odds == 1 + others, others > 0])
    prove(1 + odds < 2, [odds <= (size - 1) * tail, tail * (size - 1) < 1, size >= 2])


@pytest.mark.second_route("Theorem 5")
@pytest.mark.parametrize("number", [4, 5, 10, 100])
def test_the_family_by_balls(number):
    """Take m halfway between 1/(K−1) and a, c = 2 log(K−1)/(m−u)."""
    n = arb_rational(number)
    a = ((n - 2) / (2 * (n - 1))).sqrt()
    m = (a + 1 / (n - 1)) / 2
    R = (n * (1 - m * m) / (n - 2)).sqrt()
    u, v = (R - m) / (n - 1), (-m - (n - 2) * R) / (n - 1)
    c = 2 * (n - 1).log() / (m - u)
    first = [a, a, *[-2 * a / (n - 2)] * (number - 2)]
    second = [m, *[u] * (number - 2), v]
    assert m < a
    assert confidence_ball([c * x for x in first]) < confidence_ball([c * x for x in second])


@pytest.mark.second_route("Theorem 5")
def test_counterexamples_by_balls():
    for z, z_smaller, n, n_smaller in PAIRS:
        assert confidence_ball(logits(z, n)) < confidence_ball(logits(z_smaller, n_smaller))


@pytest.mark.proves("Theorem 5")
def test_unit_norms_are_not_without_loss_of_generality():
    tied, apart = [Fraction(1, 2), Fraction(1, 2), -1], [Fraction(1, 3), Fraction(-1, 6), Fraction(-1, 6)]
    order = [compare_confidence([scale * x for x in tied], [scale * x for x in apart]) for scale in (Fraction(1, 2), 2)]
    assert order == [1, -1]
    assert envelope_upper(1, 1, 10).evalf(20) < sp.Rational(2524, 10000)
    assert sp.simplify(confidence(c, [1, *[-sp.Rational(1, 9)] * 9]) - envelope_upper(1, c, 10)) == 0


@pytest.mark.twin("Theorem 5")
def test_twin_the_family_for_three_classes():
    """At K = 3 there is no room: a = 1/(K−1) = 1/2."""
    numerator, _ = sp.fraction(sp.together(a_squared - 1 / (K - 1) ** 2))
    with pytest.raises(RefutedError) as refuted:
        prove(polynomial(numerator) > 0, [size >= 3])
    assert refuted.value.model["K"] == 3


@pytest.mark.twin("Theorem 5")
def test_twin_m_below_the_least_cosine():
    with pytest.raises(RefutedError):
        prove(
            root_square < size * size * cosine * cosine,
            [size >= 3, cosine > 0, cosine < 1, root_square * (size - 2) == size * (1 - cosine * cosine)],
        )


@pytest.mark.twin("Theorem 5")
def test_twin_the_pair_with_the_larger_cosine_on_top():
    """A pair where the theorem's order holds: the machinery tells the difference."""
    assert compare_confidence(logits((29, 5, -1), 51), logits((19, 1, -1), 33)) == 1
    assert max(logits((29, 5, -1), 51)) > max(logits((19, 1, -1), 33))
