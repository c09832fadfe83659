"""Theorem 5.4: straight towards the second-closest weight, cosine and confidence both fall.

**Claim** (ours; the rotation the paper describes in words, "directly toward" w_2). Optimal structure, K ≥ 2, zero
bias, x_1 ≥ x_2 ≥ x_j the cosines of z, x_1 < 1. Rotate z on the great circle towards w_2, the second closest. Until
classes 1 and 2 tie, x_1 and p_1 both strictly decrease, and w_2 stays second.

**Verdict.** Proved. Towards another weight it is false: K = 3, H ≥ 3, cosines (3/5, 1/5, −4/5), c = 2, towards w_3.

**What is true.** As claimed, for every c, but for U_max only: U_entropy can decrease on this path, in the span (K =
4, logits (8, 7, 3, −18)/5) and off it (any K ≥ 3 with x_2 > 0, for small c; K = 3, x = (2/5, 3/10, −7/10), c = 1/10).

**Proof.** The tangent at z towards ŵ_2 is ŵ_2 − x_2 z up to a positive factor, so x_i′ = G_i2 − x_2 x_i: x_2′ = 1 −
x_2², x_i′ = −1/(K−1) − x_2 x_i else. (log p_1)′ = c(x_1′ − E_p x′) = −c[A p_2 + x_2 Q], Q = Σ_{j≥2} p_j(x_1−x_j) ≥ 0,
since x_1′ − x_2′ = −A − x_2(x_1−x_2) and x_1′ − x_j′ = −x_2(x_1−x_j). If x_2 ≥ 0 the bracket is ≥ A p_2 > 0. If x_2 <
0: p_j ≤ p_2 for j ≥ 2, so Q ≤ p_2 Σ_{j≥2}(x_1−x_j) = p_2 K x_1; and x_2 is at least the mean −x_1/(K−1) of x_2, …,
x_K; hence x_2 Q ≥ −A p_2 x_1², and the bracket is ≥ A p_2(1−x_1²) > 0. In the same way x_1′ = −1/(K−1) − x_1x_2 < 0.
*Order.* On the arc z(s) = a z + b ŵ_2, a, b ≥ 0: x_1 − x_j = a·(old difference) ≥ 0 and x_2 − x_j = a·(old) + bA ≥ 0
for j ≥ 3. ∎

*Second proof.* x_2 ≥ 0: on the arc a decreases (a = sin(ω−s)/sin ω, ω ≤ π/2 the angle to w_2), so all gaps x_1 − x_j
= a(…), x_1 − x_2 = a(…) − bA fall and the odds Σ e^{−c(x_1−x_j)} rise. x_2 < 0: x_j′ increases with x_j for j ≥ 3 and
x_2′ is the largest, so (x_j′) and (p_j), j ≥ 2, are similarly ordered, and theorem 5.6 applies.

*Counterexample.* x = (3/5, 1/5, −4/5), x_3 in the place of x_2: z(s) with a = 35/29, b = 8/29 has ‖z(s)‖ = 1 and
cosines (17, 3, −20)/29: the largest fell from 0.6 to 0.586, but p_1 rose from 0.662 to 0.686.

*Entropy.* Its rate is −Cov_p(l, l′). In logits l = cx, x_i′ = G_i2 − l_2 l_i/c², and in the span c² = Σ l_i²/A: all
rational if l is, so the sign is that of an exponential sum. Off the span no search is needed: as c → 0, H = log K −
c² Σ x_i²/(2K) + O(c³), and Σ x_i x_i′ = x_2(A − Σ x_i²) > 0 if x_2 > 0.

**What the machine checks.** The velocities and the bracket (sympy, K ≤ 5); both cases of the inequality and the order
(z3, symbolic K); the second proof's steps (z3, sympy), and the slope of p_1 by balls for K = 3; all counterexamples
exactly (Lindemann–Weierstrass).

**Sources.** Replaces "moving between two weight vectors" in the proof of theorem 5.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence, exponential_sum_sign
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import drift
from softmax_geometry.symbolic.softmax import U_entropy, softmax
from softmax_geometry.symbolic.structure import gram_entry

size, x_1, x_2, p_2, Q = z3.Reals("K x1 x2 p2 Q")
COSINES = [size >= 2, x_1 >= 0, x_1 < 1, x_2 <= x_1, x_2 * (size - 1) >= -x_1]
WEIGHTED = [p_2 > 0, Q >= 0]
SECOND_CLOSEST = p_2 * size * x_1 >= Q
bracket = size * p_2 + (size - 1) * x_2 * Q  # (K−1)(A p_2 + x_2 Q)
START, FINISH = [Fraction(n, 5) for n in (3, 1, -4)], [Fraction(n, 29) for n in (17, 3, -20)]


def towards(x, i):
    """Velocities G_ji − x_i x_j of the cosines when z rotates towards ŵ_i; i counts from 0."""
    return [gram_entry(j + 1, i + 1, len(x)) - x[i] * y for j, y in enumerate(x)]


@pytest.mark.proves("Theorem 5.4")
@pytest.mark.parametrize("number", [2, 3, 5])
def test_velocities_and_the_bracket(number):
    x = [*sp.symbols(f"x1:{number}", real=True)]
    x.append(-sp.Add(*x))
    p = sp.symbols(f"p1:{number + 1}", positive=True)
    speed = towards(x, 1)
    assert sp.simplify(sum(speed)) == 0
    assert sp.expand(speed[1] - (1 - x[1] ** 2)) == 0
    A, spread = sp.Rational(number, number - 1), sum(p[j] * (x[0] - x[j]) for j in range(1, number))
    rate = -drift(p, speed).subs(p[0], 1 - sum(p[1:]))  # x_1′ − E_p x′
    assert sp.expand(rate + A * p[1] + x[1] * spread) == 0


@pytest.mark.proves("Theorem 5.4")
def test_confidence_falls():
    prove(bracket > 0, [*COSINES, *WEIGHTED, x_2 >= 0])
    prove(bracket > 0, [*COSINES, *WEIGHTED, x_2 < 0, SECOND_CLOSEST])


@pytest.mark.proves("Theorem 5.4")
def test_largest_cosine_falls():
    prove(1 + (size - 1) * x_1 * x_2 > 0, COSINES)  # −(K−1) x_1′


@pytest.mark.proves("Theorem 5.4")
def test_bound_of_the_spread():
    """Σ_{j≥2} p_j g_j ≤ p_2 Σ g_j, term by term, with g_j = x_1 − x_j ≥ 0 and Σ_{j≥2} g_j = K x_1."""
    p_j, gap = z3.Reals("p_j gap")
    prove(p_j * gap <= p_2 * gap, [gap >= 0, p_j <= p_2])
    K, x = sp.symbols("K x1")
    assert sp.expand((K - 1) * x + x - K * x) == 0


@pytest.mark.proves("Theorem 5.4")
def test_order_is_kept_until_the_tie():
    a, b, gap = z3.Reals("a b gap")
    prove(z3.And(a * gap >= 0, (size - 1) * a * gap + size * b >= 0), [a >= 0, b >= 0, gap >= 0, size >= 2])


@pytest.mark.second_route("Theorem 5.4")
def test_on_the_arc_when_the_second_cosine_is_not_negative():
    """The multiplier sin(ω−s)/sin ω of z falls while ω − s < π/2, and that of ŵ_2 rises; the gaps then shrink."""
    s, omega = sp.symbols("s omega", positive=True)
    a, b = sp.sin(omega - s) / sp.sin(omega), sp.sin(s) / sp.sin(omega)
    assert sp.simplify(a**2 + b**2 + 2 * a * b * sp.cos(omega)) == 1
    assert sp.simplify(sp.diff(a, s) + sp.cos(omega - s) / sp.sin(omega)) == 0
    before, after, more, less, gap = z3.Reals("a a_after b_after b gap")
    prove(
        z3.And(
            after * gap <= before * gap,
            (size - 1) * after * gap - size * more < (size - 1) * before * gap - size * less,
        ),
        [size >= 2, gap >= 0, after <= before, more > less],
    )


@pytest.mark.second_route("Theorem 5.4")
def test_similarly_ordered_when_it_is_negative():
    """x_j′ = −1/(K−1) − x_2 x_j increases with x_j, and x_2′ = 1 − x_2² exceeds them: theorem 5.6 applies."""
    y, w = z3.Reals("y w")
    prove(-x_2 * y >= -x_2 * w, [x_2 < 0, y >= w])
    prove((1 - x_2 * x_2) * (size - 1) > -1 - (size - 1) * x_2 * y, [size >= 2, x_2 <= 0, y <= x_2, x_2 > -1])


@pytest.mark.second_route("Theorem 5.4")
def test_three_classes_by_balls():
    """Cosines (a, b, −a−b) with b = a − g: log p_1 falls over a box of a, g ≥ 0 and c, ties included, in every H."""
    a, g, c = sp.symbols("a g c", positive=True)
    x = [a, a - g, g - 2 * a]
    falling = BallFunction(drift(softmax([c * u for u in x]), towards(x, 1)), a, g, c)
    certificate = prove_positive(falling, [("1/5", "4/5"), (0, "3/10"), ("1/2", 2)], derivative=falling.derivative)
    assert certificate.proved, certificate


@pytest.mark.twin("Theorem 5.4")
@pytest.mark.parametrize(
    ("l", "squared_scale"), [((8, 7, 3, -18), None), ((8, 4, 3, -15), None), ((4, 3, -7), Fraction(100))]
)
def test_twin_entropy_rises_too(l, squared_scale):
    """In units: l/5 in the span; l/100 with c = 1/10. Both entropies fall; that of the second example rises."""
    unit = Fraction(1, 5) if squared_scale is None else Fraction(1, 100)
    in_the_span = sum(n * n for n in l) * Fraction(len(l) - 1, len(l))
    c_2 = (squared_scale or in_the_span) * unit**2
    assert in_the_span * unit**2 <= c_2
    logits = [n * unit for n in l]
    speed = [Fraction(len(l) * (j == 1) - 1, len(l) - 1) - logits[1] * y / c_2 for j, y in enumerate(logits)]
    assert exponential_sum_sign([speed[0] - v for v in speed], logits) == -1  # p_1 falls
    pairs = list(product(range(len(l)), repeat=2))
    minus_covariance = exponential_sum_sign(
        [logits[i] * (speed[j] - speed[i]) for i, j in pairs], [logits[i] + logits[j] for i, j in pairs]
    )
    assert minus_covariance == (1 if l[1] == 4 else -1)
    s = sp.Symbol("s")
    moved = U_entropy([sp.Rational(y) + s * sp.Rational(v) for y, v in zip(logits, speed, strict=True)])
    assert sp.sign(sp.diff(moved, s).subs(s, 0).evalf(40)) == minus_covariance


@pytest.mark.twin("Theorem 5.4")
def test_twin_towards_any_weight():
    """The counterexample: the third weight, three classes, H ≥ 3, c = 2."""
    a, b = Fraction(35, 29), Fraction(8, 29)
    gram = [[Fraction(int(gram_entry(i, j, 3) * 2), 2) for j in range(3)] for i in range(3)]
    assert a * a + b * b + 2 * a * b * START[2] == 1
    assert [a * x + b * g for x, g in zip(START, gram[2], strict=True)] == FINISH
    assert all(sum(x) == 0 and sum(y * y for y in x) < Fraction(3, 2) for x in (START, FINISH))
    assert max(FINISH) < max(START)
    assert compare_confidence([2 * x for x in FINISH], [2 * x for x in START]) == 1


@pytest.mark.twin("Theorem 5.4")
def test_twin_without_the_second_closest():
    """Dropping Q ≤ p_2 K x_1, which needs p_j ≤ p_2."""
    with pytest.raises(RefutedError) as refuted:
        prove(bracket > 0, [*COSINES, *WEIGHTED])
    model = refuted.value.model
    assert model["x2"] < 0
    assert model["Q"] > model["p2"] * model["K"] * model["x1"]


@pytest.mark.twin("Theorem 5.4")
def test_twin_at_the_weight_itself():
    with pytest.raises(RefutedError) as refuted:
        prove(bracket > 0, [size >= 2, x_1 == 1, x_2 * (size - 1) >= -x_1, x_2 < 0, *WEIGHTED, SECOND_CLOSEST])
    assert refuted.value.model["x2"] < 0
