"""Corollary 1.1, eq 20: as printed it has no root.

**Claim**
For Gaussian, linearly separable classes α solves π_1 erf((m_1−a)/(√2 s_1)) + π_2 erf((m_2−a)/(√2 s_2)) = 1−2ε (eq
20), with both margins along w_1: m_i = w_1ᵀ(μ_i−z_0), s_i² = w_1ᵀΣ_i w_1, a = α‖w_1‖².

**Verdict**
Refuted: a sign (index) slip. Class 2 lies on the other side, so m_2 < 0 and its term is near −1 instead of +1.

**What is true**
If m_2 ≤ 0 and π_1 ≤ 1−2ε, eq 20 as printed has no root a ≥ 0; for ε = 0.05 this covers every π_1 ≤ 0.9. For
symmetric classes its left side is 0 at a = 0 and falls, so there is no root for any ε < 1/2. With w_i in place of
w_1, that is −m_2 = w_2ᵀ(μ_2−z_0) in the second term, the equation says what is meant; "1−2ε" is right.

**Proof**
erf < 1 everywhere and erf((m_2−a)/(√2 s_2)) ≤ 0 for m_2 ≤ 0 ≤ a, so the left side is < π_1 ≤ 1−2ε. For m_2 = −m_1,
equal s and π_i = 1/2, erf is odd, so the left side vanishes at a = 0, and its derivative is a sum of two negative
terms.

**What the machine checks**
The symmetric case symbolically; the general bound by z3 from the two facts about erf; an example in ball arithmetic.

**Sources**
Pearce, Brintrup & Zhu (2021), corollary 1.1, eq 20.
"""

import pytest
import sympy as sp
import z3

from numerics.balls import arb
from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.two_class import equation_20, equation_20_printed

a, m, s = sp.symbols("a m s", positive=True)
HALF = sp.Rational(1, 2)
LEVEL = 1 - 2 * sp.Rational(1, 20)


@pytest.mark.proves("Corollary 1.1, eq 20")
def test_for_symmetric_classes_the_left_side_is_never_positive():
    left = equation_20_printed(a, [m, -m], [s, s], [HALF, HALF])
    assert sp.simplify(left.subs(a, 0)) == 0
    assert sp.diff(left, a).is_negative


@pytest.mark.proves("Corollary 1.1, eq 20")
def test_no_root_while_the_first_prior_is_at_most_one_minus_two_epsilon():
    prior, epsilon, first, second = z3.Reals("prior epsilon erf1 erf2")
    facts = [prior > 0, prior < 1, first < 1, second <= 0, prior <= 1 - 2 * epsilon]
    prove(prior * first + (1 - prior) * second < 1 - 2 * epsilon, facts)
    with pytest.raises(RefutedError):  # the bound on the prior is needed
        prove(prior * first + (1 - prior) * second < 1 - 2 * epsilon, [*facts[:4], epsilon > 0])


@pytest.mark.second_route("Corollary 1.1, eq 20")
def test_an_unsymmetric_example_by_ball_arithmetic():
    """Margins 3 and −2, priors 1/3 and 2/3, ε = 1/20: below 9/10 on [0, 12]; beyond 3 both terms are negative."""
    left = equation_20_printed(a, [3, -2], [1, HALF], [sp.Rational(1, 3), sp.Rational(2, 3)])
    assert prove_positive(BallFunction(LEVEL - left, a), [(0, 12)]).proved


@pytest.mark.twin("Corollary 1.1, eq 20")
def test_with_the_sign_put_right_the_same_search_finds_the_crossing():
    left = equation_20(a, [3, -2], [1, HALF], [sp.Rational(1, 3), sp.Rational(2, 3)])
    certificate = prove_positive(BallFunction(LEVEL - left, a), [(0, 12)])
    assert certificate.refuted
    assert certificate.witness == (0,)  # the left side starts above 9/10 and falls to −1
    assert BallFunction(LEVEL - left, a)(arb(12)) > 0
