"""Equations 71 to 76: when a change of the cosines lowers the softmax of class 1.

**Claim** (eqs 71–76). The cosines sum to 0 and so do their changes δ_i. With class 1 the closest, the softmax of
class 1 after the change is e^{x_1}/(e^{x_1} + Σ_{j≥2} e^{x_j+δ_j−δ_1}), so it falls iff Σ_{j≥2} e^{x_j} < Σ_{j≥2}
e^{x_j+δ_j−δ_1}.

**Verdict.** Proved, as the exact criterion for p_1 at c = 1. For other scales read c x_i and c δ_i.

**What is true.** The criterion is exact for any logits and any change, conserved or not. It is about p_1: if class 1
is not the closest after the change, the confidence is another p_i. In the form of theorem 5.6: p_1 falls iff
E_p[e^{c(δ_j−δ_1)}] > 1.

**Proof.** Eqs 71–72 are eq 60 and a difference of two such sums. Divide numerator and denominator of eq 74 by
e^{δ_1}: eq 75. Two numbers a/(a+T), a/(a+T′) with a > 0 compare as T′ and T. Multiply eq 76 by 1/Σ_j e^{x_j} and add
p_1 on both sides: 1 < E_p[e^{δ_j−δ_1}]. ∎

**What the machine checks.** Eq 75 from eq 74 (sympy, K ≤ 4; the general case is the same division), the criterion
(z3, any K), and its form as an expectation.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 5.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence, exponential_sum_sign
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import confidence
from softmax_geometry.symbolic.softmax import softmax

a, before, after, total, p_1, expectation = z3.Reals("a T T_after total p1 E")
X, D = [Fraction(6, 10), Fraction(2, 10), Fraction(-8, 10)], [Fraction(-1, 10), Fraction(2, 10), Fraction(-1, 10)]


@pytest.mark.proves("Equations 71-76")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_equation_75(number):
    x, delta = sp.symbols(f"x1:{number + 1}", real=True), sp.symbols(f"delta1:{number + 1}", real=True)
    moved = confidence(1, [u + d for u, d in zip(x, delta, strict=True)])
    others = sum(sp.exp(x[j] + delta[j] - delta[0]) for j in range(1, number))
    assert sp.simplify(1 / moved - (sp.exp(x[0]) + others) / sp.exp(x[0])) == 0
    assert sp.simplify(1 / confidence(1, x) - 1 / softmax(x)[0]) == 0


@pytest.mark.proves("Equations 71-76")
def test_equation_76_is_exact():
    """p_1 = a/(a+T) falls iff T grows."""
    prove((a * (a + before) < a * (a + after)) == (before < after), [a > 0, before > 0, after > 0])


@pytest.mark.second_route("Equations 71-76")
def test_as_an_expectation():
    """E_p[e^{δ_j−δ_1}] = (a + T′)/(a + T) exceeds 1 iff T′ > T; p_1 = a/total."""
    prove(
        (expectation > 1) == (before < after),
        [a > 0, before > 0, after > 0, total == a + before, expectation * total == a + after],
    )


@pytest.mark.second_route("Equations 71-76")
def test_on_an_example_in_exact_numbers():
    sign = exponential_sum_sign([1, 1, -1, -1], [X[1] + D[1] - D[0], X[2] + D[2] - D[0], X[1], X[2]])
    assert sum(X) == sum(D) == 0
    assert sign == 1
    assert compare_confidence(X, [x + d for x, d in zip(X, D, strict=True)]) == 1


@pytest.mark.twin("Equations 71-76")
def test_twin_without_the_shift_by_delta_1():
    """Σ_{j≥2} e^{x_j} < Σ_{j≥2} e^{x_j+δ_j} is not the criterion: T′ = s T″ with s = e^{−δ_1} ≠ 1."""
    shift = z3.Real("s")
    with pytest.raises(RefutedError):
        prove(
            (a * (a + before) < a * (a + shift * after)) == (before < after),
            [a > 0, before > 0, after > 0, shift > 1],
        )


@pytest.mark.twin("Equations 71-76")
def test_twin_a_smaller_sum_of_the_others():
    with pytest.raises(RefutedError):
        prove((a * (a + before) < a * (a + after)) == (after < before), [a > 0, before > 0, after > 0])
