"""Definition 2: the optimal structure exists iff H ≥ K−1, and never with non-negative features.

**Claim.** Definition 2 calls a structure optimal if (weights) ‖w_i‖ = c1, biases zero, cos θ_ij = −1/(K−1) for all
i ≠ j, and (features) ‖μ_i‖ = c2, μ_i = c3 w_i, Var z ≈ 0.

**Verdict.** Definition. It can be met iff H ≥ K−1. With features that cannot be negative (ReLU, as in all networks of
the paper) it cannot be met at all.

**What is true.** The K×K Gram matrix of such weights is c1² (K I − J)/(K−1), J the matrix of ones. So Σ w_i = 0, the
weights span exactly K−1 dimensions, and Σ_i w_i w_iᵀ = c1² K/(K−1) times the projection on their span: an equiangular
tight frame, whose cosines x_i with any z satisfy Σ x_i = 0 and Σ x_i² ≤ K/(K−1), with equality iff z is in the span.

**Proof.** *Gram matrix.* G_ii = c1², G_ij = −c1²/(K−1). Each row sums to 0, so ‖Σ w_i‖² = Σ G_ij = 0. With A =
K/(K−1) one computes G² = c1² A G; hence G/(c1² A) is a projection, of trace K c1²/(c1² A) = K−1, and the rank of G,
which is the dimension of the span, is K−1 ≤ H. WᵀW has the same non-zero eigenvalues, c1² A, K−1 times. For a unit z,
Σ x_i² = ‖W z‖²/c1² = A ‖P z‖².
*Existence.* w_i = c1 √A (e_i − (1, …, 1)/K) in R^K, which lie in the (K−1)-dimensional space of vectors with sum 0;
Helmert's orthonormal basis of that space writes them in R^{K−1}. For H > K−1 append zeros.
*Non-negative features.* If all entries of all μ_i = c3 w_i are ≥ 0 then c3² w_iᵀw_j = μ_iᵀμ_j ≥ 0, but w_iᵀw_j =
−c1²/(K−1) < 0. ∎

**What the machine checks.** The Gram entries of both constructions, from their coordinates (K = 2 to 6) and with K
symbolic by counting coordinates; G² = A G and the trace with K symbolic; the sign argument (z3). Second route: the
eigenvalues and Σ w wᵀ of explicit matrices. Twins: other cosines, the other structures of fig 5, and signed features.
A person must read: rank = trace of a projection, and that W Wᵀ and WᵀW share non-zero eigenvalues.

**Sources.** Pearce, Brintrup & Zhu (2021), definition 2; Papyan, Han & Donoho (2020) for the name simplex ETF.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.exact import integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.vectors import dot

K = sp.Symbol("K", integer=True, positive=True)
A = K / (K - 1)
cosine = structure.simplex_cosine(K)


def gram(rows):
    return [[sp.nsimplify(sp.simplify(dot(v, w))) for w in rows] for v in rows]


def meets_definition_2(rows):
    G, size = gram(rows), len(rows)
    return all(
        G[i][i] == G[0][0] != 0 and (i == j or G[i][j] == G[0][0] * sp.Rational(-1, size - 1))
        for i in range(size)
        for j in range(size)
    )


@pytest.mark.proves("Definition 2")
@pytest.mark.parametrize("size", range(2, 7))
@pytest.mark.parametrize("build", [structure.simplex_vertices, structure.simplex_coordinates])
def test_both_constructions_have_the_gram_matrix_of_definition_2(build, size):
    rows = build(size)
    exact = [[structure.gram_entry(i, j, size) for j in range(size)] for i in range(size)]
    assert gram(rows) == exact
    assert exact[0][0] == 1
    assert exact[0][1] == structure.simplex_cosine(size) == sp.Rational(-1, size - 1)
    assert all(sp.simplify(sum(column)) == 0 for column in zip(*rows, strict=True))
    assert len(rows[0]) == (size if build is structure.simplex_vertices else size - 1)


@pytest.mark.proves("Definition 2")
def test_vertices_for_every_K_by_counting_coordinates():
    """√A (e_i − 1/K) has one coordinate √A (1 − 1/K) and K−1 coordinates −√A/K."""
    own, other = sp.sqrt(A) * (1 - 1 / K), -sp.sqrt(A) / K
    five = structure.simplex_vertices(5)[1]
    assert [sp.simplify(x - (own if h == 1 else other).subs(K, 5)) for h, x in enumerate(five)] == [0] * 5
    i = sp.Symbol("i", integer=True)
    assert sp.simplify(own**2 + (K - 1) * other**2 - structure.gram_entry(i, i, K)) == 0
    assert sp.simplify(2 * own * other + (K - 2) * other**2 - structure.gram_entry(i, i + 1, K)) == 0
    assert sp.simplify(structure.gram_entry(i, i + 1, K, c1=3) - 9 * cosine) == 0


@pytest.mark.proves("Definition 2")
def test_gram_matrix_is_a_multiple_of_a_projection_of_rank_K_minus_1():
    """The entries of G² are sums over K products: equal or unequal indices are counted."""
    assert sp.simplify(1 + (K - 1) * cosine) == 0  # rows sum to zero
    assert sp.simplify(1 + (K - 1) * cosine**2 - A) == 0  # (G²)_ii = A G_ii
    assert sp.simplify(2 * cosine + (K - 2) * cosine**2 - A * cosine) == 0  # (G²)_ij = A G_ij
    assert sp.simplify(K / A - (K - 1)) == 0  # trace of the projection G/A


@pytest.mark.proves("Definition 2")
def test_non_negative_features_cannot_meet_it():
    """m_h = μ_ih, n_h = μ_jh ≥ 0, product by product; the sum is c3² w_iᵀw_j."""
    m, n, c3, size, inner = z3.Reals("m n c3 K inner")
    prove(m * n >= 0, [m >= 0, n >= 0])
    prove(c3 * c3 * inner < 0, [size >= 2, c3 != 0, (size - 1) * inner == -1])


@pytest.mark.second_route("Definition 2")
@pytest.mark.parametrize("size", range(2, 6))
def test_eigenvalues_and_frame_operator(size):
    G = sp.Matrix(size, size, lambda i, j: structure.gram_entry(i, j, size))
    assert G.eigenvals() == {0: 1, sp.Rational(size, size - 1): size - 1}
    W = sp.Matrix(structure.simplex_coordinates(size))
    assert sp.simplify(W.T * W - sp.Rational(size, size - 1) * sp.eye(size - 1)) == sp.zeros(size - 1)


@pytest.mark.second_route("Definition 2")
def test_integer_structures_meet_it_and_have_entries_of_both_signs():
    for rows in (integer_simplex(3), integer_simplex(4, H=3), integer_simplex(8, H=7)):
        assert meets_definition_2(rows)
        assert all(min(column) < 0 < max(column) for column in zip(*rows, strict=True))


@pytest.mark.twin("Definition 2")
def test_twin_of_the_structures_of_fig_5_only_the_optimal_one_meets_it():
    verdicts = {name: meets_definition_2(rows) for name, rows in structure.named_structures().items()}
    assert verdicts == {"optimal": True, "sandwich": False, "stack": False, "bunched": False, "unequal": False}
    norms = [sp.sqrt(dot(w, w)) for w in structure.named_structures()["unequal"]]
    assert norms == [sp.Rational(1, 2), 1, sp.Rational(3, 2)]
    assert {g for row in gram(structure.named_structures()["sandwich"]) for g in row} == {1, 0, -1}
    stack = structure.named_structures()["stack"]
    assert [sum(column) for column in zip(*stack, strict=True)] == [0, 0]
    assert sp.Matrix(stack).rank() == 1
    bunched = structure.named_structures()["bunched"]
    assert all(dot(w, w) == 1 and w[1] > 0 for w in bunched)


@pytest.mark.twin("Definition 2")
@pytest.mark.parametrize(("wrong", "sign"), [(-1 / K, 1), (-1 / (K - 2), -1)])
def test_twin_another_cosine(wrong, sign):
    """Rows of G would sum to 1 + (K−1) cos: positive at −1/K, so K dimensions are needed; negative at −1/(K−2)."""
    assert sp.simplify(1 + (K - 1) * wrong) != 0
    assert sp.sign((1 + (K - 1) * wrong).subs(K, 5)) == sign


@pytest.mark.twin("Definition 2")
def test_twin_signed_features_can_meet_it():
    m, n = z3.Reals("m n")
    with pytest.raises(RefutedError):
        prove(m * n >= 0, [m >= -1, n >= 0])
