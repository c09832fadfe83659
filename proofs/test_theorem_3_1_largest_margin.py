"""Theorem 3.1: the aligned simplex has the largest least margin and the largest least confidence.

**Claim** (ours; the precise form of "as far as possible from each other", section 4.1). Let H ≥ K−1, ‖w_i‖ ≤ c1,
‖μ_i‖ ≤ c2, biases free, and m_ij = (w_i − w_j)ᵀμ_i + b_i − b_j. Then min_{i≠j} m_ij ≤ K c1 c2/(K−1) and
min_i σ(μ_i)_i ≤ 1/(1 + (K−1) e^{−K c1 c2/(K−1)}), each with equality iff the w_i are an optimal structure of norm c1,
μ_i = (c2/c1) w_i, and all biases are equal.

**Verdict.** Proved.

**What is true.** As claimed; tight for every K ≥ 2.

**Proof.** The minimum is at most the mean over the K(K−1) pairs. In it biases cancel, and it is X/(K−1) with
X = Σ (w_i − w̄)ᵀμ_i. For c1 = c2 = 1 (scale w and μ)

    2 (K − X) = Σ ‖w_i − w̄ − μ_i‖² + (K − Σ‖w_i‖²) + (K − Σ‖μ_i‖²) + K ‖w̄‖²,

a sum of terms ≥ 0. So X ≤ K c1 c2. Confidence: σ(μ_i)_i = 1/(1 + Σ_{j≠i} e^{−m_ij}) ≤ 1/(1 + (K−1) e^{−mean_j m_ij})
by convexity of exp, and mean_j m_ij, averaged over i, is X/(K−1). *Equality* forces w̄ = 0, μ_i = (c2/c1) w_i, ‖w_i‖
= c1, and all m_ij equal (in the second case because the tangent inequality is strict): (c2/c1) w_iᵀ(w_i − w_j) + b_i
− b_j is one constant. Adding i and j exchanged, all ‖w_i − w_j‖ are equal; with w̄ = 0 that is the optimal structure,
and then b_i = b_j (theorem 3, step 6). Conversely its margins are (c2/c1)(c1² + c1²/(K−1)). ∎

**What the machine checks.** The mean of the margins from its sums with K symbolic; the margins of the simplex against
`aligned_gap`; both inequalities by z3 with K symbolic. Second route: the sum of squares above, in coordinates, which
proves the bound without Cauchy–Schwarz. A person must read the equality case.

**Sources.** Compare maximum-margin results for neural collapse, such as E & Wojtowytsch (2022).
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.exact import integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.vectors import difference, dot, squared_norm

K, c1, c2 = sp.symbols("K c1 c2", positive=True)
gap = structure.aligned_gap(c1, c2, K)


def squares(size, W, M, w_bar):
    """Twice the slack of X ≤ K at c1 = c2 = 1."""
    return (
        sp.Add(*[squared_norm(difference(difference(w, w_bar), mu)) for w, mu in zip(W, M, strict=True)])
        + (size - sp.Add(*map(squared_norm, W)))
        + (size - sp.Add(*map(squared_norm, M)))
        + size * squared_norm(w_bar)
    )


@pytest.mark.proves("Theorem 3.1")
def test_mean_margin_for_every_K():
    """Σ_{i≠j} m_ij from own = Σ w_iᵀμ_i and cross = w̄ᵀ Σ μ_i; each b_i enters K−1 times with either sign."""
    own, cross, bias = sp.symbols("own cross bias")
    total = (K - 1) * own - (K * cross - own) + (K - 1) * bias - (K - 1) * bias
    assert sp.simplify(total / (K * (K - 1)) - (own - cross) / (K - 1)) == 0


@pytest.mark.proves("Theorem 3.1")
def test_bound_for_every_K():
    """X² ≤ S M, S ≤ K c1², M ≤ K c2² give X ≤ K c1 c2; and least ≤ mean = X/(K−1)."""
    size, X, S, M, a, b, least = z3.Reals("K X S M c1 c2 least")
    prove(
        size * a * b >= X,
        [size >= 2, a > 0, b > 0, S >= 0, M >= 0, X * X <= S * M, (size * a * b) * (size * a * b) >= S * M],
    )
    prove((size - 1) * least <= size * a * b, [size >= 2, (size - 1) * least <= X, size * a * b >= X])
    assert sp.simplify(gap * (K - 1) - K * c1 * c2) == 0


@pytest.mark.proves("Theorem 3.1")
def test_the_aligned_simplex_attains_both():
    i = sp.Symbol("i", integer=True)
    margin = c2 / c1 * (structure.gram_entry(i, i, K, c1) - structure.gram_entry(i, i + 1, K, c1))
    assert sp.simplify(margin - gap) == 0
    confidence = 1 / (1 + (K - 1) * sp.exp(-margin))
    assert sp.simplify(confidence - structure.largest_least_confidence(c1, c2, K)) == 0


@pytest.mark.proves("Theorem 3.1")
def test_confidence_by_tangents_for_every_K():
    """E = Σ_{j≠i} e^{−m_ij} ≥ (K−1) B, B = e^{−mean}: one tangent for each j, whose slopes cancel."""
    size, E, B, U = z3.Reals("K E B U")
    prove(1 + (size - 1) * B <= 1 + E, [size >= 2, B > 0, U == 0, B * (size - 1 + U) <= E])


@pytest.mark.second_route("Theorem 3.1")
@pytest.mark.parametrize(("size", "width"), [(2, 3), (3, 2), (4, 3)])
def test_bound_as_a_sum_of_squares(size, width):
    W, M = ([sp.symbols(f"{name}{i}_1:{width + 1}") for i in range(size)] for name in ("w", "m"))
    w_bar = [sp.Add(*column) / size for column in zip(*W, strict=True)]
    X = sp.Add(*[dot(difference(w, w_bar), mu) for w, mu in zip(W, M, strict=True)])
    assert sp.expand(2 * (size - X) - squares(size, W, M, w_bar)) == 0


@pytest.mark.second_route("Theorem 3.1")
def test_exact_margins_of_an_integer_simplex_and_of_the_square():
    W = integer_simplex(4, H=3)
    assert {dot(difference(v, w), v) for v in W for w in W if v != w} == {4} == {structure.aligned_gap(1, 3, 4)}
    square = [(1, 0), (-1, 0), (0, 1), (0, -1)]
    least = min(dot(difference(v, w), v) for v in square for w in square if v != w)
    assert least == 1 < structure.aligned_gap(1, 1, 4)


@pytest.mark.twin("Theorem 3.1")
def test_twin_a_smaller_bound_is_broken_by_the_simplex():
    size, X, a, b, least = z3.Reals("K X c1 c2 least")
    with pytest.raises(RefutedError):
        prove(least <= a * b, [size >= 2, a > 0, b > 0, (size - 1) * least <= X, size * a * b >= X])


@pytest.mark.twin("Theorem 3.1")
def test_twin_without_centring_the_identity_fails():
    """Σ w_iᵀμ_i in place of X: K − Σ w_iᵀμ_i is not the sum of squares when w̄ ≠ 0."""
    W, M = [(1, 0), (1, 0)], [(1, 0), (1, 0)]
    slack = 2 * (2 - sum(dot(w, mu) for w, mu in zip(W, M, strict=True)))
    assert squares(2, W, M, (1, 0)) != slack == 0


@pytest.mark.twin("Theorem 3.1")
def test_twin_a_concave_exponential():
    size, E, B, U = z3.Reals("K E B U")
    with pytest.raises(RefutedError):
        prove(1 + (size - 1) * B <= 1 + E, [size >= 2, B > 0, U == 0, E > 0, B * (size - 1 + U) >= E])
