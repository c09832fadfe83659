"""Corollary 5.1 (i): for two classes the optimal structure does maximise the valid region, but not alone.

**Claim** (ours). K = 2, collapsed classes at μ_1, μ_2 with ‖μ_i‖ ≤ c2, any w_1 ≠ w_2 and biases that classify both
correctly. The valid region (linear and exact, and of every estimator that orders by |w-margin|) is an open slab
inside {|v̂ᵀz| < c2}, v̂ = (w_1 − w_2)/‖w_1 − w_2‖; it equals that slab iff μ_1 = c2 v̂ = −μ_2 and b_1 = b_2.

**Verdict.** Proved.

**What is true.** So among all structures the largest region under every rotation-invariant measure is that of
w_1 − w_2 parallel to μ_1 = −μ_2: the optimal structure of definition 2, after centring, with any norm c1. It is not
unique: neither the norm nor the gauge (w_1 ≠ −w_2) matters, and definition 2's c1 is not determined by the region.

**Proof.** g(z) = (w_1−w_2)ᵀz + b_1 − b_2. Confidence is a strictly increasing function of |g|, and the smallest
training value is s = min(g(μ_1), −g(μ_2)) > 0, so the region is {|g| < s} (for ε below the mass of the class with the
smaller |g|). With D = ‖w_1−w_2‖, centre a = −(b_1−b_2)/D and half-width h = s/D it is {a−h < v̂ᵀz < a+h}. From g(μ_1)
≥ s, a + h ≤ v̂ᵀμ_1 ≤ c2; from −g(μ_2) ≥ s, a − h ≥ v̂ᵀμ_2 ≥ −c2. Equality twice forces v̂ᵀμ_1 = c2 = ‖μ_1‖, v̂ᵀμ_2 =
−c2 and a = 0. ∎

**What the machine checks.** The two inequalities and their equality case (z3, any D, b, s). Second route: the
half-width from `width` and the exact region of an aligned pair by the expression for two classes' confidence. A
person must read the reduction to v̂ᵀz.

**Sources.** Pearce, Brintrup & Zhu (2021), proposition 3, corollary 5.1.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import margin_from_confidence, width
from softmax_geometry.symbolic.structure import largest_least_confidence

D, beta, s, m1, m2, c2 = z3.Reals("D beta s m1 m2 c2")  # m_i = v̂ᵀμ_i, β = b_1 − b_2
SETTING = [D > 0, s > 0, c2 > 0, D * m1 + beta >= s, -(D * m2 + beta) >= s]
MEANS = [m1 * m1 <= c2 * c2, m2 * m2 <= c2 * c2]


@pytest.mark.proves("Corollary 5.1 (i)")
def test_both_ends_of_the_slab():
    """D(a+h) = s − β and D(a−h) = −s − β."""
    prove(z3.And(s - beta <= D * c2, -s - beta >= -D * c2), [*SETTING, *MEANS])


@pytest.mark.proves("Corollary 5.1 (i)")
def test_the_whole_slab_only_for_opposite_aligned_means_without_bias():
    whole = [s - beta == D * c2, -s - beta == -D * c2]
    prove(z3.And(m1 == c2, m2 == -c2, beta == 0), [*SETTING, *MEANS, *whole])


@pytest.mark.second_route("Corollary 5.1 (i)")
def test_width_of_the_aligned_pair_does_not_depend_on_the_norm():
    """2L/‖w_1−w_2‖ with the largest least confidence is 2 c2 for every c1, and at a shifted gauge."""
    c1, r = sp.symbols("c1 c2", positive=True)
    L = margin_from_confidence(largest_least_confidence(c1, r, 2))
    assert sp.simplify(sp.expand_log(width(L, [c1, 0], [-c1, 0]), force=True) - 2 * r) == 0
    assert sp.simplify(sp.expand_log(width(L, [3 * c1, 5], [c1, 5]), force=True) - 2 * r) == 0


@pytest.mark.twin("Corollary 5.1 (i)")
def test_twin_without_correct_classification():
    with pytest.raises(RefutedError):
        prove(z3.And(s - beta <= D * c2, -s - beta >= -D * c2), [D > 0, s > 0, c2 > 0, D * m1 + beta >= s, *MEANS])


@pytest.mark.twin("Corollary 5.1 (i)")
def test_twin_a_smaller_slab():
    with pytest.raises(RefutedError):
        prove(2 * (s - beta) <= D * c2, [*SETTING, *MEANS])


@pytest.mark.twin("Corollary 5.1 (i)")
def test_twin_the_norm_is_determined():
    with pytest.raises(RefutedError):
        prove(D == 2, [*SETTING, *MEANS, s - beta == D * c2, -s - beta == -D * c2])
