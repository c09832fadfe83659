"""Corollary 1.1, made exact: the half-width of the valid region of two Gaussian classes, separable or not.

**Claim**
Ours. Let g = (w_1−w_2)ᵀz + b_1−b_2 be N(m_i, s_i²) in class i with s_i > 0. The half-width a, in logit units, is the
root of F(a) = Σ π_i [Φ((m_i−a)/s_i) + Φ((−m_i−a)/s_i)] = 1−ε.

**Verdict**
Proved.

**What is true**
F(a) = P(|g| > a) falls strictly and smoothly from F(0) = 1 to 0, so for every ε in (0, 1) there is exactly one root;
it is strictly increasing and smooth in ε, with da/dε = −1/F′(a). It holds without separability, for any number of
components. m = ±2, s = 1, ε = 1/20: a = 0.42519025368667…

**Proof**
P(|g| > a) = P(g > a) + P(g < −a), class by class. F′(a) = −Σ (π_i/s_i)[φ((m_i−a)/s_i) + φ((m_i+a)/s_i)] < 0. At a =
0 the two terms of a class add up to π_i, and both vanish as a → ∞. Existence and uniqueness by the intermediate
value theorem, smoothness by the implicit function theorem. By theorem 1* the region is {|g| < a}.

**What the machine checks**
The derivative and its sign, F(0) and F(∞), for two classes with every parameter symbolic; a root enclosed with
certified signs; the mass inside by rigorous quadrature of the density.

**Sources**
Pearce, Brintrup & Zhu (2021), corollary 1.1 and eq 19.
"""

from itertools import pairwise

import pytest
import sympy as sp

from numerics.balls import acb, arb_rational, normal_density
from numerics.enclosures import enclose_integral, enclose_root, prove_positive
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.two_class import mass_outside, mass_outside_derivative, separable_mass_outside

a, s, t, p = sp.symbols("a s t p", positive=True)
m, n = sp.symbols("m n", real=True)
HALF = sp.Rational(1, 2)
SYMMETRIC = ([2, -2], [1, 1], [HALF, HALF])
EPSILON = sp.Rational(1, 20)


def excess(mass):
    return BallFunction(mass(a, *SYMMETRIC) - (1 - EPSILON), a)


def root():
    return enclose_root(excess(mass_outside), (0, 1))


@pytest.mark.proves("Corollary 1.1*")
def test_the_mass_outside_falls_strictly_from_one_to_zero():
    F = mass_outside(a, [m, n], [s, t], [p, 1 - p])
    slope = mass_outside_derivative(a, [m, n], [s, t], [p, 1 - p])
    assert sp.simplify(sp.diff(F, a) - slope) == 0
    one_class = mass_outside_derivative(a, [m], [s], [p])
    assert one_class.is_negative
    assert sp.simplify(F.subs(a, 0)) == 1
    assert F.subs(a, sp.oo) == 0


@pytest.mark.proves("Corollary 1.1*")
def test_the_only_root_for_margins_plus_minus_two_at_one_in_twenty():
    assert abs(root() - arb_rational("0.42519025368667")) < arb_rational("1/100000000000000")
    falling = BallFunction(-mass_outside_derivative(a, *SYMMETRIC), a)
    assert prove_positive(falling, [(0, 1)]).proved


@pytest.mark.second_route("Corollary 1.1*")
def test_the_mass_inside_by_rigorous_quadrature():
    """One class of the symmetric pair suffices: P(|g| < a) is the same for both."""
    inside = 2 * enclose_integral(lambda g, _: (normal_density(g - 2) + normal_density(g + 2)) / acb(2), 0, root())
    assert inside.contains(arb_rational("1/20").mid())
    assert abs(inside - arb_rational("1/20")) < arb_rational("1/1000000000000")


@pytest.mark.second_route("Corollary 1.1*")
def test_the_root_rises_with_epsilon():
    roots = [
        enclose_root(BallFunction(mass_outside(a, [1, -3], [1, 2], [HALF, HALF]) - level, a), (0, 20))
        for level in (sp.Rational(99, 100), sp.Rational(9, 10), HALF, sp.Rational(1, 100))
    ]
    assert all(smaller < larger for smaller, larger in pairwise(roots))


@pytest.mark.twin("Corollary 1.1*")
def test_without_the_far_side_the_root_is_another():
    one_sided = enclose_root(excess(separable_mass_outside), (0, 1))
    assert one_sided < root() - arb_rational("1/20")


@pytest.mark.twin("Corollary 1.1*")
def test_the_level_epsilon_in_place_of_one_minus_epsilon_is_rejected():
    wrong = enclose_root(BallFunction(mass_outside(a, *SYMMETRIC) - EPSILON, a), (0, 10))
    assert not wrong.overlaps(root())
    assert wrong > 3
