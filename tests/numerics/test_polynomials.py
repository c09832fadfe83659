"""Rational expressions as z3 formulas: what holds is proved, what fails or is undefined is refuted."""

import pytest
import sympy as sp
import z3

from numerics.polynomials import nonnegative, polynomial, positive
from numerics.solver import RefutedError, prove
from softmax_geometry.checks import InputError

x, y = sp.symbols("x y")


def test_a_polynomial_has_the_value_of_its_expression():
    p = (x - y / 3) ** 3 - 2 * x + 5
    value = p.subs({x: sp.Rational(1, 2), y: 7})
    prove(polynomial(p) == z3.RealVal(str(value)), [z3.Real("x") == z3.Q(1, 2), z3.Real("y") == 7])


def test_signs_of_quotients():
    prove(positive(1 / x + x), [z3.Real("x") > 0])
    prove(nonnegative(x**2 / (1 + x**2)))
    with pytest.raises(RefutedError):
        prove(positive(x**2 / (1 + x**2)))


def test_a_quotient_is_not_positive_where_it_is_undefined():
    with pytest.raises(RefutedError) as refuted:
        prove(nonnegative(1 / x**2))
    assert refuted.value.model["x"] == 0


@pytest.mark.parametrize("expression", [sp.exp(x), sp.sqrt(x), sp.Float(0.5) * x, x**y])
def test_other_expressions_are_refused(expression):
    with pytest.raises(InputError, match="polynomial"):
        positive(expression)
