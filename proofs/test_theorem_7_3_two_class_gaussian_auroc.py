"""Theorem 7.3: the AUROC of every softmax score in closed form, for two classes and Gaussian logit gaps.

**Claim** (ours). K = 2, g = l_1 − l_2. Let g ~ N(m_in, s_in²) on training data and N(m_out, s_out²) on OOD data. Then
U_max, U_entropy and every other strictly Schur-concave function of the softmax have the AUROC

    Φ₂(a, b; ρ) + Φ₂(−a, −b; ρ), a = (m_in − m_out)/s, b = (m_in + m_out)/s,
    s² = s_in² + s_out², ρ = (s_in² − s_out²)/s²,

Φ₂ the bivariate normal distribution function. With zero means it is (2/π) arctan(s_in/s_out).

**Verdict.** Proved.

**What is true.** As claimed. Mixtures on either side (one Gaussian for each class) follow by bilinearity: AUROC is
the mean of the closed form over pairs of components. With zero means it is below 1/2 iff s_in < s_out: OOD data that
is merely more spread out is ranked *less* uncertain, at every spread.

**Proof.** p_1 = 1/(1+e^{−g}), so every such U is strictly decreasing in |g|, and ties have probability 0: AUROC =
P(|Y| < |X|), X ~ N(m_in, s_in²), Y ~ N(m_out, s_out²) independent. |Y| < |X| iff (X−Y)(X+Y) > 0. The pair (X−Y, X+Y)
is Gaussian with means m_in ∓ m_out, both variances s_in² + s_out², covariance s_in² − s_out². Both positive: Φ₂(a, b;
ρ). Both negative: Φ₂(−a, −b; ρ). For zero means each is 1/4 + arcsin(ρ)/(2π) (Sheppard), and with s_in/s_out = tan φ,
ρ = −cos 2φ = sin(2φ − π/2), so the sum is 1/2 + (2φ − π/2)/π = 2φ/π. ∎

**What the machine checks.** The event by z3, the moments and the arctangent by sympy. Second route: two rigorous
integrals for the same number, the plain one ∫ f_in(x) P(|Y| < |x|) dx and Plackett's ∫_0^ρ for Φ₂, enclosed by balls
and shown to overlap within 10⁻¹². A human must read: linear maps of Gaussians are Gaussian.

**Sources.** Sheppard (1899); Plackett, A reduction formula for normal multivariate integrals (1954).
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3
from flint import arb

from numerics.balls import acb, arb_rational, lower_bound, normal_cdf, normal_density, upper_bound
from numerics.enclosures import enclose_integral
from numerics.solver import RefutedError, prove

s_in, s_out = sp.symbols("s_in s_out", positive=True)
CASES = [(0, 3, 0, 4), (2, 3, 1, 4), (5, 4, -1, 3), (-1, 3, 6, 4)]  # m_in, s_in, m_out, s_out with s = 5


def direct(m_in, s_in, m_out, s_out):
    """P(|Y| < |X|) = ∫_0^R (f(x) + f(−x)) P(|Y| < x) dx + at most P(|X| > R)."""

    def integrand(x, _):
        inside = normal_cdf((x - m_out) / s_out) - normal_cdf((-x - m_out) / s_out)
        density = normal_density((x - m_in) / s_in) + normal_density((-x - m_in) / s_in)
        return density / s_in * inside

    R = abs(m_in) + 9 * s_in
    tail = 2 * normal_cdf(arb(-9))
    value = enclose_integral(integrand, 0, R)
    return value + arb(0).union(tail)


def bivariate(a, b, rho):
    """Φ₂(a, b; ρ) = Φ(a)Φ(b) + ∫_0^ρ exp(−(a² − 2rab + b²)/(2(1−r²)))/(2π√(1−r²)) dr."""
    a, b = acb(arb_rational(a)), acb(arb_rational(b))

    def integrand(r, analytic):
        exponent = (a * a - 2 * r * a * b + b * b) / (2 * (1 - r * r))
        return (-exponent).exp() / (2 * arb.pi() * (1 - r * r).sqrt(analytic=analytic))

    return normal_cdf(a.real) * normal_cdf(b.real) + enclose_integral(integrand, 0, rho)


def closed_form(m_in, s_in, m_out, s_out, sign=1):
    s = Fraction(5)
    assert s_in**2 + s_out**2 == s**2
    a, b, rho = (m_in - m_out) / s, (m_in + m_out) / s, sign * (s_in**2 - s_out**2) / s**2
    return bivariate(a, b, rho), bivariate(-a, -b, rho)


@pytest.mark.proves("Theorem 7.3")
def test_the_event_is_a_product_of_two_linear_forms():
    x, y = z3.Reals("x y")
    smaller = z3.And(z3.If(y >= 0, y, -y) < z3.If(x >= 0, x, -x))
    prove(smaller == ((x - y) * (x + y) > 0))
    prove(smaller == z3.Or(z3.And(x - y > 0, x + y > 0), z3.And(x - y < 0, x + y < 0)))


@pytest.mark.proves("Theorem 7.3")
def test_moments_of_difference_and_sum():
    m_in, m_out = sp.symbols("m_in m_out", real=True)
    A = sp.Matrix([[1, -1], [1, 1]])
    covariance = A * sp.diag(s_in**2, s_out**2) * A.T
    assert list(A * sp.Matrix([m_in, m_out])) == [m_in - m_out, m_in + m_out]
    assert covariance == sp.Matrix([[s_in**2 + s_out**2, s_in**2 - s_out**2], [s_in**2 - s_out**2, s_in**2 + s_out**2]])


@pytest.mark.proves("Theorem 7.3")
def test_zero_means_give_an_arctangent():
    """Both sides are equal at s_in = s_out and have the same derivative in s_in."""
    rho = (s_in**2 - s_out**2) / (s_in**2 + s_out**2)
    orthants = 2 * (sp.Rational(1, 4) + sp.asin(rho) / (2 * sp.pi))
    arctangent = 2 / sp.pi * sp.atan(s_in / s_out)
    assert (orthants - arctangent).subs(s_in, s_out) == 0
    slope = sp.diff(orthants, s_in) / sp.diff(arctangent, s_in)
    assert sp.simplify(slope) == 1
    r = sp.Symbol("r")
    density_at_zero = 1 / (2 * sp.pi * sp.sqrt(1 - r**2))
    assert sp.integrate(density_at_zero, r).diff(r) == density_at_zero
    assert sp.simplify(sp.diff(sp.asin(r) / (2 * sp.pi), r) - density_at_zero) == 0  # Sheppard, from Plackett


@pytest.mark.proves("Theorem 7.3")
def test_below_one_half_iff_the_ood_gap_is_more_spread_out():
    x = sp.Symbol("x", positive=True)
    value = 2 / sp.pi * sp.atan(x)
    assert value.subs(x, 1) == sp.Rational(1, 2)
    assert sp.simplify(value.diff(x) * sp.pi * (1 + x**2)) == 2


@pytest.mark.second_route("Theorem 7.3")
@pytest.mark.parametrize("case", CASES)
def test_two_rigorous_integrals_agree(case):
    first, second = direct(*case), sum(closed_form(*case), arb(0))
    assert first.overlaps(second)
    assert upper_bound(first) - lower_bound(first) < Fraction(1, 10**12)
    assert upper_bound(second) - lower_bound(second) < Fraction(1, 10**12)


@pytest.mark.second_route("Theorem 7.3")
def test_plackett_differential_equation():
    """∂φ₂/∂ρ = ∂²φ₂/∂x∂y, whence ∂Φ₂/∂ρ = φ₂(a, b; ρ)."""
    x, y, r = sp.symbols("x y r", real=True)
    density = sp.exp(-(x**2 - 2 * r * x * y + y**2) / (2 * (1 - r**2))) / (2 * sp.pi * sp.sqrt(1 - r**2))
    assert sp.simplify((density.diff(r) - density.diff(x, y)) / density) == 0


@pytest.mark.second_route("Theorem 7.3")
def test_zero_means_by_the_plain_integral():
    arctangent = 2 / arb.pi() * arb_rational("3/4").atan()
    assert direct(0, 3, 0, 4).overlaps(arctangent)


@pytest.mark.twin("Theorem 7.3")
@pytest.mark.parametrize("case", CASES)
def test_twin_correlation_with_the_opposite_sign(case):
    assert not direct(*case).overlaps(sum(closed_form(*case, sign=-1), arb(0)))


@pytest.mark.twin("Theorem 7.3")
@pytest.mark.parametrize("case", CASES)
def test_twin_one_quadrant_only(case):
    assert not direct(*case).overlaps(closed_form(*case)[0])


@pytest.mark.twin("Theorem 7.3")
def test_twin_arctangent_of_the_inverse_ratio():
    assert not direct(0, 3, 0, 4).overlaps(2 / arb.pi() * arb_rational("4/3").atan())


@pytest.mark.twin("Theorem 7.3")
def test_twin_both_factors_positive_only():
    x, y = z3.Reals("x y")
    with pytest.raises(RefutedError) as refuted:
        prove((z3.If(y >= 0, y, -y) < z3.If(x >= 0, x, -x)) == z3.And(x - y > 0, x + y > 0))
    assert Fraction(refuted.value.model["x"]) < 0
