"""Theorem 5.6: a drift criterion for finite moves of the logits of any structure.

**Claim** (ours; what remains of "moving between multiple weight vectors", eqs 83–85). Move the logits, l → l + Δ. If
E_p[Δ] = Σ p_j Δ_j ≥ Δ_1, then p_1 does not increase. For the optimal structure, Δ = cδ with Σ δ_j = 0: if δ_1 < 0 and
(δ_j), j ≥ 2, is ordered as (p_j), j ≥ 2, then p_1 strictly decreases.

**Verdict.** Proved.

**What is true.** For any weights, biases and moves, infinitesimal or not, with p′_1 the probability after the move,

    p′_1 ≤ p_1 exp(−(E_p[Δ] − Δ_1)),

strictly unless all Δ_j are equal. Without the order the second part is false: K = 3, x = (3/5, 1/5, −4/5), c = 2, δ =
(−1/50, −17/50, 9/25) has δ_1 < 0 and p_1 rises.

**Proof.** Σ_j e^{l_j+Δ_j} / (e^{Δ_1} Σ_j e^{l_j}) = E_p[e^{Δ_j−Δ_1}], and this is p_1/p′_1. By Jensen's inequality
(from e^u ≥ e^m(1 + u − m) with m the mean) it is at least exp(E_p[Δ_j−Δ_1]), with equality only if the Δ_j are all
equal, as every p_j > 0. So E_p[Δ] ≥ Δ_1 gives p′_1 ≤ p_1.

*Ordered moves.* Put n = K−1. For j ≥ 2 Chebyshev's inequality gives Σ p_j δ_j ≥ (1−p_1) × the mean of the δ_j, and
that mean is −δ_1/n. So E_p[δ] − δ_1 = Σ_{j≥2} p_j(δ_j−δ_1) ≥ (1−p_1)(−δ_1/n − δ_1) = (1−p_1)(K/n)|δ_1| > 0. ∎

*Chebyshev.* n Σ a_j b_j − Σ a_j Σ b_j = Σ_{i<j} (a_i−a_j)(b_i−b_j). ∎

**What the machine checks.** p_1/p′_1 as an expectation, and that the expression `drift` is minus the derivative of
log p_1 along the move (sympy); the tangent inequality behind Jensen and the last bound with K symbolic (z3). Second
route: the drift as the slope of a convex function, K = 3 by balls; the second part as a polynomial claim of z3 for K
= 4. Sums of any length are read.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 5; Hardy, Littlewood & Pólya, Inequalities (1934), no. 43.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import exponential_sum_sign
from numerics.expressions import BallFunction
from numerics.polynomials import polynomial
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import drift
from softmax_geometry.symbolic.softmax import log_odds_against, softmax

s, a, b = sp.symbols("s a b", real=True)
p = z3.Reals("p1 p2 p3 p4")
delta = z3.Reals("d1 d2 d3 d4")
FOUR = [*[q > 0 for q in p], z3.Sum(p) == 1, z3.Sum(delta) == 0, delta[0] < 0]
DRIFT_OF_FOUR = polynomial(drift(sp.symbols("p1:5"), sp.symbols("d1:5")))
X = [Fraction(6, 5), Fraction(2, 5), Fraction(-8, 5)]  # logits at c = 2


def ratio_sign(l, change):
    """The sign of p_1 before minus p_1 after, exactly."""
    return exponential_sum_sign([1] * 3 + [-1] * 3, [x + d - change[0] for x, d in zip(l, change, strict=True)] + [*l])


@pytest.mark.proves("Theorem 5.6")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_the_ratio_of_p_1_is_an_expectation(number):
    l, change = sp.symbols(f"l1:{number + 1}", real=True), sp.symbols(f"d1:{number + 1}", real=True)
    before, after = softmax(l), softmax([x + d for x, d in zip(l, change, strict=True)])
    expectation = sum(q * sp.exp(d - change[0]) for q, d in zip(before, change, strict=True))
    assert sp.simplify(before[0] / after[0] - expectation) == 0


@pytest.mark.proves("Theorem 5.6")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_drift_is_the_rate_at_which_log_p_1_falls(number):
    l, change = sp.symbols(f"l1:{number + 1}", real=True), sp.symbols(f"d1:{number + 1}", real=True)
    moved = softmax([x + s * d for x, d in zip(l, change, strict=True)])
    slope = sp.diff(moved[0], s).subs(s, 0) / softmax(l)[0]
    assert sp.simplify(slope + drift(softmax(l), change)) == 0
    assert drift([1, *[0] * (number - 1)], change) == 0


@pytest.mark.proves("Theorem 5.6")
def test_tangent_inequality_gives_jensen():
    """Σ p_j e^{u_j} ≥ e^m Σ p_j (1 + u_j − m) = e^m for m = Σ p_j u_j; one term, and the sum of the bounds."""
    j, K = sp.symbols("j K", integer=True, positive=True)
    weight, u, m = sp.IndexedBase("p"), sp.IndexedBase("u"), sp.Symbol("m")
    bounds = sp.Sum(weight[j] * (1 + u[j] - m), (j, 1, K)).expand()
    total, mean = sp.Sum(weight[j], (j, 1, K)), sp.Sum(weight[j] * u[j], (j, 1, K))
    assert sp.simplify(bounds - ((1 - m) * total + mean)) == 0  # = 1 − m + m
    x = sp.Symbol("x", real=True)
    tangent = sp.exp(x) - 1 - x
    assert sp.diff(tangent, x).subs(x, 0) == tangent.subs(x, 0) == 0
    assert sp.diff(tangent, x, 2).is_positive  # strictly convex, least at 0


@pytest.mark.proves("Theorem 5.6")
def test_ordered_moves_have_a_positive_drift():
    """With rest = 1 − p_1, moment = Σ_{j≥2} p_j δ_j with Chebyshev's bound; K symbolic."""
    size, rest, moment, first = z3.Reals("K rest moment d1")
    chebyshev = (size - 1) * moment >= -rest * first
    value = moment + (1 - rest) * first - first
    prove(value * (size - 1) >= -rest * size * first, [size >= 2, rest > 0, rest < 1, first < 0, chebyshev])
    prove(value > 0, [size >= 2, rest > 0, rest < 1, first < 0, chebyshev])


