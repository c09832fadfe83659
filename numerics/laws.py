"""Laws on finitely many outcomes with rational probabilities: quantiles, AUROC and total variation, exactly.

A law is a mapping from outcomes to probabilities. Scores are uncertainties: higher means more OOD, and OOD is
the positive class.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from numerics.balls import Exact, as_fraction
from softmax_geometry.checks import InputError

Law: TypeAlias = Mapping[Any, Fraction]


def as_law(probabilities: Mapping[Any, Exact]) -> dict[Any, Fraction]:
    """Return a law with exact probabilities, its atoms of mass zero left out.

    Raises
    ------
    InputError
        If a probability is not an exact rational ≥ 0, or they do not sum to one.

    Examples
    --------
    >>> as_law({"a": "1/3", "b": "2/3", "c": 0})
    {'a': Fraction(1, 3), 'b': Fraction(2, 3)}
    """
    law = {x: as_fraction(p, f"probability of {x!r}") for x, p in probabilities.items()}
    if any(p < 0 for p in law.values()) or sum(law.values()) != 1:
        raise InputError(f"law: expected probabilities ≥ 0 that sum to 1, got the sum {sum(law.values())}")
    return {x: p for x, p in law.items() if p}


def uniform(*outcomes: Hashable) -> dict[Any, Fraction]:
    """The law that gives each listed outcome the same mass (repeated outcomes add up).

    Raises
    ------
    InputError
        If no outcome is given.

    Examples
    --------
    >>> uniform(0, 0, 1)
    {0: Fraction(2, 3), 1: Fraction(1, 3)}
    """
    if not outcomes:
        raise InputError("outcomes: expected at least one, got none")
    law: dict[Any, Fraction] = {}
    for x in outcomes:
        law[x] = law.get(x, Fraction(0)) + Fraction(1, len(outcomes))
    return law


def image(law: Law, score: Callable[[Any], Any]) -> dict[Any, Fraction]:
    """The law of score(x) when x follows `law`.

    Examples
    --------
    >>> image(uniform(-1, 0, 1), abs)
    {1: Fraction(2, 3), 0: Fraction(1, 3)}
    """
    result: dict[Any, Fraction] = {}
    for x, p in law.items():
        result[score(x)] = result.get(score(x), Fraction(0)) + p
    return result


def probability(law: Law, event: Callable[[Any], bool]) -> Fraction:
    """P(event(x)).

    Examples
    --------
    >>> probability(uniform(1, 2, 3), lambda u: u < 3)
    Fraction(2, 3)
    """
    return sum((p for x, p in law.items() if event(x)), Fraction(0))


def threshold(scores: Law, epsilon: Exact) -> Any:
    """τ = max{u : P(U < u) ≤ 1 − ε}: the valid region of definition 1 is {U > τ} (theorem 1.0).

    `scores` is the in-distribution law of U. The maximum over all reals is attained at an atom.

    Raises
    ------
    InputError
        If ε is not strictly between 0 and 1.

    Examples
    --------
    >>> threshold(uniform(1, 2, 3, 4), "1/4")
    4
    """
    level = as_fraction(epsilon, "epsilon")
    if not 0 < level < 1:
        raise InputError(f"epsilon: expected a number in (0, 1), got {epsilon!r}")
    below = Fraction(0)
    for u in sorted(scores):
        below += scores[u]
        if below > 1 - level:
            return u
    raise InputError("scores: expected probabilities that sum to 1")


def auroc(scores_in: Law, scores_out: Law) -> Fraction:
    """P(U_in < U_out) + P(U_in = U_out)/2 for independent scores.

    Examples
    --------
    >>> auroc(uniform(0, 1), uniform(1, 2))
    Fraction(7, 8)
    """
    half = Fraction(1, 2)
    pairs = ((p * q, (u < v) + half * (u == v)) for u, p in scores_in.items() for v, q in scores_out.items())
    return sum((mass * wins for mass, wins in pairs), Fraction(0))


def best_auroc(law_in: Law, law_out: Law) -> Fraction:
    """A*, the largest AUROC of any score: that of the likelihood ratio p_out/p_in (theorem 7.1).

    Examples
    --------
    >>> best_auroc(uniform("a", "b"), uniform("b", "c"))
    Fraction(7, 8)
    """

    def out_share(x: Any) -> Fraction:
        p, q = law_in.get(x, Fraction(0)), law_out.get(x, Fraction(0))
        return q / (p + q)

    return auroc(image(law_in, out_share), image(law_out, out_share))


def total_variation(p: Law, q: Law) -> Fraction:
    """TV(p, q) = ½ Σ |p(x) − q(x)|.

    Examples
    --------
    >>> total_variation(uniform("a", "b"), uniform("b", "c"))
    Fraction(1, 2)
    """
    zero = Fraction(0)
    return sum((abs(p.get(x, zero) - q.get(x, zero)) for x in {**p, **q}), zero) / 2
