"""Exact answers: comparisons of softmaxes of rational logits, majorisation, integer simplices.

No rounding anywhere: rationals are `Fraction`, and exponential sums are compared by Lindemann–Weierstrass
(distinct rational exponents give linearly independent exponentials) with ball arithmetic for the sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from flint import arb, ctx

from numerics.balls import Exact, arb_rational, as_fraction
from softmax_geometry.checks import InputError


def exponential_sum_sign(coefficients: Sequence[Exact], exponents: Sequence[Exact]) -> int:
    """The sign (−1, 0, 1) of Σ c_k e^{q_k} for rational c_k and q_k: always decided.

    The sum is zero only if the coefficients of equal exponents cancel (Lindemann–Weierstrass); otherwise
    precision is doubled until the ball excludes zero.

    Raises
    ------
    InputError
        If the lengths differ or an entry is not an exact rational.

    Examples
    --------
    >>> exponential_sum_sign([1, -2, 1], ["1/2", 0, "-1/2"])  # e^½ + e^−½ > 2
    1
    >>> exponential_sum_sign([1, -1], ["1/2", "2/4"])
    0
    """
    if len(coefficients) != len(exponents):
        raise InputError(f"exponents: expected {len(coefficients)} entries, got {len(exponents)}")
    terms: dict[Fraction, Fraction] = {}
    for coefficient, exponent in zip(coefficients, exponents, strict=True):
        q = as_fraction(exponent, "exponents")
        terms[q] = terms.get(q, Fraction(0)) + as_fraction(coefficient, "coefficients")
    terms = {q: c for q, c in terms.items() if c}
    if not terms:
        return 0
    largest, bits = max(terms), 64
    while True:
        with ctx.workprec(bits):
            total = sum((arb_rational(c) * arb_rational(q - largest).exp() for q, c in terms.items()), arb(0))
            if total > 0 or total < 0:
                return 1 if total > 0 else -1
        bits *= 2


def compare_confidence(l: Sequence[Exact], m: Sequence[Exact]) -> int:
    """The sign of max σ(l) − max σ(m) for rational logits, exactly: 1 if l is the more confident.

    Raises
    ------
    InputError
        If a logit is not an exact rational.

    Examples
    --------
    >>> compare_confidence([3, 3, -6], [2, -1, -1])  # larger max cos, smaller confidence
    -1
    >>> compare_confidence([0, 1], [4, 5])
    0
    """
    l, m = as_fractions(l), as_fractions(m)
    odds_l, odds_m = [x - max(l) for x in l], [x - max(m) for x in m]
    return exponential_sum_sign([1] * len(m) + [-1] * len(l), odds_m + odds_l)


def majorises(p: Sequence[Exact], q: Sequence[Exact]) -> bool:
    """Whether p ≻ q: equal sums, and every sum of the k largest entries of p is at least that of q.

    Then every Schur-concave uncertainty is at least as high at q as at p. The shorter is padded with zeros.

    Raises
    ------
    InputError
        If an entry is not an exact rational.

    Examples
    --------
    >>> majorises([1, 2], ["7/5", "8/5"]), majorises(["7/5", "8/5"], [1, 2])
    (True, False)
    """
    size = max(len(p), len(q))
    first = sorted([*as_fractions(p), *[Fraction(0)] * (size - len(p))], reverse=True)
    second = sorted([*as_fractions(q), *[Fraction(0)] * (size - len(q))], reverse=True)
    return sum(first) == sum(second) and all(a >= b for a, b in zip(accumulate(first), accumulate(second), strict=True))


def as_fractions(values: Sequence[Exact]) -> list[Fraction]:
    """Exact rationals from ints, Fractions and strings.

    Raises
    ------
    InputError
        If an entry is anything else.
    """
    return [as_fraction(value, f"entry {i}") for i, value in enumerate(values)]


def integer_simplex(K: int, H: int | None = None) -> list[tuple[int, ...]]:
    """K integer vectors of equal norm with pairwise cosine −1/(K−1): an ETF in exact arithmetic.

    In H = K dimensions (the default) they are K e_i − (1, …, 1). In H = K − 1 dimensions they are the rows of
    a Hadamard matrix without its constant column, here for K a power of two.

    Raises
    ------
    InputError
        If K < 2, or H is neither K nor (for K a power of two) K − 1.

    Examples
    --------
    >>> integer_simplex(3)
    [(2, -1, -1), (-1, 2, -1), (-1, -1, 2)]
    >>> integer_simplex(4, H=3)
    [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    """
    if K < 2:
        raise InputError(f"K: expected at least 2 classes, got {K}")
    if H is None or H == K:
        return [tuple(K - 1 if i == j else -1 for j in range(K)) for i in range(K)]
    if H != K - 1 or K & (K - 1):
        raise InputError(f"H: expected K = {K}, or K − 1 with K a power of two, got H = {H}")
    rows = [tuple((-1) ** (i & j).bit_count() for j in range(1, K)) for i in range(K)]
    return sorted(rows, reverse=True)
