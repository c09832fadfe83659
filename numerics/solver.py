"""Polynomial claims over the reals or integers, decided by z3: a proof, or a countermodel in exact numbers.

A claim is proved when its negation is unsatisfiable together with the assumptions. The assumptions must be
shown to be satisfiable too, since contradictory ones prove everything.

Write K as `z3.Real("K")` with K ≥ 2 where the claim allows it: real arithmetic is decidable, integer
arithmetic with products is not. Multiply denominators out: z3 lets x/0 be any number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import z3

from softmax_geometry.checks import InputError

Model: TypeAlias = dict[str, Fraction | bool | str]


class RefutedError(AssertionError):
    """A claim that is false; `model` holds exact values of the variables at which it was seen to fail."""

    def __init__(self, claim: Any, model: Model) -> None:
        values = ", ".join(f"{name} = {value}" for name, value in sorted(model.items()))
        super().__init__(f"{claim} is false at {values}")
        self.model = model


class UndecidedError(RuntimeError):
    """z3 stopped without an answer; the message says why."""


def prove(claim: Any, assumptions: Sequence[Any] = (), *, timeout: float = 60) -> None:
    """Return if the assumptions imply the claim for every value of the variables; raise otherwise.

    Parameters
    ----------
    claim : z3 formula
        Polynomial (in)equalities and logical connectives over `z3.Real`, `z3.Int`, `z3.Bool`.
    assumptions : sequence of z3 formulas
        Taken together.
    timeout : float
        Seconds for each of the two questions put to z3.

    Raises
    ------
    RefutedError
        If the claim is false; its `model` is a countermodel.
    UndecidedError
        If z3 gives up or runs out of time.
    InputError
        If the assumptions contradict each other, which would make any claim hold vacuously.

    Examples
    --------
    >>> x, y = z3.Reals("x y")
    >>> prove(x * x + y * y >= 2 * x * y)
    >>> prove(x * y > 0, [x > 0])
    Traceback (most recent call last):
    numerics.solver.RefutedError: x*y > 0 is false at x = 1, y = 0
    """
    model = _model([z3.Not(claim), *assumptions], timeout)
    if model is not None:
        raise RefutedError(claim, model)
    if assumptions and _model(assumptions, timeout) is None:
        raise InputError(f"assumptions: expected a consistent list, got the contradiction {list(assumptions)}")


def find_model(conditions: Sequence[Any], *, timeout: float = 60) -> Model:
    """Exact values of the variables that meet all conditions.

    Integers and rationals come as `Fraction`, booleans as `bool`, algebraic irrationals as z3's text.

    Raises
    ------
    UndecidedError
        If z3 gives up or runs out of time.
    InputError
        If no values meet the conditions.

    Examples
    --------
    >>> x = z3.Real("x")
    >>> find_model([3 * x == 1])
    {'x': Fraction(1, 3)}
    """
    model = _model(conditions, timeout)
    if model is None:
        raise InputError(f"conditions: expected a consistent list, got a contradiction, {list(conditions)}")
    return model


def _model(conditions: Sequence[Any], timeout: float) -> Model | None:
    """A checked model of the conditions, None if they contradict each other."""
    solver = z3.Solver()
    solver.set("timeout", round(1000 * timeout))
    solver.add(*conditions)
    answer = solver.check()
    if answer == z3.unsat:
        return None
    if answer == z3.unknown:
        raise UndecidedError(f"z3 did not decide {list(conditions)}: {solver.reason_unknown()}")
    model = solver.model()
    for condition in conditions:
        if not z3.is_true(model.eval(condition, model_completion=True)):
            raise UndecidedError(f"z3's model {model} does not confirm {condition}")
    return {variable.name(): _exact(model[variable]) for variable in model.decls() if variable.arity() == 0}


def _exact(value: Any) -> Fraction | bool | str:
    if z3.is_rational_value(value) or z3.is_int_value(value):
        return Fraction(str(value.as_fraction() if z3.is_rational_value(value) else value.as_long()))
    if z3.is_true(value) or z3.is_false(value):
        return z3.is_true(value)
    return str(value)
