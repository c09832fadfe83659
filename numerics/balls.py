"""Balls: reals with a rigorous error radius (python-flint `arb`), and the functions that proofs need on them.

A ball [m ± r] stands for every real in it, and every operation returns a ball that contains all results. So
`x > y` is True only if it holds for all members: a comparison that rounding could change is False both ways.

Write constants as integers or `arb_rational`: `x * 0.1` multiplies by the nearest double, not by 1/10.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from flint import acb, arb, fmpq

from softmax_geometry.checks import InputError

Exact: TypeAlias = int | str | Fraction


def as_fraction(value: Exact, name: str = "value") -> Fraction:
    """Return an exact rational: an int, a Fraction, or a string such as "1/3" or "0.05".

    Raises
    ------
    InputError
        For anything else; floats are refused because 0.1 is not one tenth.

    Examples
    --------
    >>> as_fraction("0.05")
    Fraction(1, 20)
    """
    try:
        if isinstance(value, float):
            raise TypeError
        return Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise InputError(f"{name}: expected an exact rational (int, Fraction or string), got {value!r}") from error


def arb_rational(value: Exact) -> arb:
    """The tightest ball, at the working precision, that contains an exact rational.

    Raises
    ------
    InputError
        If the value is not an exact rational.

    Examples
    --------
    >>> 3 * arb_rational("1/3") == 1, (3 * arb_rational("1/3")).contains(1)
    (False, True)
    """
    q = as_fraction(value)
    return arb(fmpq(q.numerator, q.denominator))


def ball(lower: Exact, upper: Exact) -> arb:
    """A ball that contains [lower, upper]; it sticks out by a relative 2⁻²⁷ at most, and never across zero.

    So the square root of a range [0, ·] stays real. Where another end of a domain matters, as in √(1 − m²)
    near m = 1, write `(1 - m * m).nonnegative_part().sqrt()`.

    Raises
    ------
    InputError
        If an end is not an exact rational, or lower > upper.
    """
    low, high = as_fraction(lower, "lower"), as_fraction(upper, "upper")
    if low > high:
        raise InputError(f"upper: expected a number ≥ lower = {low}, got {high}")
    if low == high:
        return arb_rational(low)
    hull = arb_rational(low).union(arb_rational(high))
    if low >= 0:
        return hull.nonnegative_part()
    if high <= 0:
        return -(-hull).nonnegative_part()
    return hull


def lower_bound(x: arb) -> Fraction:
    """The exact lower end of a finite ball, whatever the working precision.

    Examples
    --------
    >>> lower_bound(arb(2))
    Fraction(2, 1)
    """
    return _exact(x.mid()) - _exact(x.rad())


def upper_bound(x: arb) -> Fraction:
    """The exact upper end of a finite ball, whatever the working precision."""
    return _exact(x.mid()) + _exact(x.rad())


def sigmoid(x: Any) -> Any:
    """σ(x) = 1/(1 + e^{−x}) of a ball (`arb`), or of a complex ball (`acb`) inside `enclose_integral`."""
    return 1 / (1 + (-x).exp())


def normal_density(x: Any) -> Any:
    """φ(x), the standard normal density of a ball."""
    two_pi = 2 * arb.pi()
    return (-x * x / 2).exp() / two_pi.sqrt()


def normal_cdf(x: Any) -> Any:
    """Φ(x) of a ball, from erfc: relatively accurate in both tails.

    Examples
    --------
    >>> normal_cdf(arb(-40)) > 0, normal_cdf(acb(0)).real == arb_rational("1/2")
    (True, True)
    """
    return (-x / arb(2).sqrt()).erfc() / 2


def softmax(logits: Sequence[Any]) -> list[arb]:
    """σ(l)_i = 1/Σ_j e^{l_j − l_i} as balls; logits are balls or exact rationals.

    Raises
    ------
    InputError
        If a logit is neither a ball nor an exact rational.

    Examples
    --------
    >>> p = softmax([0, 1, 2])
    >>> p[2] > p[1], sum(p).contains(1)
    (True, True)
    """
    return [arb(1) / inverse for inverse in _inverse_softmax(logits)]


def confidence(logits: Sequence[Any]) -> arb:
    """The largest softmax probability as a ball. Higher is *less* uncertain: U_max is its negative.

    Examples
    --------
    >>> confidence([3, 3, -6]) < confidence([2, -1, -1])  # theorem 4 fails for K=3, H=3
    True
    """
    p = softmax(logits)
    largest = p[0]
    for other in p[1:]:
        largest = largest.max(other)
    return largest


def entropy(logits: Sequence[Any]) -> arb:
    """U_entropy = −Σ σ log σ in nats, as a ball: Σ_i σ_i log Σ_j e^{l_j − l_i}."""
    return sum((inverse.log() / inverse for inverse in _inverse_softmax(logits)), arb(0))


def as_balls(values: Sequence[Any]) -> list[arb]:
    """Balls from balls and exact rationals.

    Raises
    ------
    InputError
        If a value is neither.
    """
    return [value if isinstance(value, arb) else arb_rational(value) for value in values]


def dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    """Σ a_i b_i, exact for integers and Fractions, rigorous for balls.

    Raises
    ------
    InputError
        If the lengths differ.

    Examples
    --------
    >>> dot((2, -1, -1), (1, 1, -2))
    3
    """
    if len(a) != len(b):
        raise InputError(f"b: expected {len(a)} entries, as a has, got {len(b)}")
    return sum(x * y for x, y in zip(a, b, strict=True))


def _exact(x: arb) -> Fraction:
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _inverse_softmax(logits: Sequence[Any]) -> list[arb]:
    l = as_balls(logits)
    return [sum(((b - a).exp() for b in l), arb(0)) for a in l]


__all__ = [
    "Exact",
    "acb",
    "arb",
    "arb_rational",
    "as_balls",
    "as_fraction",
    "ball",
    "confidence",
    "dot",
    "entropy",
    "lower_bound",
    "normal_cdf",
    "normal_density",
    "sigmoid",
    "softmax",
    "upper_bound",
]
