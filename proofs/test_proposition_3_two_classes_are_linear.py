"""Proposition 3: for two classes the linear region is the exact one.

**Claim**
For K = 2 and w_1 = −w_2 the linear region (definition 4) equals the exact valid region (theorem 1): the union in eq 28
has one pair, whose cells cover the space (eq 29), and eq 27 is a scaled version of eq 17.

**Verdict**
Proved, for any two weights and biases.

**What is true**
Both regions are {|g| < L}, g = l_1 − l_2, L = log(t/(1−t)); both are empty if t ≤ 1/2. The same holds for every
strictly Schur-concave uncertainty, with its own L.

**Proof**
With two classes max σ = 1/(1+e^{−|g|}) ≥ 1/2, strictly increasing in |g|, and t = 1/(1+e^{−L}); so max σ < t iff |g| <
L. Every point is in one of the two cells, so eq 28 is the one slab of eq 27, |g| < α_12‖w_1−w_2‖² = L by definition
4*. In theorem 1 the planes lie at z_0 ± αw_1, with w_1 = −w_2; there α is twice definition 4's, w_1 is half of
w_1−w_2, and the planes are the same. The entropy is a strictly decreasing function of |g| too. ∎

**What the machine checks**
The equivalence by z3 for all |g| and L, through the expressions for t and max σ; that eqs 17 and 27 give the same
planes (sympy). Second route: rational logits compared exactly; the entropy by balls. Nothing is left to read but
that eq 28 has one term.

**Sources**
Pearce, Brintrup & Zhu (2021), proposition 3, eqs 17, 27–29.
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import compare_confidence
from numerics.expressions import BallFunction
from numerics.polynomials import positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import (
    confidence_ceiling,
    confidence_from_margin,
    entropy_floor,
    offset,
    theorem_1_offset,
)
from softmax_geometry.symbolic.softmax import U_entropy, affine_logits, softmax
from softmax_geometry.symbolic.vectors import difference

g, L = sp.symbols("g L", real=True)
x, y = sp.symbols("x y")  # e^{−|g|} ≤ 1 and e^{−L}
X, Y = z3.Reals("x y")
GAPS = [X > 0, X <= 1, Y > 0]
excess = confidence_from_margin(L).subs(sp.exp(-L), y) - confidence_ceiling(g).subs(sp.exp(-g), x)  # t − max σ


@pytest.mark.proves("Proposition 3")
def test_max_softmax_is_below_t_iff_the_margin_is_below_L():
    assert sp.simplify(softmax([g, 0])[0] - confidence_ceiling(g)) == 0
    prove(positive(excess) == (X > Y), GAPS)


@pytest.mark.proves("Proposition 3")
def test_equations_17_and_27_give_the_same_planes():
    w, z0 = sp.symbols("w1:4", real=True), sp.symbols("z1:4", real=True)
    opposite = [-a for a in w]
    alpha = offset(L, w, opposite)
    for sign in (1, -1):
        of_27 = [z + sign * alpha * d for z, d in zip(z0, difference(w, opposite), strict=True)]
        of_17 = [z + sign * theorem_1_offset(alpha) * a for z, a in zip(z0, w, strict=True)]
        assert [sp.simplify(a - b) for a, b in zip(of_27, of_17, strict=True)] == [0, 0, 0]
        there, here = affine_logits([w, opposite], of_27), affine_logits([w, opposite], z0)
        assert sp.simplify(there[0] - there[1] - (here[0] - here[1]) - sign * L) == 0


@pytest.mark.second_route("Proposition 3")
def test_rational_logits_exactly():
    """The point (g + c, c) is in the exact region of level t = σ(L) iff |g| < L, whatever c is."""
    for level in (Fraction(1, 3), Fraction(2), Fraction(7, 2)):
        for gap in (Fraction(n, 6) for n in range(-24, 25)):
            for shift in (-2, 0, 5):
                inside = compare_confidence([gap + shift, shift], [level, 0]) == -1
                assert inside == (abs(gap) < level)


@pytest.mark.second_route("Proposition 3")
def test_the_entropy_falls_with_the_margin():
    assert sp.simplify(sp.diff(entropy_floor(g) - U_entropy([g, 0]), g)) == 0
    assert sp.simplify((entropy_floor(g) - U_entropy([g, 0])).subs(g, 0)) == 0
    falling = BallFunction(-sp.diff(entropy_floor(g), g) * sp.exp(g) / g, g)
    assert prove_positive(falling, [("1/100", 20)]).proved


@pytest.mark.twin("Proposition 3")
def test_twin_the_margin_itself_in_place_of_its_size():
    """{g < L} without the absolute value; class 2 wins where e^g < 1, and max σ is then 1/(1+e^g)."""
    e = z3.Real("e")  # e^g
    with pytest.raises(RefutedError) as refuted:
        prove(z3.If(e >= 1, e < 1 / Y, e / Y > 1) == (e < 1 / Y), [e > 0, Y > 0, Y < 1])
    assert Fraction(refuted.value.model["e"]) < 1
    assert compare_confidence([-4, 0], [2, 0]) == 1  # g = −4 < 2 = L, and yet outside


@pytest.mark.twin("Proposition 3")
def test_twin_weak_inequality():
    with pytest.raises(RefutedError) as refuted:
        prove(positive(excess) == (X >= Y), GAPS)
    assert Fraction(refuted.value.model["x"]) == Fraction(refuted.value.model["y"])


@pytest.mark.twin("Proposition 3")
def test_twin_three_classes():
    """With a third class max σ < t does not force M < L: x is e^{−M}, s the third class's share of e^{l_1}."""
    third = z3.Real("s")
    with pytest.raises(RefutedError) as refuted:
        prove((X + third > Y) == (X > Y), [*GAPS, third > 0, third <= X])
    assert Fraction(refuted.value.model["x"]) <= Fraction(refuted.value.model["y"])
