"""Theorem 7.1: the best AUROC of any score is 1/2 plus half a total variation distance, with two sharp bounds.

**Claim** (ours; it makes precise the paper's cause 3, "any uncertainty estimator accessing only these final
activations will be unable to distinguish these"). Let P, Q be the laws of z in and out of distribution, T = TV(P, Q),
and A* the largest AUROC of any score s(z) (OOD is the positive class, P(s_in < s_out) + P(s_in = s_out)/2). Then

    A* = 1/2 + TV(P×Q, Q×P)/2, attained by the likelihood ratio, and 1/2 + T/2 ≤ A* ≤ 1 − (1−T)²/2.

Both bounds are attained for every T. For a function of z (logits, softmax, ‖z‖) A* and T are no larger.

**Verdict.** Proved.

**What is true.** As claimed. In particular A* = 1 iff T = 1, A* = 1/2 iff T = 0.

**Proof.** *Formula.* Write p, q for densities of P, Q, x for a point drawn from P and y from Q. For an unordered pair
{x, y} let a = p(x)q(y) and b = p(y)q(x). A score with s(x) < s(y) collects a from the pair, with s(x) > s(y) it
collects b, in a tie (a+b)/2; each is at most max(a, b) = (a+b)/2 + |a−b|/2, and the likelihood ratio collects max(a,
b) from every pair. Summing, the (a+b)/2 give 1/2 (together with half the diagonal), and the |a−b|/2 over unordered
pairs give half of TV(P×Q, Q×P) = ½ ∬ |p(x)q(y) − q(x)p(y)|.

*Lower bound.* P and Q are the first marginals of P×Q and Q×P: |p(x) − q(x)| = |∫ (p(x)q(y) − q(x)p(y)) dy| ≤ ∫ |…|
dy, so T ≤ TV(P×Q, Q×P).

*Upper bound.* Q(A) ≤ P(A) + T for every event, so the ROC curve (P(A), Q(A)), its chords included, lies below min(1,
f + T), and ∫_0^1 min(1, f+T) df = 1 − (1−T)²/2.

*Sharpness.* Lower: any two laws on two points. Upper: P = (T, 0, 1−T), Q = (0, T, 1−T) on three.

*Functions of z.* A score of h(z) is a score of z, and TV does not grow under maps. ∎

**What the machine checks.** The pairwise inequality by z3, for a pair of any space; the marginal by sympy with a
symbolic number of points, the integral by sympy; sharpness exactly, with T symbolic. Second route: all orders of up
to five atoms by exhaustion, and the upper bound from the decomposition P = (1−T)R + T P', Q = (1−T)R + T Q' (z3). A
human must read the passage from pairs to integrals.

**Sources.** Neyman & Pearson (1933); Clémençon, Lugosi & Vayatis, Ranking and empirical risk minimization (2008).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
import sympy as sp
import z3

from numerics import laws
from numerics.solver import RefutedError, prove

HALF = Fraction(1, 2)
T = sp.Symbol("T", positive=True)
LAWS = [
    ({0: "1/2", 1: "1/4", 2: "1/4"}, {0: "1/4", 1: "1/4", 3: "1/2"}),
    ({0: "1/3", 1: "1/3", 2: "1/3"}, {0: "1/2", 1: "1/3", 2: "1/6"}),
    ({0: "1/7", 1: "2/7", 2: "3/7", 3: "1/7"}, {0: "3/7", 1: "1/7", 2: "1/7", 4: "2/7"}),
    ({0: 1}, {0: 1}),
    ({0: 1}, {1: 1}),
]


def collected(order, a, b):
    """What a score collects from a pair: a, b or half of both, as `order` is positive, negative or 0."""
    return z3.If(order > 0, a, z3.If(order < 0, b, (a + b) / 2))


def products(P, Q):
    return (
        {(x, y): p * q for x, p in P.items() for y, q in Q.items()},
        {(x, y): q * p for x, q in Q.items() for y, p in P.items()},
    )


@pytest.mark.proves("Theorem 7.1")
def test_no_score_collects_more_from_a_pair_than_the_likelihood_ratio():
    order, a, b, p, q, p_2, q_2 = z3.Reals("s a b px qx py qy")
    gap = z3.If(a >= b, a - b, b - a)
    prove(collected(order, a, b) <= (a + b) / 2 + gap / 2, [a >= 0, b >= 0])
    pair = [p > 0, q >= 0, p_2 > 0, q_2 >= 0]
    ratio_order = q_2 * p - q * p_2  # the sign of q(y)/p(y) − q(x)/p(x)
    largest = z3.If(p * q_2 >= p_2 * q, p * q_2, p_2 * q)
    prove(collected(ratio_order, p * q_2, p_2 * q) == largest, pair)


@pytest.mark.proves("Theorem 7.1")
def test_marginals_give_the_lower_bound():
    n, y = sp.Symbol("n", positive=True, integer=True), sp.Symbol("y", integer=True)
    p, q = sp.IndexedBase("p"), sp.IndexedBase("q")
    x = sp.Symbol("x", integer=True)
    row = sp.Sum(p[x] * q[y] - q[x] * p[y], (y, 1, n)).expand()
    total_p, total_q = sp.Sum(p[y], (y, 1, n)), sp.Sum(q[y], (y, 1, n))
    assert sp.simplify(row - (p[x] * total_q - q[x] * total_p)) == 0  # = p(x) − q(x) when both sum to 1


@pytest.mark.proves("Theorem 7.1")
def test_area_below_the_highest_roc_curve():
    f = sp.Symbol("f")
    area = sp.integrate(f + T, (f, 0, 1 - T)) + T
    assert sp.expand(area - (1 - (1 - T) ** 2 / 2)) == 0


@pytest.mark.proves("Theorem 7.1")
def test_both_bounds_are_attained_for_every_T():
    """Best scores: on two points (1−a, a), (1−a−T, a+T) flag the second; on three, 0 < 2 < 1."""
    a = sp.Symbol("a", positive=True)
    two = (1 - a) * (a + T) + ((1 - a) * (1 - a - T) + a * (a + T)) / 2
    assert sp.expand(two - (sp.Rational(1, 2) + T / 2)) == 0
    three = T * 1 + (1 - T) * (T + (1 - T) / 2)
    assert sp.expand(three - (1 - (1 - T) ** 2 / 2)) == 0
    for t in (Fraction(1, 5), HALF, Fraction(9, 10)):
        P, Q = laws.as_law({0: t, 2: 1 - t}), laws.as_law({1: t, 2: 1 - t})
        assert laws.total_variation(P, Q) == t
        assert laws.best_auroc(P, Q) == 1 - (1 - t) ** 2 / 2
        P, Q = laws.as_law({0: (1 + t) / 2, 1: (1 - t) / 2}), laws.as_law({0: (1 - t) / 2, 1: (1 + t) / 2})
        assert laws.total_variation(P, Q) == t
        assert laws.best_auroc(P, Q) == HALF + t / 2


@pytest.mark.second_route("Theorem 7.1")
@pytest.mark.parametrize(("P", "Q"), LAWS)
def test_all_orders_of_the_atoms(P, Q):
    P, Q = laws.as_law(P), laws.as_law(Q)
    atoms = sorted({**P, **Q})
    best = max(
        laws.auroc(laws.image(P, rank.__getitem__), laws.image(Q, rank.__getitem__))
        for rank in (dict(zip(atoms, order, strict=True)) for order in permutations(range(len(atoms))))
    )
    distance = laws.total_variation(P, Q)
    assert best == laws.best_auroc(P, Q) == HALF + laws.total_variation(*products(P, Q)) / 2
    assert HALF + distance / 2 <= best <= 1 - (1 - distance) ** 2 / 2


@pytest.mark.second_route("Theorem 7.1")
def test_upper_bound_from_the_common_part():
    """P = (1−T)R + T P', Q = (1−T)R + T Q': AUROC is bilinear, ½ on (R, R), at most 1 on the other three pairs."""
    t, rq, pr, pq = z3.Reals("T a b c")
    total = (1 - t) * (1 - t) / 2 + (1 - t) * t * rq + t * (1 - t) * pr + t * t * pq
    prove(total <= 1 - (1 - t) * (1 - t) / 2, [t >= 0, t <= 1, rq <= 1, pr <= 1, pq <= 1])


@pytest.mark.twin("Theorem 7.1")
def test_twin_the_lower_bound_is_the_value():
    P, Q = laws.as_law({0: "1/2", 2: "1/2"}), laws.as_law({1: "1/2", 2: "1/2"})
    assert laws.best_auroc(P, Q) > HALF + laws.total_variation(P, Q) / 2


@pytest.mark.twin("Theorem 7.1")
def test_twin_strict_inequalities():
    """Both bounds are attained at T = 1/2, so neither is strict."""
    P, Q = laws.as_law({0: "1/2", 2: "1/2"}), laws.as_law({1: "1/2", 2: "1/2"})
    assert not laws.best_auroc(P, Q) < 1 - (1 - HALF) ** 2 / 2
    P, Q = laws.as_law({0: "3/4", 1: "1/4"}), laws.as_law({0: "1/4", 1: "3/4"})
    assert not laws.best_auroc(P, Q) > HALF + HALF / 2


@pytest.mark.twin("Theorem 7.1")
def test_twin_a_tighter_upper_bound():
    t, rq, pr, pq = z3.Reals("T a b c")
    total = (1 - t) * (1 - t) / 2 + (1 - t) * t * rq + t * (1 - t) * pr + t * t * pq
    with pytest.raises(RefutedError) as refuted:
        prove(total <= 1 - (1 - t) / 2, [t >= 0, t <= 1, rq <= 1, pr <= 1, pq <= 1])
    assert 0 < Fraction(refuted.value.model["T"]) < 1


@pytest.mark.twin("Theorem 7.1")
def test_twin_the_difference_in_place_of_the_ratio():
    """Ordering by q − p is not optimal: it collects b where a > b."""
    p, q, p_2, q_2 = z3.Reals("px qx py qy")
    largest = z3.If(p * q_2 >= p_2 * q, p * q_2, p_2 * q)
    order = (q_2 - p_2) - (q - p)
    with pytest.raises(RefutedError):
        prove(collected(order, p * q_2, p_2 * q) == largest, [p > 0, q >= 0, p_2 > 0, q_2 >= 0])
