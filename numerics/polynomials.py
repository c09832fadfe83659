"""Rational sympy expressions as z3 formulas, so that z3 decides the expression that a claim is stated for."""

from __future__ import annotations

from typing import Any

import sympy
import z3

from softmax_geometry.checks import InputError


def polynomial(expression: Any) -> Any:
    """The z3 term of a polynomial with rational coefficients; a symbol becomes the `z3.Real` of its name.

    Raises
    ------
    InputError
        If the expression is anything else.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> z3.simplify(polynomial(x**2 - y / 2))
    x*x + -1/2*y
    """
    expression = sympy.sympify(expression)
    if expression.is_Rational:
        return z3.RealVal(f"{expression.p}/{expression.q}")
    if expression.is_Symbol:
        return z3.Real(expression.name)
    if expression.is_Add:
        return z3.Sum([polynomial(part) for part in expression.args])
    if expression.is_Mul:
        return z3.Product([polynomial(part) for part in expression.args])
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        return z3.Product([polynomial(expression.base)] * int(expression.exp))
    raise InputError(f"expression: expected a polynomial with rational coefficients, got {expression!r}")


def positive(expression: Any) -> Any:
    """The formula "expression is defined and > 0" for a quotient of polynomials, without any division.

    Raises
    ------
    InputError
        If the expression is not a quotient of polynomials with rational coefficients.

    Examples
    --------
    >>> from numerics.solver import prove
    >>> x = sympy.Symbol("x")
    >>> prove(positive(1 / (1 + x) - 1 / (2 + x)), [z3.Real("x") > 0])
    """
    numerator, denominator = _parts(expression)
    return z3.Or(z3.And(numerator > 0, denominator > 0), z3.And(numerator < 0, denominator < 0))


def nonnegative(expression: Any) -> Any:
    """The formula "expression is defined and ≥ 0", as `positive`.

    Raises
    ------
    InputError
        As `positive`.
    """
    numerator, denominator = _parts(expression)
    return z3.Or(z3.And(numerator >= 0, denominator > 0), z3.And(numerator <= 0, denominator < 0))


def _parts(expression: Any) -> tuple[Any, Any]:
    numerator, denominator = sympy.fraction(sympy.together(expression))
    return polynomial(numerator), polynomial(denominator)
