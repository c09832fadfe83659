"""The formulas of the explorer: JavaScript that sympy prints from `softmax_geometry.symbolic`.

Every function takes arrays in which the leading term comes first: logits with the largest first and the second largest
second, means with the nearest first. In that order a sum of exponentials can be taken relative to its largest term, so
no function overflows, and the log-space ones keep their order at any margin.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic import gradients, regions, softmax

CLASSES = range(2, 7)
"""The numbers of classes for which formulas are printed; features are in the plane."""

_HELPERS = (
    "  const log_or_zero = (x) => (x > 0 ? Math.log(x) : 0);",
    "  const log1p_ratio = (x) => (x > 0 ? Math.log1p(x) / x : 1);",
    "  const square = (x) => x * x;",
)
_log_or_zero, _log1p_ratio, _square = _own = sp.symbols("log_or_zero log1p_ratio square", cls=sp.Function)
_T, _spread, _L, _t = sp.symbols("T s L t", positive=True)
_score = sp.Symbol("log_score", negative=True)
_z = [sp.Symbol(f"z[{h}]", real=True) for h in range(2)]


@cache
def formulas_javascript() -> str:
    """JavaScript of one object `formulas`, such as `formulas.U_max_log[3]([2.5, 1, -1])`.

    Those that depend on the number of classes are indexed by K = 2 … 6: `logits`(w, b, z, T), `softmax`(l),
    `U_max`(l), `U_entropy`(l), `U_cool`(l), `U_max_log`(l), `U_entropy_log`(l), `U_max_gradient`(l, w),
    `U_entropy_gradient`(l, w), `U_max_direction`(l, w), `U_entropy_direction`(l, w), `U_density`(z, m, s) and
    `U_density_gradient`(z, m, s). A direction is the gradient times a positive number, so chosen that it does not
    underflow; m are the class means and s the one standard deviation of all classes. The others are
    `margin_from_confidence`(t), `margin_from_log_score`(log_score), `confidence_from_margin`(L), `offset`(L, u, v) and
    `width`(L, u, v).

    Examples
    --------
    >>> "confidence_from_margin: (L) => " in formulas_javascript()
    True
    """
    by_K = {K: {name: _function(*formula) for name, formula in _of_classes(K).items()} for K in CLASSES}
    lines = []
    for name in by_K[CLASSES[0]]:
        lines += [f"    {name}: {{", *[f"      {K}: {functions[name]}," for K, functions in by_K.items()], "    },"]
    lines += [f"    {name}: {_function(*formula)}," for name, formula in _without_classes().items()]
    opening = ['"use strict";', "const formulas = (() => {", *_HELPERS, "  return Object.freeze({"]
    return "\n".join([*opening, *lines, "  });", "})();", ""])


def _of_classes(K: int) -> dict[str, tuple[str, Expr | list[Expr]]]:
    """Arguments and value of each formula that depends on the number of classes."""
    l, w, b = _relative(K), _rows("w", K), _array("b", K)
    by_max, by_entropy = gradients.U_max_gradient(l, w, top=0), gradients.U_entropy_gradient(l, w)
    falling = {x: -2 * j for j, x in enumerate(_array("l", K))}
    return {
        "logits": ("w, b, z, T", [x / _T for x in softmax.affine_logits(w, _z, b)]),
        "softmax": ("l", softmax.softmax(l)),
        "U_max": ("l", softmax.U_max(l, top=0)),
        "U_entropy": ("l", softmax.U_entropy(l).replace(sp.log, _log_or_zero)),
        "U_cool": ("l", softmax.U_cool(l).replace(sp.log, _log_or_zero)),
        "U_max_log": ("l", _relative_sums(softmax.U_max_log(l, top=0), falling)),
        "U_entropy_log": ("l", _entropy_log(K)),
        "U_max_gradient": ("l, w", by_max),
        "U_entropy_gradient": ("l, w", by_entropy),
        "U_max_direction": ("l, w", [_enlarged(component, K) for component in by_max]),
        "U_entropy_direction": ("l, w", [_enlarged(component, K) for component in by_entropy]),
        "U_density": ("z, m, s", _density(K)),
        "U_density_gradient": ("z, m, s", _density_gradient(K)),
    }


def _without_classes() -> dict[str, tuple[str, Expr]]:
    u, v = _array("u", 2), _array("v", 2)
    return {
        "margin_from_confidence": ("t", regions.margin_from_confidence(_t)),
        "margin_from_log_score": ("log_score", _margin_from_log_score()),
        "confidence_from_margin": ("L", regions.confidence_from_margin(_L)),
        "offset": ("L, u, v", regions.offset(_L, u, v)),
        "width": ("L, u, v", regions.width(_L, u, v)),
    }


def _function(arguments: str, value: Expr | list[Expr]) -> str:
    """A JavaScript arrow function with common subexpressions computed once."""
    many = isinstance(value, list)
    shared, results = sp.cse(value if many else [value], symbols=sp.numbered_symbols("c"), order="none")
    body = "".join(f"const {name} = {_printed(expression)}; " for name, expression in shared)
    printed = ", ".join(map(_printed, results))
    result = f"[{printed}]" if many else printed
    return f"({arguments}) => {{ {body}return {result}; }}"


def _printed(expression: Expr) -> str:
    squared = expression.replace(lambda e: e.is_Pow and e.exp == 2, lambda e: _square(e.base))
    return sp.jscode(squared, user_functions={str(function): str(function) for function in _own})


def _array(name: str, n: int) -> list[sp.Symbol]:
    return [sp.Symbol(f"{name}[{i}]", real=True) for i in range(n)]


def _rows(name: str, K: int) -> list[list[sp.Symbol]]:
    return [[sp.Symbol(f"{name}[{i}][{h}]", real=True) for h in range(2)] for i in range(K)]


def _relative(K: int) -> list[Expr]:
    """Logits relative to the first, the largest: the softmax does not change under a common shift."""
    l = _array("l", K)
    return [x - l[0] for x in l]


def _relative_sums(expression: Expr, sample: dict[sp.Symbol, Any]) -> Expr:
    """Replace log Σ t_j by log t_1 + log Σ t_j/t_1, t_1 the largest term at the sample point."""

    def relative(log: Expr) -> Expr:
        terms = log.args[0].args
        leading = max(terms, key=lambda term: term.evalf(subs=sample))
        return sp.expand_log(sp.log(leading), force=True) + sp.log(sp.Add(*[_joined(term / leading) for term in terms]))

    return expression.replace(lambda e: isinstance(e, sp.log) and e.args[0].is_Add, relative)


def _entropy_log(K: int) -> Expr:
    """Log H with the factor e^{l_2 − l_1} of H taken out of the logarithm.

    H is log Σ e^{l_j} − Σ σ_j l_j, logits relative to the largest; its first part is log(1 + x) with small x.
    """
    l = _relative(K)
    others, log_total = [sp.exp(x) for x in l[1:]], sp.Symbol("log_total")
    entropy = sp.expand_log(softmax.U_entropy(l), force=True).subs(sp.log(1 + sp.Add(*others)), log_total)
    assert sp.simplify(entropy.diff(log_total)) == 1  # Σ σ_j
    log_part = sp.Add(*[_enlarged(x, K) for x in others]) * _log1p_ratio(sp.Add(*others))
    return l[1] + sp.log(log_part + _enlarged(entropy.subs(log_total, 0), K))


def _enlarged(expression: Expr, K: int) -> Expr:
    """The expression, all of whose terms hold a factor e^{l_j − l_1} with j ≥ 2, times e^{l_1 − l_2}."""
    if expression.is_Add:
        return sp.Add(*[_enlarged(term, K) for term in expression.args])
    factors = sp.Mul.make_args(expression)
    if any(isinstance(factor, sp.exp) for factor in factors):
        l = _array("l", K)
        return _joined(expression * sp.exp(l[0] - l[1]))
    small = next(factor for factor in factors if factor.is_Add and factor.has(sp.exp))
    return expression / small * _enlarged(small, K)


def _joined(product: Expr) -> Expr:
    """A product with its exponentials joined into one, e^a e^b → e^{a+b}, so that none overflows alone."""
    exponents = [factor.args[0] for factor in sp.Mul.make_args(product) if isinstance(factor, sp.exp)]
    rest = [factor for factor in sp.Mul.make_args(product) if not isinstance(factor, sp.exp)]
    return sp.Mul(*rest) * sp.exp(sp.Add(*exponents))


def _gaussians(K: int) -> tuple[list[list[sp.Symbol]], list[list[list[Expr]]], list[Expr]]:
    """Class Gaussians of one standard deviation in both directions, with equal priors."""
    covariance = [[_spread**2, sp.Integer(0)], [sp.Integer(0), _spread**2]]
    return _rows("m", K), [covariance] * K, [sp.Rational(1, K)] * K


def _density(K: int) -> Expr:
    """U_density relative to the first component, which is the nearest."""
    means, covariances, priors = _gaussians(K)
    at_distances = {m: 2 * i for i, row in enumerate(means) for m in row}
    return _relative_sums(
        softmax.U_density(_z, means, covariances, priors), at_distances | dict.fromkeys([*_z, _spread], 1)
    )


def _density_gradient(K: int) -> list[Expr]:
    """∂U_density/∂z with the densities relative to the first, the nearest."""
    means, covariances, priors = _gaussians(K)
    terms = softmax.weighted_densities(_z, means, covariances, priors)
    relative_total = sp.Add(*[_joined(term / terms[0]) for term in terms])
    gradient = gradients.U_density_gradient(_z, means, covariances, priors)
    return [
        sp.Add(*[_joined(term) for term in component.subs(sp.Add(*terms), terms[0] * relative_total).args])
        for component in gradient
    ]


def _margin_from_log_score() -> Expr:
    """L of the confidence t = 1 − e^score, without the cancellation in 1 − t."""
    return sp.expand_log(regions.margin_from_confidence(1 - sp.exp(_score)), force=True)
