"""Corollary 1.1 in its separable form: eq 20 with the sign right, and what it costs.

**Claim**
Ours. For m_1 > 0 > m_2 let F̃(a) = Σ π_i Φ((|m_i|−a)/s_i), each class on its own side only. Eq 20 with −m_2 in place
of m_2 says F̃(a) = 1−ε. (i) It has a root a > 0 iff ε > err = Σ π_i Φ(−|m_i|/s_i), the misclassification rate. (ii)
The root is smaller than the exact half-width of corollary 1.1*. (iii) Its true level is ε − Σ π_i Φ(−(|m_i|+a)/s_i),
in (ε−err, ε).

**Verdict**
Proved.

**What is true**
As claimed: the separable form is conservative, and fails for ε ≤ err. |m|/s = 2, ε = 1/20: 0.3551 instead of 0.4252,
level 0.0407.

**Proof**
erf = 2Φ(√2 ·) − 1, so the corrected left side is 2F̃ − 1 and the right side 2(1−ε) − 1. The exact mass outside has
one more term in each class, F − F̃ = Σ π_i Φ(−(|m_i|+a)/s_i) =: h(a), positive, falling in a, h(0) = err. F̃ falls
strictly from F̃(0) = 1−err to 0: (i). At its root ã, F(ã) = 1−ε+h(ã) > 1−ε = F(a) and F falls, so ã < a: (ii). The
level is 1−F(ã) = ε−h(ã), and 0 < h(ã) < h(0): (iii).

**What the machine checks**
Both identities and the signs of the derivatives with all parameters symbolic; (i)–(iii) on certified roots.

**Sources**
Pearce, Brintrup & Zhu (2021), corollary 1.1, eq 20.
"""

import pytest
import sympy as sp

from numerics.balls import arb_rational
from numerics.enclosures import enclose_root, prove_positive
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.two_class import equation_20, mass_outside, separable_gap, separable_mass_outside

a, m, n, s, t, p = sp.symbols("a m n s t p", positive=True)
CLASSES = ([m, -n], [s, t], [p, 1 - p])
HALF = sp.Rational(1, 2)
EXAMPLE = ([2, -2], [1, 1], [HALF, HALF])
EPSILON = sp.Rational(1, 20)
TINY = arb_rational("1/10000")


def excess(mass, epsilon=EPSILON, classes=EXAMPLE):
    return BallFunction(mass(a, *classes) - (1 - epsilon), a)


@pytest.mark.proves("Corollary 1.1, separable form")
def test_corrected_equation_20_is_the_one_sided_mass():
    assert sp.simplify(2 * separable_mass_outside(a, *CLASSES) - 1 - equation_20(a, *CLASSES)) == 0


@pytest.mark.proves("Corollary 1.1, separable form")
def test_the_gap_is_the_far_side_mass_and_falls():
    gap = separable_gap(a, *CLASSES)
    assert sp.simplify(mass_outside(a, *CLASSES) - separable_mass_outside(a, *CLASSES) - gap) == 0
    one_class = sp.diff(separable_gap(a, [m], [s], [p]), a)
    assert one_class.is_negative
    assert sp.diff(separable_mass_outside(a, [m], [s], [p]), a).is_negative
    assert sp.simplify(separable_mass_outside(a, *CLASSES).subs(a, 0) + gap.subs(a, 0)) == 1


@pytest.mark.second_route("Corollary 1.1, separable form")
def test_root_order_and_level_of_an_example():
    exact, conservative = (enclose_root(excess(mass), (0, 1)) for mass in (mass_outside, separable_mass_outside))
    assert conservative < exact
    assert abs(conservative - arb_rational("0.3551")) < TINY
    level = 1 - BallFunction(mass_outside(a, *EXAMPLE), a)(conservative)
    far = BallFunction(separable_gap(a, *EXAMPLE), a)(conservative)
    assert level.overlaps(arb_rational("1/20") - far)
    assert abs(level - arb_rational("0.0407")) < TINY


@pytest.mark.second_route("Corollary 1.1, separable form")
def test_unequal_classes():
    classes = ([3, -1], [2, HALF], [sp.Rational(1, 4), sp.Rational(3, 4)])
    epsilon = sp.Rational(1, 5)
    exact, conservative = (
        enclose_root(excess(mass, epsilon, classes), (0, 10)) for mass in (mass_outside, separable_mass_outside)
    )
    assert conservative < exact


@pytest.mark.twin("Corollary 1.1, separable form")
def test_below_the_error_rate_there_is_no_root():
    """|m|/s = 3/2: err = Φ(−3/2) = 0.0668…; level 1/20 has no root although the exact equation has one."""
    classes = ([3 * HALF, -3 * HALF], [1, 1], [HALF, HALF])
    below = BallFunction(1 - EPSILON - separable_mass_outside(a, *classes), a)
    assert prove_positive(below, [(0, 10)]).proved
    assert enclose_root(excess(mass_outside, classes=classes), (0, 1)) > 0
    assert prove_positive(BallFunction(1 - EPSILON - separable_mass_outside(a, *EXAMPLE), a), [(0, 10)]).refuted


@pytest.mark.twin("Corollary 1.1, separable form")
def test_without_opposite_sides_the_identity_fails():
    same_side = ([m, n], [s, t], [p, 1 - p])
    residual = 2 * separable_mass_outside(a, *same_side) - 1 - equation_20(a, *same_side)
    at_point = residual.subs({a: 1, m: 1, n: 2, s: 1, t: 1, p: HALF})
    assert BallFunction(at_point)() > arb_rational("1/2")
