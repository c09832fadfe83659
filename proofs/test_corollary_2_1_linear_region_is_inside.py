"""Corollary 2.1: the linear region lies inside the exact one.

**Claim**
For K ≥ 3 and general weights the linear region is a subset of the exact valid region of U_max, since the terms that
eq 34 drops are positive (eq 35).

**Verdict**
Proved, for any K, weights and biases, also where theorem 2 fails.

**What is true**
{M < L} ⊂ {max σ < t}. For K ≥ 3 the inclusion is proper whenever some z has M(z) = L (or t ≤ 1/2 and the exact region
is not empty). It can be an equality for K ≥ 3 in degenerate heads: for weights 1, 1, −1, −1 without biases M = 0 and
max σ ≤ 1/2 everywhere, and for t > 1/2 both regions are the whole space.

**Proof**
Theorem 2.5 turns the linear region into {M < L}. With l_1 the largest and l_2 the second largest logit, and S =
Σ_{k≥3} e^{l_k−l_1} > 0 for K ≥ 3 (eq 35, at every point and not only along βd + α(w_1−w_2)), 1/max σ = 1 + e^{−M} + S
> 1 + e^{−M}. If M ≤ L then e^{−M} ≥ e^{−L}, and max σ < 1/(1+e^{−L}) = t. The last step holds for M = L too: such a
point is in the exact region and not in the linear one. For K = 2, S = 0 and the regions are equal. ∎

**What the machine checks**
The step by z3 for every M, S and L, through the expressions for the ceiling and for the far field; the degenerate head
in exact numbers. Second route: the slope in S (sympy), and rational logits compared exactly. Nothing is left to read
but that S > 0.

**Sources**
Pearce, Brintrup & Zhu (2021), corollary 2.1, eq 35.
"""

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence
from numerics.polynomials import positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import (
    confidence_ceiling,
    confidence_from_margin,
    far_field_confidence,
    far_field_remainder,
)
from softmax_geometry.symbolic.softmax import affine_logits, softmax

M, L, alpha, beta = sp.symbols("M L alpha beta", positive=True)
x, y, S = sp.symbols("x y S")  # e^{−M}, e^{−L}, Σ_{k≥3} e^{l_k−l_1}
t = confidence_from_margin(L).subs(sp.exp(-L), y)
X, Y, rest = z3.Reals("x y S")
POINT = [X > 0, X <= 1, Y > 0, rest > 0]
WEIGHT, DIRECTION = [[2, 1], [0, 1], [1, -1], [0, -2]], [0, 1]


@pytest.mark.proves("Corollary 2.1")
def test_a_margin_up_to_L_gives_a_confidence_below_t():
    prove(positive(t - 1 / (1 + x + S)), [*POINT, X >= Y])


@pytest.mark.proves("Corollary 2.1")
def test_through_the_ceiling():
    ceiling = confidence_ceiling(M).subs(sp.exp(-M), x)
    prove(positive(ceiling - 1 / (1 + x + S)), POINT)
    prove(positive(t - ceiling), [*POINT, X > Y])


@pytest.mark.proves("Corollary 2.1")
def test_equation_35_along_the_papers_coordinates():
    """p_1 = 1/(1 + e^{−4α} + S) with S > 0, and the linear region has 1/(1 + e^{−4α})."""
    p, remainder = (f(beta, alpha, WEIGHT, DIRECTION) for f in (far_field_confidence, far_field_remainder))
    assert sp.simplify(1 / p - 1 / confidence_from_margin(4 * alpha) - remainder) == 0
    assert remainder.is_positive


@pytest.mark.second_route("Corollary 2.1")
def test_confidence_falls_with_the_terms_that_are_dropped():
    a, b = sp.symbols("a b", positive=True)  # a = e^{−M}, b = S
    assert sp.simplify(sp.diff(1 / (1 + a + b), b)).is_negative
    assert sp.simplify(confidence_ceiling(M) - 1 / (1 + a)).subs(a, sp.exp(-M)) == 0


@pytest.mark.second_route("Corollary 2.1")
def test_rational_logits_exactly():
    L_2 = Fraction(5, 3)
    for a, b, c in product((Fraction(n, 3) for n in range(-6, 7)), repeat=3):
        logits = [a, b, c, Fraction(0)]
        first, second = sorted(logits, reverse=True)[:2]
        if first - second <= L_2:
            assert compare_confidence(logits, [L_2, 0]) == -1


@pytest.mark.twin("Corollary 2.1")
def test_twin_the_exact_region_inside_the_linear_one():
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Implies(positive(t - 1 / (1 + x + S)), X > Y), POINT)
    found = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert found["x"] <= found["y"] < found["x"] + found["S"]


@pytest.mark.twin("Corollary 2.1")
def test_twin_strict_for_two_classes():
    with pytest.raises(RefutedError) as refuted:
        prove(positive(t - 1 / (1 + x + S)), [*POINT[:3], rest >= 0, X >= Y])
    assert Fraction(refuted.value.model["S"]) == 0


@pytest.mark.twin("Corollary 2.1")
def test_twin_always_a_proper_subset_for_three_classes_or_more():
    z = sp.Symbol("z", real=True)
    logits = affine_logits([[1], [1], [-1], [-1]], [z])
    p = softmax(logits)
    assert logits[0] == logits[1]
    assert logits[2] == logits[3]
    assert sp.simplify(p[0] + p[2] - sp.Rational(1, 2)) == 0  # so each is below 1/2: both regions are everything
