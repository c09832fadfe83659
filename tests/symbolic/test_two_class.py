"""Corollary 1.1: the exact equation, eq 20 corrected and printed, against scipy, mpmath and arrays."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.stats
import sympy as sp

from softmax_geometry import two_class as arrays
from softmax_geometry.symbolic import two_class

A = sp.Symbol("a", positive=True)
HALF = [sp.Rational(1, 2)] * 2
SETTINGS = [([2, -2], [1, 1], [0.5, 0.5]), ([3, -1], [1, 2], [0.3, 0.7]), ([0.5, -4], [2, 0.5], [0.9, 0.1])]


@pytest.mark.parametrize(("means", "stds", "priors"), SETTINGS)
def test_mass_outside_is_scipys_and_the_array_functions(means, stds, priors):
    a = np.linspace(0, 5, 21)
    got = sp.lambdify(A, two_class.mass_outside(A, means, stds, priors), ["scipy", "numpy"])(a)
    laws = [scipy.stats.norm(m, s) for m, s in zip(means, stds, strict=True)]
    expected = sum(p * (law.sf(a) + law.cdf(-a)) for p, law in zip(priors, laws, strict=True))
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    np.testing.assert_allclose(1 - got, [arrays.mass_within(x, means, stds, priors) for x in a], atol=1e-14)


@pytest.mark.parametrize(("means", "stds", "priors"), SETTINGS)
def test_array_offset_is_the_root_of_the_expression(means, stds, priors):
    for epsilon in (0.05, 0.3, 0.6):
        exact = arrays.two_class_offset(means, stds, priors, epsilon)
        F = sp.lambdify(A, two_class.mass_outside(A, means, stds, priors), "mpmath")
        assert abs(F(mpmath.mpf(float(exact))) - (1 - epsilon)) < 1e-12


def test_offset_of_the_symmetric_example_to_14_digits():
    F = two_class.mass_outside(A, [2, -2], [1, 1], HALF)
    with mpmath.workdps(50):
        root = mpmath.findroot(sp.lambdify(A, F - sp.Rational(19, 20), "mpmath"), 0.4)
    assert mpmath.nstr(root, 14) == "0.42519025368667"


def test_mass_outside_is_the_law_free_statement_and_its_derivative_is_sympys():
    m, s = sp.symbols("m1:3", real=True), sp.symbols("s1:3", positive=True)
    cdfs = [lambda g, m=m_i, s=s_i: (1 + sp.erf((g - m) / (sp.sqrt(2) * s))) / 2 for m_i, s_i in zip(m, s, strict=True)]
    exact = two_class.mass_outside(A, m, s, HALF)
    assert sp.expand(exact - two_class.mass_outside_law(A, cdfs, HALF)) == 0
    derivative = two_class.mass_outside_derivative(A, m, s, HALF)
    assert sp.simplify(sp.diff(exact, A) - derivative) == 0
    assert sp.simplify(sp.diff(two_class.separable_mass_outside(A, m, s, HALF), A) - derivative) != 0


def test_gap_is_exact_minus_separable():
    m1, m2, s1, s2 = sp.symbols("m1 m2 s1 s2", positive=True)
    setting = ([m1, -m2], [s1, s2], HALF)
    exact, separable = two_class.mass_outside(A, *setting), two_class.separable_mass_outside(A, *setting)
    assert sp.expand(exact - separable - two_class.separable_gap(A, *setting)) == 0
    # The corrected eq 20 is the separable equation: erf form = 2F̃ − 1.
    assert sp.expand(two_class.equation_20(A, *setting) - (2 * separable - 1)) == 0
    assert sp.expand(two_class.equation_20_printed(A, *setting) - (2 * separable - 1)) != 0


@pytest.mark.parametrize(("ratio", "epsilon", "expected"), [(2, 0.05, 0.3552), (2.5, 0.05, 0.8552), (1, 0.2, 0.1584)])
def test_separable_root(ratio, epsilon, expected):
    equation = two_class.equation_20(A, [ratio, -ratio], [1, 1], [0.5, 0.5]) - (1 - 2 * epsilon)
    root = float(mpmath.findroot(sp.lambdify(A, equation, "mpmath"), expected))
    assert root == pytest.approx(float(arrays.separable_offset([ratio, -ratio], [1, 1], [0.5, 0.5], epsilon)), rel=1e-9)
    assert root == pytest.approx(expected, abs=2e-4)


def test_printed_equation_20_has_no_root_for_symmetric_classes():
    m, s = sp.symbols("m s", positive=True)
    printed = two_class.equation_20_printed(A, [m, -m], [s, s], HALF)
    assert printed.subs(A, 0) == 0
    falling = sp.lambdify((A, m, s), printed, ["scipy", "numpy"])
    assert (falling(np.linspace(0.1, 5, 20), 2.0, 1.0) < 0).all(), "never as large as 1−2ε > 0"


def test_half_space_integral_is_its_closed_form():
    m, s = sp.Symbol("m", real=True), sp.Symbol("s", positive=True)
    closed = two_class.class_mass_outside(A, m, s)
    integral = two_class.class_mass_outside_integral(A, m, s)
    assert sp.simplify(integral.doit() - closed) == 0
    assert float(closed.subs({A: 1, m: 2, s: 3})) == pytest.approx(scipy.stats.norm(2, 3).sf(1), rel=1e-13)
    assert sp.simplify(integral.doit() - (1 - closed)) != 0


def test_discrete_offset_is_the_epsilon_quantile_of_the_margin():
    rng = np.random.default_rng(4)
    for _ in range(20):
        margins = [sp.Rational(int(n), 3) for n in rng.integers(-6, 7, 5)]
        weights = [int(n) for n in rng.integers(1, 6, 5)]
        masses = [sp.Rational(n, sum(weights)) for n in weights]
        epsilon = Fraction(int(rng.integers(1, 20)), 20)
        s = two_class.discrete_offset(margins, masses, sp.Rational(epsilon.numerator, epsilon.denominator))
        inside = sum(mass for g, mass in zip(margins, masses, strict=True) if abs(g) < s)
        up_to = sum(mass for g, mass in zip(margins, masses, strict=True) if abs(g) <= s)
        assert inside < epsilon <= up_to


def test_discrete_offset_where_the_atoms_up_to_it_have_mass_epsilon_exactly():
    half = sp.Rational(1, 2)
    assert two_class.discrete_offset([-1, 2], [half, half], half) == 1
    assert two_class.discrete_offset([-1, 2], [half, half], half + sp.Rational(1, 1000)) == 2


@pytest.mark.parametrize(("means", "stds", "priors"), SETTINGS)
def test_masses_at_a_point_are_those_of_scipys_normal_laws(means, stds, priors):
    a, step = 1.25, 1e-5
    laws = [scipy.stats.norm(m, s) for m, s in zip(means, stds, strict=True)]
    sides = list(zip(priors, means, laws, strict=True))
    slope = sum(
        p * (law.cdf(-a - step) - law.cdf(-a + step) - law.cdf(a + step) + law.cdf(a - step)) for p, _, law in sides
    )
    found = float(two_class.mass_outside_derivative(a, means, stds, priors))
    assert found == pytest.approx(slope / (2 * step), rel=1e-8)
    right = sum(p * (law.sf(a) if m > 0 else law.cdf(-a)) for p, m, law in sides)
    wrong = sum(p * (law.cdf(-a) if m > 0 else law.sf(a)) for p, m, law in sides)
    assert float(two_class.separable_mass_outside(a, means, stds, priors)) == pytest.approx(right, rel=1e-12)
    assert float(two_class.separable_gap(a, means, stds, priors)) == pytest.approx(wrong, rel=1e-9)
    assert float(two_class.equation_20(a, means, stds, priors)) == pytest.approx(2 * right - 1, abs=1e-12)
    for m, s, law in zip(means, stds, laws, strict=True):
        assert float(two_class.class_mass_outside(a, m, s)) == pytest.approx(law.sf(a), rel=1e-9)
