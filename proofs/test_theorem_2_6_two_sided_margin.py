"""Theorem 2.6: the exact region lies between two margin thresholds, log(K−1) apart.

**Claim** (ours; it sharpens corollary 2.1). For any weights and biases, with M the gap between the two largest logits
and L = log(t/(1−t)),

    {M < L} ⊂ {max σ < t} ⊂ {M < L + log(K−1)}.

**Verdict.** Proved.

**What is true.** As claimed. Neither constant can be improved for given K: every M < L + log(K−1), M ≥ 0, occurs in the
region, and every M > L occurs outside it. For t ≤ 1/2 the left side is empty (M ≥ 0 ≥ L), while the region is not if
t > 1/K and the logits can all be equal.

**Proof.** Let l_1 be the largest logit, T = Σ_{j≥2} e^{l_j−l_1}, so max σ = 1/(1+T). The second largest logit gives one
term e^{−M}, the other K−2 terms are between 0 and e^{−M}; so e^{−M} ≤ T ≤ (K−1)e^{−M}, and

    1/(1+(K−1)e^{−M}) ≤ max σ ≤ 1/(1+e^{−M}).

The right side is < t iff M < L; the left side is < t iff M < L + log(K−1). Equality: on the left for logits (M, 0, …,
0); on the right in the limit of (M, 0, −s, …, −s), s → ∞ (for K = 2 always). ∎

**What the machine checks.** The bounds by z3 with K symbolic, through the expressions for floor and ceiling; that they
are attained by softmaxes (sympy, the left one for symbolic K as a sum); the inversion to thresholds. Second route:
balls on a box of logits for K = 3, exact rational logits. A human reads that K−2 terms between 0 and e^{−M} sum to at
most (K−2)e^{−M}.

**Sources.** Pearce, Brintrup & Zhu (2021), corollary 2.1, eq 35.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence
from numerics.expressions import BallFunction
from numerics.polynomials import nonnegative, positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import confidence_ceiling, confidence_floor, margin_from_confidence
from softmax_geometry.symbolic.softmax import softmax

M, t, K, s = sp.symbols("M t K s", positive=True)
x, T = sp.symbols("x T")  # e^{−M} and Σ_{j≥2} e^{l_j−l_1}
floor, ceiling = (f.subs(sp.exp(-M), x) for f in (confidence_floor(M, K), confidence_ceiling(M)))
X, total, size, rest, level = z3.Reals("x T K rest y")
ANY_LOGITS = [size >= 2, X > 0, X <= 1, total == X + rest, rest >= 0, rest <= (size - 2) * X]


@pytest.mark.proves("Theorem 2.6")
def test_max_softmax_between_floor_and_ceiling():
    prove(nonnegative(1 / (1 + T) - floor), ANY_LOGITS)
    prove(nonnegative(ceiling - 1 / (1 + T)), ANY_LOGITS)


@pytest.mark.proves("Theorem 2.6")
def test_in_terms_of_the_thresholds():
    """With y = e^{−L}: max σ < t iff T > y."""
    prove(z3.Implies(level < X, total > level), [*ANY_LOGITS, level > 0])
    prove(z3.Implies(total > level, (size - 1) * X > level), [*ANY_LOGITS, level > 0])


@pytest.mark.proves("Theorem 2.6")
def test_the_bounds_reach_t_at_the_stated_margins():
    L = margin_from_confidence(t)
    assert sp.simplify(confidence_ceiling(L) - t) == 0
    assert sp.simplify(confidence_floor(L + sp.log(K - 1), K) - t) == 0


@pytest.mark.proves("Theorem 2.6")
def test_both_bounds_are_attained():
    for n in (2, 3, 5):
        assert sp.simplify(softmax([M, *[0] * (n - 1)])[0] - confidence_floor(M, n)) == 0
        nearly = softmax([M, 0, *[-s] * (n - 2)])[0]
        assert sp.simplify(sp.limit(nearly, s, sp.oo) - confidence_ceiling(M)) == 0


@pytest.mark.proves("Theorem 2.6")
def test_the_floor_is_attained_for_any_number_of_classes():
    i, n = sp.symbols("i n", integer=True, positive=True)
    others = sp.Sum(sp.exp(0 - M), (i, 2, n)).doit()  # Σ_{j≥2} e^{l_j−l_1} for logits (M, 0, …, 0)
    assert sp.simplify(1 / (1 + others) - confidence_floor(M, n)) == 0


@pytest.mark.second_route("Theorem 2.6")
def test_three_logits_by_balls():
    """Logits (M, 0, −s) over a box: the strict bounds, for s > 0."""
    p = softmax([M, 0, -s])[0]
    for gap in (p - confidence_floor(M, 3), confidence_ceiling(M) - p):
        f = BallFunction(gap, M, s)
        assert prove_positive(f, [("1/10", 2), ("1/2", 2)], derivative=f.derivative).proved


@pytest.mark.second_route("Theorem 2.6")
def test_rational_logits_exactly():
    """Confidences against those of two classes at L, where t = σ(L)."""
    L = Fraction(3, 2)
    for gap in (Fraction(n, 4) for n in range(13)):
        for low in (0, Fraction(1, 3), 2, 50):
            logits = [gap, 0, -low, -low]
            inside = compare_confidence(logits, [L, 0]) == -1
            assert not gap < L or inside
            assert not inside or gap - L < Fraction(11, 10)  # log 3 = 1.0986…
    assert compare_confidence([L + Fraction(109, 100), 0, 0, 0], [L, 0]) == -1
    assert compare_confidence([L + Fraction(1, 1000), 0, -50, -50], [L, 0]) == 1


@pytest.mark.twin("Theorem 2.6")
def test_twin_an_outer_threshold_of_L():
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Implies(total > level, level < X), [*ANY_LOGITS, level > 0])
    assert Fraction(refuted.value.model["K"]) > 2


@pytest.mark.twin("Theorem 2.6")
def test_twin_log_K_minus_2():
    with pytest.raises(RefutedError):
        prove(z3.Implies(total > level, (size - 2) * X > level), [*ANY_LOGITS, size >= 3, level > 0])


@pytest.mark.twin("Theorem 2.6")
def test_twin_a_strict_ceiling():
    with pytest.raises(RefutedError) as refuted:
        prove(positive(ceiling - 1 / (1 + T)), ANY_LOGITS)
    assert Fraction(refuted.value.model["T"]) == Fraction(refuted.value.model["x"])  # two classes, or the others at −∞


@pytest.mark.twin("Theorem 2.6")
def test_twin_low_thresholds_have_a_linear_part():
    """Level t = 9/20 < 1/2: the origin of three classes is in the region, and {M < L} is empty."""
    assert softmax([0, 0, 0])[0] < sp.Rational(9, 20)
    assert margin_from_confidence(sp.Rational(9, 20)) < 0
