"""sympy expressions as functions of balls, so that an inequality is proved on the expression it is stated for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, reduce
from operator import add, mul
from typing import Any, TypeAlias

import sympy
from flint import arb

from numerics.balls import arb_rational
from softmax_geometry.checks import InputError

_Compiled: TypeAlias = Callable[[tuple[arb, ...]], arb]

_METHODS: dict[Any, Callable[[arb], arb]] = {
    sympy.exp: arb.exp,
    sympy.log: arb.log,
    sympy.sin: arb.sin,
    sympy.cos: arb.cos,
    sympy.tan: arb.tan,
    sympy.cot: arb.cot,
    sympy.sinh: arb.sinh,
    sympy.cosh: arb.cosh,
    sympy.tanh: arb.tanh,
    sympy.asin: arb.asin,
    sympy.acos: arb.acos,
    sympy.atan: arb.atan,
    sympy.erf: arb.erf,
    sympy.erfc: arb.erfc,
    sympy.Abs: abs,
}


class BallFunction:
    """A scalar sympy expression as a function of balls, one argument per symbol, in the order given.

    `f.derivative` is its gradient, for the mean-value form of `prove_positive`.

    Raises
    ------
    InputError
        If the expression holds a float, a free symbol that is not listed, or a function without a ball form.

    Examples
    --------
    >>> from numerics.enclosures import prove_positive
    >>> x = sympy.Symbol("x")
    >>> f = BallFunction(sympy.exp(x) - 1 - x, x)
    >>> prove_positive(f, [("1/100", 5)], derivative=f.derivative).proved
    True
    """

    def __init__(self, expression: Any, *symbols: Any) -> None:
        self.expression = sympy.sympify(expression)
        self.symbols = symbols
        self._value = _compile(self.expression, symbols)

    def __call__(self, *arguments: arb) -> arb:
        """Enclose the expression for all members of the argument balls."""
        return self._value(arguments)

    @cached_property
    def gradient(self) -> tuple[BallFunction, ...]:
        """The partial derivatives, in the order of the symbols.

        Raises
        ------
        InputError
            If a derivative has no ball form, as that of |x|.
        """
        return tuple(BallFunction(sympy.diff(self.expression, s), *self.symbols) for s in self.symbols)

    def derivative(self, *arguments: arb) -> list[arb]:
        """The gradient on balls."""
        return [partial(*arguments) for partial in self.gradient]


def _compile(expression: Any, symbols: tuple[Any, ...]) -> _Compiled:
    """Nested closures that evaluate the expression tree; constants are enclosed at the precision of the call."""
    if expression in symbols:
        index = symbols.index(expression)
        return lambda arguments: arguments[index]
    if expression.is_Rational:
        value = f"{expression.p}/{expression.q}"
        return lambda _: arb_rational(value)
    if expression is sympy.pi:
        return lambda _: arb.pi()
    if expression is sympy.E:
        return lambda _: arb(1).exp()
    parts = [_compile(part, symbols) for part in expression.args]
    if expression.is_Add or expression.is_Mul:
        combine = add if expression.is_Add else mul
        return lambda arguments: reduce(combine, (part(arguments) for part in parts))
    if expression.is_Pow:
        base, exponent = parts
        if expression.exp.is_Integer:
            n = int(expression.exp)
            return lambda arguments: _integer_power(base(arguments), n)
        if expression.exp == sympy.S.Half:
            return lambda arguments: base(arguments).sqrt()
        return lambda arguments: (exponent(arguments) * base(arguments).log()).exp()
    if isinstance(expression, sympy.Max):
        return lambda arguments: reduce(arb.max, (part(arguments) for part in parts))
    if isinstance(expression, sympy.Min):
        return lambda arguments: reduce(arb.min, (part(arguments) for part in parts))
    if expression.func in _METHODS:
        method, (argument,) = _METHODS[expression.func], parts
        return lambda arguments: method(argument(arguments))
    raise InputError(f"expression: expected rationals, listed symbols and elementary functions, got {expression!r}")


def _integer_power(x: arb, n: int) -> arb:
    """xⁿ for any sign of x: an even power of a ball that contains 0 is enclosed by [0, |x|ⁿ]."""
    if n < 0:
        return 1 / _integer_power(x, -n)
    if n % 2 == 0:
        low, high = x.abs_lower(), x.abs_upper()
        return x**n if low > 0 else (low**n).union(high**n).nonnegative_part()
    return x * _integer_power(x, n - 1)
