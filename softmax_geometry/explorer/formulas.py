"""The formulas of the explorer: JavaScript that sympy prints from `softmax_geometry.symbolic`.

Every function takes arrays in which the leading term comes first: logits with the largest first and the second largest
second, means with the nearest first. In that order a sum of exponentials can be taken relative to its largest term, so
no function overflows, and the log-space ones keep their order at any margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic import gradients, regions, softmax
from softmax_geometry.symbolic.vectors import Vector

CLASSES = range(2, 7)
"""The numbers of classes for which formulas are printed; features are in the plane."""

_HELPERS = """\
  const log_or_zero = (x) => (x > 0 ? Math.log(x) : 0);
  const log1p_ratio = (x) => (x > 0 ? Math.log1p(x) / x : 1);
"""
_log_or_zero, _log1p_ratio = sp.Function("log_or_zero"), sp.Function("log1p_ratio")
_T, _spread, _L, _score = sp.symbols("T s L log_score", positive=True)
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
    by_K = {
        "logits": ("w, b, z, T", lambda K: [l / _T for l in softmax.affine_logits(_rows("w", K), _z, _array("b", K))]),
        "softmax": ("l", lambda K: softmax.softmax(_relative(K))),
        "U_max": ("l", lambda K: softmax.U_max(_relative(K), top=0)),
        "U_entropy": ("l", lambda K: softmax.U_entropy(_relative(K)).replace(sp.log, _log_or_zero)),
        "U_cool": ("l", lambda K: softmax.U_cool(_relative(K)).replace(sp.log, _log_or_zero)),
        "U_max_log": ("l", lambda K: _relative_sums(softmax.U_max_log(_array("l", K), top=0), _falling(K))),
        "U_entropy_log": ("l", _entropy_log),
        "U_max_gradient": ("l, w", lambda K: gradients.U_max_gradient(_relative(K), _rows("w", K), top=0)),
        "U_entropy_gradient": ("l, w", lambda K: gradients.U_entropy_gradient(_relative(K), _rows("w", K))),
        "U_max_direction": ("l, w", lambda K: _direction(gradients.U_max_gradient(_relative(K), _rows("w", K), 0), K)),
        "U_entropy_direction": (
            "l, w",
            lambda K: _direction(gradients.U_entropy_gradient(_relative(K), _rows("w", K)), K),
        ),
        "U_density": ("z, m, s", _density),
        "U_density_gradient": ("z, m, s", _density_gradient),
    }
    u, v = _array("u", 2), _array("v", 2)
    t = sp.Symbol("t", positive=True)
    scalar = {
        "margin_from_confidence": ("t", regions.margin_from_confidence(t)),
        "margin_from_log_score": ("log_score", _margin_from_log_score()),
        "confidence_from_margin": ("L", regions.confidence_from_margin(_L)),
        "offset": ("L, u, v", regions.offset(_L, u, v)),
        "width": ("L, u, v", regions.width(_L, u, v)),
    }
    lines = [
        f"    {name}: {{\n" + "".join(f"      {K}: {_function(args, make(K))},\n" for K in CLASSES) + "    },\n"
        for name, (args, make) in by_K.items()
    ]
    lines += [f"    {name}: {_function(args, expression)},\n" for name, (args, expression) in scalar.items()]
    return (
        '"use strict";\nconst formulas = (() => {\n'
        + _HELPERS
        + "  return Object.freeze({\n"
        + "".join(lines)
        + "  });\n})();\n"
    )


def _function(arguments: str, value: Expr | Sequence[Expr]) -> str:
    """A JavaScript arrow function with common subexpressions computed once."""
    many = isinstance(value, list)
    shared, results = sp.cse(value if many else [value], symbols=sp.numbered_symbols("c"), order="none")
    body = "".join(f"const {name} = {_printed(expression)}; " for name, expression in shared)
    printed = ", ".join(map(_printed, results))
    result = f"[{printed}]" if many else printed
    return f"({arguments}) => {{ {body}return {result}; }}"


def _printed(expression: Expr) -> str:
    return sp.jscode(expression, user_functions={"log_or_zero": "log_or_zero", "log1p_ratio": "log1p_ratio"})


def _array(name: str, n: int) -> list[sp.Symbol]:
    return [sp.Symbol(f"{name}[{i}]", real=True) for i in range(n)]


def _rows(name: str, K: int) -> list[list[sp.Symbol]]:
    return [[sp.Symbol(f"{name}[{i}][{h}]", real=True) for h in range(2)] for i in range(K)]


def _relative(K: int) -> list[Expr]:
    """Logits relative to the first, the largest: the softmax does not change under a common shift."""
    l = _array("l", K)
    return [x - l[0] for x in l]


def _falling(K: int) -> dict[sp.Symbol, int]:
    """Logits in the order the formulas expect."""
    return {l: -2 * j for j, l in enumerate(_array("l", K))}


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


def _direction(gradient: Vector, K: int) -> list[Expr]:
    return [_enlarged(component, K) for component in gradient]


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