@pytest.mark.proves("Theorem 5.6")
def test_chebyshev_for_any_number_of_terms():
    """Adding the n-th term to n−1 adds Σ_{i<n} (a_i − a_n)(b_i − b_n): the step of an induction, n symbolic."""
    n, sum_a, sum_b, sum_ab = sp.symbols("n S_a S_b S_ab")
    before = (n - 1) * sum_ab - sum_a * sum_b
    after = n * (sum_ab + a * b) - (sum_a + a) * (sum_b + b)
    assert sp.expand(after - before - (sum_ab - a * sum_b - b * sum_a + (n - 1) * a * b)) == 0


@pytest.mark.second_route("Theorem 5.6")
def test_four_classes_by_z3():
    ordered = [(p[i] - p[j]) * (delta[i] - delta[j]) >= 0 for i, j in ((1, 2), (1, 3), (2, 3))]
    prove(DRIFT_OF_FOUR > 0, [*FOUR, *ordered], timeout=20)


@pytest.mark.second_route("Theorem 5.6")
def test_log_odds_are_convex_along_a_move_by_balls():
    """−log p_1 after the move exceeds its tangent, whose slope is the drift: p = (1/2, 1/4, 1/4), Δ = (0, a, b)."""
    quarter = sp.Rational(1, 4)
    after = softmax([sp.log(2), a, b])[0]
    gap = -sp.log(after) + sp.log(sp.Rational(1, 2)) - drift([2 * quarter, quarter, quarter], [0, a, b])
    f = BallFunction(gap, a, b)
    assert prove_positive(f, [("1/5", 2), (-2, 2)], derivative=f.derivative).proved
    assert sp.simplify(sp.exp(log_odds_against([sp.log(2), a, b], 0)) - (1 / after - 1)) == 0


@pytest.mark.twin("Theorem 5.6")
def test_twin_moves_of_any_order():
    """δ = (−1/50, −17/50, 9/25) is conserved, moves class 1 down, and raises p_1; the reordered move lowers it."""
    rising = [2 * Fraction(d, 50) for d in (-1, -17, 18)]
    assert sum(rising) == 0
    assert ratio_sign(X, rising) == -1
    assert ratio_sign(X, [rising[0], rising[2], rising[1]]) == 1
    with pytest.raises(RefutedError):
        prove(DRIFT_OF_FOUR > 0, FOUR, timeout=20)


@pytest.mark.twin("Theorem 5.6")
def test_twin_the_criterion_is_not_necessary():
    """A negative drift does not imply that p_1 increases: Δ = (0, 2, −3) at p = (1/2, 1/4, 1/4)."""
    change = [0, 2, -3]
    uniform = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    assert drift(uniform, change) < 0
    assert exponential_sum_sign([1, 1, -2], [2, -3, 0]) == 1  # e² + e⁻³ > 2: p_1 falls all the same


@pytest.mark.twin("Theorem 5.6")
def test_twin_the_other_direction_of_jensen():
    """p′_1 ≥ p_1 e^{−drift} is refuted on the box where the true inequality was proved."""
    after = softmax([sp.log(2), a, b])[0]
    quarter = sp.Rational(1, 4)
    gap = sp.log(after) - sp.log(sp.Rational(1, 2)) + drift([2 * quarter, quarter, quarter], [0, a, b])
    assert prove_positive(BallFunction(gap, a, b), [("1/5", 2), (-2, 2)]).refuted
