"""Corollary 1.1, eqs 21–22: the mass of one Gaussian class beyond a hyperplane.

**Claim**
P(z ∉ R | y = 1) = ∫_{half space} N(z; μ_1, Σ_1) dz = ½[1 − erf(−(m_1−a)/(√2 s_1))].

**Verdict**
The integral and its closed form are right. That it is the mass outside R holds under the stated hypothesis that
class 1 has no mass beyond the far hyperplane.

**What is true**
P(|g| > a | 1) = Φ((m_1−a)/s_1) + Φ(−(m_1+a)/s_1); eq 22 is the first term. For class 2 (m_2 < 0) the roles of the
two terms are exchanged.

**Proof**
w_1ᵀz is Gaussian with variance w_1ᵀΣ_1w_1 (integrate out the directions perpendicular to w_1), so the half space
integral is ∫_a^∞ N(g; m_1, s_1²) dg = Φ((m_1−a)/s_1) = ½[1 + erf((m_1−a)/(√2 s_1))], and erf is odd. Outside R means
g > a or g < −a.

**What the machine checks**
The one-dimensional integral in closed form with all parameters symbolic; the reduction from the plane for a
correlated covariance; the second term as the difference to the exact mass. Reduction from H dimensions is the
written sentence.

**Sources**
Pearce, Brintrup & Zhu (2021), corollary 1.1, eqs 21–22.
"""

import pytest
import sympy as sp

from numerics.balls import acb, arb, normal_density
from numerics.enclosures import enclose_integral
from numerics.expressions import BallFunction
from softmax_geometry.symbolic import softmax
from softmax_geometry.symbolic.two_class import (
    class_mass_outside,
    class_mass_outside_integral,
    mass_outside,
    separable_gap,
)

a, m, s = sp.symbols("a m s", positive=True)
x, y = sp.symbols("x y", real=True)


@pytest.mark.proves("Corollary 1.1, eqs 21-22")
def test_the_half_space_integral_in_closed_form():
    assert sp.simplify(class_mass_outside_integral(a, m, s).doit() - class_mass_outside(a, m, s)) == 0


@pytest.mark.proves("Corollary 1.1, eqs 21-22")
def test_reduction_from_the_plane_to_the_margin():
    """For w = (1, 0), integrating out the perpendicular coordinate leaves N(μ_1, wᵀΣw), correlation or not."""
    plane = softmax.normal_density([x, y], [0, 0], [[2, 1], [1, 3]])
    reduced = sp.integrate(sp.expand(plane), (y, -sp.oo, sp.oo))
    assert sp.simplify(reduced - softmax.normal_density([x], [0], [[2]])) == 0


@pytest.mark.proves("Corollary 1.1, eqs 21-22")
def test_it_misses_the_mass_beyond_the_far_hyperplane():
    exact = mass_outside(a, [m], [s], [1])
    assert sp.simplify(exact - class_mass_outside(a, m, s) - separable_gap(a, [m], [s], [1])) == 0


@pytest.mark.second_route("Corollary 1.1, eqs 21-22")
def test_by_rigorous_quadrature():
    """Mean 2, deviation 3/2, a = 1/2: the integral up to 12 standard deviations, the rest below 10⁻³⁰."""
    scale = acb(3) / 2
    value = enclose_integral(lambda g, _: normal_density((g - 2) / scale) / scale, "1/2", 20)
    closed = BallFunction(class_mass_outside(sp.Rational(1, 2), 2, sp.Rational(3, 2)))()
    assert closed - value < arb("1e-30") + arb("1e-15")
    assert value - closed < arb("1e-15")


@pytest.mark.twin("Corollary 1.1, eqs 21-22")
def test_the_other_sign_inside_erf_is_the_mass_on_the_near_side():
    flipped = (1 - sp.erf((m - a) / (sp.sqrt(2) * s))) / 2
    residual = class_mass_outside_integral(a, m, s).doit() - flipped
    assert sp.simplify(residual) != 0
    assert sp.simplify(flipped + class_mass_outside(a, m, s)) == 1


@pytest.mark.twin("Corollary 1.1, eqs 21-22")
def test_without_the_hypothesis_eq_22_is_not_the_mass_outside():
    values = {a: sp.Rational(1, 2), m: sp.Rational(1, 2), s: 1}
    exact = mass_outside(values[a], [values[m]], [1], [1])
    assert BallFunction(exact - class_mass_outside(*values.values()) - sp.Rational(1, 10))() > 0
