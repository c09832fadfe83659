"""The optimal structure as expressions: the simplex (eqs 41–49), named structures (fig 5) and theorem 3.

The optimal structure (definition 2) is K vectors of equal norm with pairwise cosine −1/(K−1), a regular simplex.
c1 = ‖w_i‖, c2 = ‖μ_i‖, lam is the weight penalty λ of eq 36, and x is the gap l_i − l_j at a class mean.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy import Expr

from softmax_geometry.symbolic.softmax import affine_logits
from softmax_geometry.symbolic.vectors import Rows, Vector, difference, quadratic_form


def simplex_cosine(K: Any) -> Expr:
    """−1/(K−1), the pairwise cosine of the optimal structure (eq 49).

    Examples
    --------
    >>> simplex_cosine(3)
    -1/2
    """
    return -1 / (sp.sympify(K) - 1)


def simplex_chain(K: Any, cosine: Any) -> list[Expr]:
    """‖Σ w_i‖²/c1² as the paper transforms it in eqs 45, 46, 47 and 48, for K unit vectors at one common cosine.

    All four are the same expression, and it is 0 exactly at `simplex_cosine`.

    Examples
    --------
    >>> simplex_chain(sp.Symbol("K"), sp.Symbol("x"))[-1]
    K*x*(K - 1) + K
    """
    K = sp.sympify(K)
    i, j = sp.symbols("i j", integer=True)
    return [
        K + 2 * sp.Sum(cosine, (j, 1, i - 1), (i, 1, K)),
        K + 2 * sp.binomial(K, 2) * cosine,
        K + 2 * sp.factorial(K) / (sp.factorial(2) * sp.factorial(K - 2)) * cosine,
        K + K * (K - 1) * cosine,
    ]


def gram_entry(i: Any, j: Any, K: Any, c1: Any = 1) -> Expr:
    """w_iᵀw_j = c1² (K δ_ij − 1)/(K−1) of the optimal structure; i, j and K may be symbols."""
    return c1**2 * (K * sp.KroneckerDelta(i, j) - 1) / (sp.sympify(K) - 1)


def simplex_vertices(K: int) -> list[list[Expr]]:
    """The optimal structure with c1 = 1 in R^K: w_i = √(K/(K−1)) (e_i − (1/K) Σ e_j).

    Examples
    --------
    >>> simplex_vertices(2)
    [[sqrt(2)/2, -sqrt(2)/2], [-sqrt(2)/2, sqrt(2)/2]]
    """
    scale = sp.sqrt(sp.Rational(K, K - 1))
    return [[scale * (int(i == h) - sp.Rational(1, K)) for h in range(K)] for i in range(K)]


def simplex_coordinates(K: int) -> list[list[Expr]]:
    """The optimal structure with c1 = 1 in R^{K−1}, the smallest space that holds it (Helmert's basis).

    Examples
    --------
    >>> simplex_coordinates(3)
    [[sqrt(3)/2, 1/2], [-sqrt(3)/2, 1/2], [0, -1]]
    """
    scale = sp.sqrt(sp.Rational(K, K - 1))

    def helmert(i: int, h: int) -> Expr:
        height = 1 if i < h else -h if i == h else 0
        return height / sp.sqrt(h * (h + 1))

    return [[scale * helmert(i, h) for h in range(1, K)] for i in range(K)]


def named_structures() -> dict[str, list[list[Expr]]]:
    """Exact weight vectors in H=2, K=3 for the kinds of structure of fig 5, by name.

    The sandwich is printed in proposition 5. The paper gives no numbers for the others: the stack is three
    collinear vectors, the bunched one three vectors within a half plane, the unequal one the optimal directions
    with norms 1/2, 1, 3/2.
    """
    half, root, fifth = sp.Rational(1, 2), sp.sqrt(3) / 2, sp.Rational(1, 5)
    optimal = _exact([[0, 1], [-root, -half], [root, -half]])
    norms = [half, 1, 3 * half]
    return {
        "optimal": optimal,
        "sandwich": _exact([[0, 1], [-1, 0], [1, 0]]),
        "stack": _exact([[0, 1], [0, 0], [0, -1]]),
        "bunched": _exact([[0, 1], [-3 * fifth, 4 * fifth], [3 * fifth, 4 * fifth]]),
        "unequal": [[norm * x for x in w] for norm, w in zip(norms, optimal, strict=True)],
    }


def aligned_gap(c1: Any, c2: Any, K: Any) -> Expr:
    """X = K c1 c2/(K−1), the gap l_i − l_j at μ_i = (c2/c1) w_i; also the largest possible margin (theorem 3.1).

    Examples
    --------
    >>> aligned_gap(1, 1, 2)
    2
    """
    return K * c1 * c2 / (sp.sympify(K) - 1)


def tied_confidence(x: Any, K: Any) -> Expr:
    """1/(1+(K−1)e^{−x}), the confidence when all other logits lie x below the largest."""
    return 1 / (1 + (K - 1) * sp.exp(-sp.sympify(x)))


def tied_loss(x: Any, K: Any) -> Expr:
    """log(1+(K−1)e^{−x}), the cross-entropy −log `tied_confidence`."""
    return sp.log(1 + (K - 1) * sp.exp(-sp.sympify(x)))


def largest_least_confidence(c1: Any, c2: Any, K: Any) -> Expr:
    """Max over ‖w_i‖ ≤ c1, ‖μ_i‖ ≤ c2 of min_i p_i(μ_i), attained by the aligned simplex only (theorem 3.1)."""
    return tied_confidence(aligned_gap(c1, c2, K), K)


def loss_bound(c1: Any, c2: Any, lam: Any, K: Any) -> Expr:
    """G(c1) = log(1+(K−1)e^{−x}) + λ K c1², the regularised loss of the aligned simplex (theorem 3), strictly convex.

    Examples
    --------
    >>> loss_bound(0, 1, sp.Symbol("lam"), sp.Symbol("K"))
    log(K)
    """
    return tied_loss(aligned_gap(c1, c2, K), K) + lam * K * c1**2


def loss_root_equation(c1: Any, c2: Any, lam: Any, K: Any) -> Expr:
    """2λ c1 (e^x + K − 1) − c2, zero exactly at the minimum c1* of `loss_bound` (theorem 3)."""
    return 2 * lam * c1 * (sp.exp(aligned_gap(c1, c2, K)) + K - 1) - c2


def least_loss_gibbs(c1: Any, c2: Any, lam: Any, K: Any) -> Expr:
    """H(q) − (1−P)² c2² K/(4λ(K−1)²) with P = `largest_least_confidence`, the minimum of `loss_bound` at c1 = c1*.

    q puts P on one class and (1−P)/(K−1) on each other. Away from c1* it is a lower bound on the least loss.
    """
    P = largest_least_confidence(c1, c2, K)
    entropy = -P * sp.log(P) - (1 - P) * sp.log((1 - P) / (K - 1))
    return entropy - (1 - P) ** 2 * c2**2 * K / (4 * lam * (K - 1) ** 2)


def feature_penalty_gap(lam1: Any, lam2: Any, K: Any) -> Expr:
    """x* = max(0, log(1/(2√(λ1 λ2)) − K + 1)) under the penalties λ1 Σ‖w_i‖² + λ2 Σ‖μ_i‖² (theorem 3.2).

    Zero, complete collapse, iff 2K √(λ1 λ2) ≥ 1.
    """
    return sp.log(sp.Max(1, 1 / (2 * sp.sqrt(sp.sympify(lam1) * lam2)) - K + 1))


def relu_gap(c1: Any, c2: Any, K: Any) -> Expr:
    """X = c1 c2 √(K/(K−1)), the largest gap when all features are non-negative (theorem 3.3, H ≥ K)."""
    return c1 * c2 * sp.sqrt(K / (sp.sympify(K) - 1))


def relu_loss_bound(c1: Any, c2: Any, lam: Any, K: Any) -> Expr:
    """log(1+(K−1)e^{−x}) + λ K c1² with x = `relu_gap`: orthogonal means, simplex weights (theorem 3.3)."""
    return tied_loss(relu_gap(c1, c2, K), K) + lam * K * c1**2


def relu_cosine(K: Any) -> Expr:
    """cos(w_i, μ_i) = √((K−1)/K) at the optimum with non-negative features (theorem 3.3)."""
    return sp.sqrt((sp.sympify(K) - 1) / K)


def welch_bound(K: Any, H: Any) -> Expr:
    """√((K−H)/(H(K−1))), a lower bound on max |cos| of K > H vectors in R^H (theorem 3.4)."""
    return sp.sqrt((sp.sympify(K) - H) / (H * (K - 1)))


def mean_softmax(weight: Rows, mean: Vector, covariance: Rows, i: int) -> Expr:
    """Eq 38 for E σ(z)_i, z ~ N(μ, Σ): 1/(1 + Σ_{j≠i} exp(−(l_i−l_j)/√(1 + (π/8)(w_iᵀΣw_i + w_jᵀΣw_j)))) at μ.

    An approximation, with the sign put right and μ in place of the printed z; it drops the cross term.
    """
    return _mean_softmax(
        weight, mean, i, lambda a, b: quadratic_form(covariance, a) + quadratic_form(covariance, b), -1
    )


def mean_softmax_printed(weight: Rows, mean: Vector, covariance: Rows, i: int) -> Expr:
    """Eq 38 as printed, with −(w_jᵀz − w_iᵀz) in the exponent: a sign slip, so it falls as l_i grows."""
    return _mean_softmax(weight, mean, i, lambda a, b: quadratic_form(covariance, a) + quadratic_form(covariance, b), 1)


def mean_softmax_full(weight: Rows, mean: Vector, covariance: Rows, i: int) -> Expr:
    """`mean_softmax` with the variance (w_i−w_j)ᵀΣ(w_i−w_j) of the logit difference, cross term included."""
    return _mean_softmax(weight, mean, i, lambda a, b: quadratic_form(covariance, difference(a, b)), -1)


def _mean_softmax(weight: Rows, mean: Vector, i: int, variance: Any, sign: int) -> Expr:
    l = affine_logits(weight, mean)
    others = [j for j in range(len(weight)) if j != i]
    spread = {j: sp.sqrt(1 + sp.pi / 8 * variance(weight[i], weight[j])) for j in others}
    return 1 / (1 + sp.Add(*[sp.exp(sign * (l[i] - l[j]) / spread[j]) for j in others]))


def _exact(rows: Rows) -> list[list[Expr]]:
    return [[sp.sympify(x) for x in row] for row in rows]
