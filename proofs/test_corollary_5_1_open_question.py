"""Open question: is the valid region of the optimal structure the largest for three classes in the plane?

**Claim** (the question that corollary 5.1 leaves). K = 3, H = 2, collapsed classes at μ_i = (c2/c1) w_i, ‖w_i‖ = c1,
zero biases, c1c2 > (2/3) log 2, so that the threshold t of the optimal structure exceeds 1/2: has it the largest
exact valid region of U_max, in mass under every N(0, s² I)?

**Verdict.** Open.

**What is true.** Yes for K = 2 (corollary 5.1 (i)). No at K = 4, H = 3, for the linear region (corollary 5.1) as well
as for the exact one, and no at K = 3, H = 2 for small logits, c1c2 = 1/20 (corollary 5.1, exact region). Far out and
for large logits yes (corollary 5.1 (iv)). Certified here, K = 3 at c1c2 = 2, against the sandwich (0, 1), (−1, 0),
(1, 0): on the ray from 0 through −μ_2 up to distance 3c2 all points lie in the exact region of the optimal structure,
while that of the sandwich ends before c2. So the region of the sandwich does not contain that of the optimal
structure. One comparison; it settles no mass.

**Proof** (of the certified comparison). Put c = c1c2. At −a μ_2, a > 0, the logits of the optimal structure are ca/2
twice and −ca; the confidence is below 1/2, and the threshold 1/(1 + 2e^{−3c/2}) is above. The sandwich has the logits
0, −ca, ca there; the confidence 1/(1 + e^{−ca} + e^{−2ca}) increases with a, and at a = 1 it is above the
threshold, which is at most the confidence 1/(1 + 2e^{−c}) at μ_1. ∎

**What the machine checks.** The confidences against the thresholds, in ball arithmetic for c = 2 and all a in [1/100,
3]. Second route: single points by the exact comparison of softmaxes of rational logits. Twin: that the sandwich keeps
the ray too. That the question is open is no statement a machine can check.

**Sources.** Pearce, Brintrup & Zhu (2021), corollary 5.1.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence, integer_simplex
from numerics.expressions import BallFunction
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.softmax import U_max, affine_logits
from softmax_geometry.symbolic.vectors import dot

a = sp.Symbol("a", positive=True)
OPTIMAL, SANDWICH = (structure.named_structures()[name] for name in ("optimal", "sandwich"))


def excess(weight, top):
    """U_max at −a μ_2, where class `top` leads, minus U_max at μ_1, c1c2 = 2: positive iff −a μ_2 is in the region."""
    there = affine_logits(weight, [-2 * a * x for x in weight[1]])
    return U_max(there, top) - U_max(affine_logits(weight, [2 * x for x in weight[0]]), 0)


@pytest.mark.proves("Corollary 5.1, open question")
def test_threshold_exceeds_one_half_beyond_the_stated_product():
    t = structure.largest_least_confidence(1, a, 3)
    assert sp.simplify(t.subs(a, 2 * sp.log(2) / 3)) == sp.Rational(1, 2)
    assert prove_positive(BallFunction(sp.diff(t, a), a), [("1/100", 3)]).proved


@pytest.mark.proves("Corollary 5.1, open question")
def test_optimal_structure_keeps_the_ray_opposite_to_a_mean():
    threshold = structure.largest_least_confidence(1, 2, 3)
    assert sp.simplify(excess(OPTIMAL, 2) - (threshold - 1 / (2 + sp.exp(-3 * a)))) == 0
    assert prove_positive(BallFunction(excess(OPTIMAL, 2), a), [("1/100", 3)]).proved


@pytest.mark.proves("Corollary 5.1, open question")
def test_sandwich_leaves_the_ray_before_the_opposite_mean():
    beyond = excess(SANDWICH, 2)
    assert prove_positive(BallFunction(-beyond, a), [("9/10", 3)]).proved
    assert prove_positive(BallFunction(-sp.diff(beyond, a), a), [("1/100", 3)]).proved


@pytest.mark.second_route("Corollary 5.1, open question")
def test_exact_comparisons_at_a_rational_point():
    """At −μ_2, with integer weights and means along them, scaled so that c1c2 = 2."""
    for weight, inside in ((integer_simplex(3), True), ([(0, 1), (-1, 0), (1, 0)], False)):
        scale = Fraction(2, dot(weight[0], weight[0]))
        at_mean = [scale * dot(w, weight[0]) for w in weight]
        opposite = [-scale * dot(w, weight[1]) for w in weight]
        assert max(at_mean) == 2
        assert (compare_confidence(opposite, at_mean) < 0) is inside


@pytest.mark.twin("Corollary 5.1, open question")
def test_twin_the_sandwich_keeps_the_ray_as_well():
    assert prove_positive(BallFunction(excess(SANDWICH, 2), a), [("1/100", 3)]).refuted
