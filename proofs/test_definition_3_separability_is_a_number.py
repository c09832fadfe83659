"""Definition 3: linear separability of two densities.

**Claim**
Two class densities are linearly separable if some hyperplane {wᵀz = c} leaves a negligible share of each class on
its wrong side, P(wᵀz < c | 1) ≈ 0 and P(wᵀz > c | 2) ≈ 0.

**Verdict**
A definition; "≈" hides the number that corollary 1.1 depends on.

**What is true**
For Gaussian classes with wᵀΣ_i w > 0 the misclassification rate of a hyperplane is err = Σ π_i Φ(−d_i/s_i), d_i the
signed distance of class i's mean to its right side in units of the margin, and it is positive for every hyperplane:
no two such classes are separable exactly. Eq 20, with its sign right, has a root iff ε > err.

**Proof**
The margin g = wᵀz − c is N(m_i, s_i²) in class i. Class 1 is on the wrong side when g < 0: P = Φ(−m_1/s_1) > 0,
class 2 when g > 0: P = Φ(m_2/s_2) > 0, as Φ > 0 everywhere. At a = 0, F̃(0) = Σ π_i Φ(|m_i|/s_i) = 1 − err for m_1 >
0 > m_2, so F̃(a) = 1 − ε with F̃ strictly falling has a root a > 0 iff 1 − ε < 1 − err.

**What the machine checks**
That err is the gap between exact and separable mass at a = 0, is the integral of the densities over the wrong sides,
and is positive; the criterion ε > err by certified signs on both sides of it.

**Sources**
Pearce, Brintrup & Zhu (2021), definition 3.
"""

import pytest
import sympy as sp

from numerics.expressions import BallFunction
from softmax_geometry.symbolic.softmax import normal_density
from softmax_geometry.symbolic.two_class import mass_outside, separable_gap, separable_mass_outside

m, n, s, t, a = sp.symbols("m n s t a", positive=True)
p = sp.Symbol("p", positive=True)
x = sp.Symbol("x", real=True)
HALF = sp.Rational(1, 2)


@pytest.mark.proves("Definition 3")
def test_the_wrong_side_mass_of_gaussians_is_the_gap_at_zero():
    err = separable_gap(0, [m, -n], [s, t], [p, 1 - p])
    wrong_1 = sp.integrate(normal_density([x], [m], [[s**2]]), (x, -sp.oo, 0))
    wrong_2 = sp.integrate(normal_density([x], [-n], [[t**2]]), (x, 0, sp.oo))
    assert sp.simplify((err - p * wrong_1 - (1 - p) * wrong_2).rewrite(sp.erf)) == 0
    assert sp.simplify(separable_mass_outside(0, [m, -n], [s, t], [p, 1 - p]) - (1 - err)) == 0


@pytest.mark.proves("Definition 3")
def test_it_is_positive_however_far_the_classes():
    for distance in (1, 10, 100):
        err = separable_gap(0, [sp.Integer(distance), -sp.Integer(distance)], [1, 1], [HALF, HALF])
        assert BallFunction(err.rewrite(sp.erfc))() > 0


@pytest.mark.second_route("Definition 3")
def test_the_corrected_equation_20_is_solvable_exactly_above_it():
    """Margins ±3/2, s = 1: err = 0.0668…, so level 1/20 has no root and level 7/100 has one."""
    at_zero = BallFunction(separable_mass_outside(0, [3 * HALF, -3 * HALF], [1, 1], [HALF, HALF]))()
    assert at_zero < BallFunction(1 - sp.Rational(1, 20))()
    assert at_zero > BallFunction(1 - sp.Rational(7, 100))()


@pytest.mark.twin("Definition 3")
def test_exact_separability_is_rejected():
    """With err = 0 the one-sided mass would be 1 on the boundary, as the two-sided one is."""
    means, stds, priors = [2, -2], [1, 1], [HALF, HALF]
    assert sp.simplify(mass_outside(0, means, stds, priors)) == 1
    assert sp.simplify(separable_mass_outside(0, means, stds, priors) - 1) != 0
    assert BallFunction(1 - separable_mass_outside(0, means, stds, priors))() > 0
