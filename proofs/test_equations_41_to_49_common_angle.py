"""Equations 41–49: the common angle −1/(K−1) follows from Σ w_i = 0, and Σ w_i = 0 does not follow from equal angles.

**Claim.** If H ≥ K−1, weights of norm c1 that are "evenly distributed", that is with all angles equal, satisfy
Σ w_i = 0 (41), hence Σ_i w_iᵀa = 0 for every a (42), and expanding ΣΣ w_iᵀw_j = 0 (43–48) gives
cos θ_ij = −1/(K−1) (49).

**Verdict.** Proved under stated hypotheses: (41) must be assumed, it is not implied.

**What is true.** For K vectors of equal norm and equal cosine x, ‖Σ w_i‖² = c1² K (1 + (K−1) x). So, given equal
norms and angles, Σ w_i = 0 iff x = −1/(K−1); and among equal angles it is the largest angle that any K vectors can
have (lemma S). Neither hypothesis implies the other: an orthonormal basis has equal angles, x = 0 and ‖Σ w_i‖² = K;
the square ±e_1, ±e_2 has Σ w_i = 0 and unequal angles. (For K = 2 and 3, equal norms and Σ w_i = 0 do imply equal
angles.)

**Proof.** (43–48) ‖Σ w_i‖² = Σ_j ‖w_j‖² + Σ_{i≠j} w_iᵀw_j = c1² (K + 2 Σ_{i>j} x) = c1² (K + 2 C(K,2) x) =
c1² (K + K(K−1) x), which vanishes at x = −1/(K−1) only. (42) is linear in a. K = 3: w_1 = −(w_2 + w_3) gives
1 = 2 + 2 cos θ_23, so cos θ_23 = −1/2, and so for every pair. ∎

**What the machine checks.** That eqs 45, 46, 47 and 48 are the same expression with K symbolic, its only zero, the
two counterexamples in exact numbers, K = 3 by z3. Second route: the sum of explicit vectors at a free common cosine.

**Sources.** Pearce, Brintrup & Zhu (2021), eqs 41–49.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.exact import integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.structure import simplex_chain, simplex_cosine, simplex_vertices
from softmax_geometry.symbolic.vectors import dot

K = sp.Symbol("K", integer=True, positive=True)
x = sp.Symbol("x", real=True)


def squared_sum(rows):
    total = [sp.Add(*column) for column in zip(*rows, strict=True)]
    return sp.simplify(dot(total, total))


def reduced(expression):
    return sp.expand(sp.combsimp(sp.expand_func(expression.doit())))


@pytest.mark.proves("Equations 41-49")
def test_the_four_forms_are_one_expression_for_every_K():
    closed = sp.expand(K + K * (K - 1) * x)
    assert [sp.simplify(reduced(form) - closed) for form in simplex_chain(K, x)] == [0, 0, 0, 0]


@pytest.mark.proves("Equations 41-49")
def test_common_cosine_is_the_only_zero():
    for form in simplex_chain(K, x):
        (only,) = sp.solve(reduced(form), x)
        assert sp.simplify(only - simplex_cosine(K)) == 0


@pytest.mark.proves("Equations 41-49")
def test_equation_42_for_any_vector():
    a = sp.symbols("a1:5")
    assert sp.simplify(sum(dot(w, a) for w in simplex_vertices(4))) == 0


@pytest.mark.proves("Equations 41-49")
def test_for_three_classes_a_vanishing_sum_implies_equal_angles():
    """g_ij = w_iᵀw_j; Σ_j g_ij = w_iᵀ Σ w_j = 0 for each i."""
    c, g12, g13, g23 = z3.Reals("c g12 g13 g23")
    zero_sum = [c > 0, c + g12 + g13 == 0, g12 + c + g23 == 0, g13 + g23 + c == 0]
    prove(z3.And(2 * g12 == -c, 2 * g13 == -c, 2 * g23 == -c), zero_sum)


@pytest.mark.second_route("Equations 41-49")
@pytest.mark.parametrize("size", range(2, 6))
def test_sum_of_explicit_vectors_at_any_common_cosine(size):
    """e_i + t (1, …, 1) has equal norms and equal cosines for every t; its sum vanishes at the simplex only."""
    t = sp.Symbol("t", real=True)
    rows = [[int(i == h) + t for h in range(size)] for i in range(size)]
    norm, product = dot(rows[0], rows[0]), dot(rows[0], rows[1])
    assert sp.simplify(squared_sum(rows) / norm - simplex_chain(size, product / norm)[-1]) == 0
    (zero,) = set(sp.solve(squared_sum(rows), t))
    assert sp.simplify((product / norm).subs(t, zero)) == simplex_cosine(size)


@pytest.mark.second_route("Equations 41-49")
def test_exact_sums_of_integer_simplices():
    for rows in (integer_simplex(5), integer_simplex(8, H=7)):
        assert squared_sum(rows) == 0


@pytest.mark.twin("Equations 41-49")
def test_twin_equal_angles_imply_a_vanishing_sum():
    basis = [[int(i == h) for h in range(4)] for i in range(4)]
    assert {dot(v, w) for v in basis for w in basis if v is not w} == {0}
    assert squared_sum(basis) == 4 == simplex_chain(4, 0)[-1]


@pytest.mark.twin("Equations 41-49")
def test_twin_a_vanishing_sum_implies_equal_angles_for_four_classes():
    square = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    assert squared_sum(square) == 0
    assert {dot(v, w) for v in square for w in square if v is not w} == {0, -1}
    c, g12, g13, g14, g23, g24, g34 = z3.Reals("c g12 g13 g14 g23 g24 g34")
    rows = [c + g12 + g13 + g14, c + g12 + g23 + g24, c + g13 + g23 + g34, c + g14 + g24 + g34]
    with pytest.raises(RefutedError):
        prove(g12 == g13, [c > 0, *[row == 0 for row in rows]])


@pytest.mark.twin("Equations 41-49")
def test_twin_ordered_pairs_counted_once():
    """K + C(K,2) cos in place of eq 46 would give −2/(K−1)."""
    (only,) = sp.solve(reduced(K + sp.binomial(K, 2) * x), x)
    assert sp.simplify(only - simplex_cosine(K)) != 0
