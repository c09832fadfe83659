from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.balls import arb_rational, ball, lower_bound, upper_bound
from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from softmax_geometry.checks import InputError

x, y = sympy.symbols("x y")
EXPRESSIONS = [
    x**3 - x**2 * y / 3 + sympy.Rational(2, 7),
    sympy.exp(x) / (1 + sympy.exp(x - y)) + sympy.pi * sympy.E,
    sympy.log(2 + sympy.sin(x) * sympy.cos(y)) - sympy.tanh(x) + sympy.atan(y),
    sympy.sqrt(x**2 + y**2 + 1) + (x**2 + 1) ** sympy.Rational(1, 3) + 2 ** (x / 5),
    sympy.Max(x, y, 0) - sympy.Min(x, y) + sympy.Abs(x - y),
    sympy.erf(x) + sympy.erfc(y) + sympy.sinh(x / 4) / sympy.cosh(y),
    1 / (x**2 + 1) + x**4 * y**5 / 1000,
]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.sampled_from(EXPRESSIONS), st.fractions(-3, 3, max_denominator=40), st.fractions(-3, 3, max_denominator=40))
def test_points_match_sympy_and_lie_in_the_value_on_a_box(expression, a, b):
    f = BallFunction(expression, x, y)
    oracle = expression.evalf(
        30, subs={x: sympy.Rational(a.numerator, a.denominator), y: sympy.Rational(b.numerator, b.denominator)}
    )
    value = f(arb_rational(a), arb_rational(b))
    np.testing.assert_allclose(float(value), float(oracle), rtol=1e-12, atol=1e-12)
    wide = f(ball(a - Fraction(1, 9), a + Fraction(1, 7)), ball(b - Fraction(1, 3), b + Fraction(1, 50)))
    assert wide.overlaps(value)
    assert lower_bound(wide) <= lower_bound(value)
    assert upper_bound(value) <= upper_bound(wide)


def test_even_powers_of_balls_around_zero_are_not_negative():
    square = BallFunction(x**2, x)(ball(-1, 2))
    assert lower_bound(square) >= 0
    assert 4 <= upper_bound(square) < Fraction("4.001")
    assert BallFunction(x**3, x)(ball(-1, 1)).is_finite()
    assert not BallFunction(x**-2, x)(ball(-1, 1)).is_finite()


def test_the_gradient_matches_numerical_differentiation():
    expression = sympy.exp(x * y) + x**3 / (1 + y**2)
    derivative = BallFunction(expression, x, y).derivative(arb_rational("1/2"), arb_rational("1/3"))
    numeric = sympy.lambdify((x, y), expression, "mpmath")
    for k, value in enumerate(derivative):
        order = (1, 0) if k == 0 else (0, 1)
        oracle = mpmath.diff(numeric, (mpmath.mpf(1) / 2, mpmath.mpf(1) / 3), order)
        np.testing.assert_allclose(float(value), float(oracle), rtol=1e-9)


def test_an_expression_is_proved_and_its_falsified_twin_refuted():
    m, c = sympy.symbols("m c")
    entropy_rises = 1 / (1 + 2 * sympy.exp(-sympy.Rational(3, 2) * c * m)) - sympy.Rational(1, 3)
    f = BallFunction(entropy_rises, m, c)
    certificate = prove_positive(f, [("1/10", 1), (1, 5)], derivative=f.derivative)
    assert certificate.proved
    assert certificate.recheck(f, 160, derivative=f.derivative)
    twin = BallFunction(entropy_rises - sympy.Rational(1, 10), m, c)
    assert prove_positive(twin, [("1/10", 1), (1, 5)]).refuted


@pytest.mark.parametrize("expression", [x + 0.5, x + y, sympy.gamma(x), sympy.Symbol("n")])
def test_what_has_no_rigorous_ball_form_is_refused(expression):
    with pytest.raises(InputError, match="expression"):
        BallFunction(expression, x)


def test_the_derivative_of_an_absolute_value_is_refused():
    real = sympy.Symbol("x", real=True)
    f = BallFunction(abs(real), real)
    assert f(arb(-2)) == 2
    with pytest.raises(InputError, match="sign"):
        f.derivative(arb(1))
