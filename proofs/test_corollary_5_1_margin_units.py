"""Corollary 5.1 (ii): measured by its margin threshold, the region of the optimal structure is the largest.

**Claim** (ours). Any K, H ≥ K−1, collapsed classes with ‖μ_i‖ ≤ c2, ‖w_i‖ ≤ c1, any biases, correct classification, ε
< 1/K and equal priors. The confidence threshold t = min_i σ(μ_i)_i and the margin threshold L = log(t/(1−t)) are at
most t* = 1/(1 + (K−1)e^{−Kc1c2/(K−1)}) and L* = K c1 c2/(K−1) − log(K−1), with equality only for the aligned optimal
structure.

**Verdict.** Proved.

**What is true.** As claimed: {M < L} is widest *in units of the logit margin*. In units of ‖z‖, or of mass, it need
not be the largest, because the margin of another structure may vary more slowly (corollary 5.1).

**Proof.** With atoms of mass 1/K ≥ ε the threshold is the score of the least confident class, t = min_i σ(μ_i)_i
(theorem 1.0: P(U < u) ≤ 1−ε for u up to the largest score, whose atom has mass ≥ 1/K > ε). Theorem 3.1 bounds t, and
L increases strictly with t. ∎

**What the machine checks.** L* from the expressions, with K symbolic; that the logit increases; the threshold on
exact discrete laws. Second route: t* and L* at integer simplices against the exact softmax of other integer
structures. Twins.

**Sources.** Theorems 1.0 and 3.1.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from numerics.exact import compare_confidence, integer_simplex
from numerics.laws import as_law, threshold
from softmax_geometry.symbolic.regions import margin_from_confidence
from softmax_geometry.symbolic.structure import aligned_gap, largest_least_confidence
from softmax_geometry.symbolic.vectors import dot

K, c1, c2, t = sp.symbols("K c1 c2 t", positive=True)
best_margin = margin_from_confidence(largest_least_confidence(c1, c2, K))


@pytest.mark.proves("Corollary 5.1 (ii)")
def test_margin_threshold_of_the_simplex_for_every_K():
    claimed = aligned_gap(c1, c2, K) - sp.log(K - 1)
    assert sp.simplify(sp.exp(best_margin - claimed)) == 1


@pytest.mark.proves("Corollary 5.1 (ii)")
def test_margin_increases_with_confidence():
    assert sp.simplify(sp.diff(margin_from_confidence(t), t) - 1 / (t * (1 - t))) == 0


@pytest.mark.proves("Corollary 5.1 (ii)")
def test_threshold_is_the_score_of_the_least_confident_class():
    scores = as_law({-9: "1/4", -7: "1/4", -6: "1/2"})
    assert [threshold(scores, e) for e in ("1/100", "1/5", "49/100")] == [-6, -6, -6]


@pytest.mark.second_route("Corollary 5.1 (ii)")
def test_other_integer_structures_are_less_confident_at_their_means():
    """Weights and means of squared norm 12: the simplex against a square, an orthogonal frame and two scaled pairs."""
    best = [Fraction(dot(integer_simplex(4, H=3)[0], w)) * 4 for w in integer_simplex(4, H=3)]
    assert best == [12, -4, -4, -4]
    for others in ([12, -12, 0, 0], [12, 0, 0, 0], [12, 6, -6, -12]):
        assert compare_confidence(best, others) == 1


@pytest.mark.twin("Corollary 5.1 (ii)")
def test_twin_larger_weights_exceed_the_bound():
    more = margin_from_confidence(largest_least_confidence(2 * c1, c2, K))
    assert sp.simplify(sp.exp(more - best_margin - aligned_gap(c1, c2, K))) == 1  # by exactly one more gap


@pytest.mark.twin("Corollary 5.1 (ii)")
def test_twin_the_margin_threshold_is_the_whole_gap():
    """Theorem 2.6: M ≤ logit(max σ) + log(K−1), so L is the gap only for K = 2."""
    excess = sp.simplify(sp.exp(aligned_gap(c1, c2, K) - best_margin))
    assert sp.simplify(excess - (K - 1)) == 0


@pytest.mark.twin("Corollary 5.1 (ii)")
def test_twin_without_equal_priors_a_rare_class_does_not_count():
    assert threshold(as_law({-9: "49/50", -6: "1/50"}), "1/20") == -9
