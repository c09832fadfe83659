"""Lemma S: K unit vectors cannot all be further apart than a regular simplex.

**Claim** (ours; the paper cites it before eq 41). For K ≥ 2 unit vectors u_i of any inner product space,
max_{i≠j} u_iᵀu_j ≥ −1/(K−1), with equality iff Σ u_i = 0 and all u_iᵀu_j, i ≠ j, are equal. Equality needs dimension
≥ K−1 and is reached there.

**Verdict.** Proved.

**What is true.** As claimed. So for H ≥ K−1 the structure of definition 2 is the one and only best spherical code.

**Proof.** Let m be the maximum and s = Σ_{i≠j} u_iᵀu_j ≤ K(K−1) m. Then 0 ≤ ‖Σ u_i‖² = K + s ≤ K + K(K−1) m, so
m ≥ −1/(K−1). Equality forces both ≤ to be =, that is Σ u_i = 0 and every u_iᵀu_j = m. Conversely, if all u_iᵀu_j = m
and Σ u_i = 0, then 0 = K + K(K−1) m. The dimension is that of definition 2. ∎

**What the machine checks.** The inequality and the equality case with K symbolic (z3), against `simplex_cosine`.
Second route: for K = 3, from the determinant of a Gram matrix alone. A person must read ‖Σ u_i‖² = K + s.

**Sources.** Rankin (1955); Pearce, Brintrup & Zhu (2021), proof of theorem 3, "spherical codes".
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.polynomials import nonnegative, positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.structure import simplex_chain, simplex_cosine

K, m = sp.symbols("K m")
size, largest, s, total = z3.Reals("K m s total")
SUM_OF_VECTORS = [size >= 2, total >= 0, total == size + s, s <= size * (size - 1) * largest]

x, y, z = z3.Reals("x y z")
GRAM = [x * x <= 1, y * y <= 1, z * z <= 1, 1 + 2 * x * y * z - x * x - y * y - z * z >= 0]  # minors of a Gram matrix


@pytest.mark.proves("Lemma S")
def test_largest_cosine_for_every_K():
    prove(nonnegative(m - simplex_cosine(K)), SUM_OF_VECTORS)


@pytest.mark.proves("Lemma S")
def test_equality_iff_the_sum_vanishes_and_all_cosines_are_equal():
    at_the_bound = (size - 1) * largest == -1
    prove(z3.And(total == 0, s == size * (size - 1) * largest), [*SUM_OF_VECTORS, at_the_bound])
    prove(at_the_bound, [*SUM_OF_VECTORS, total == 0, s == size * (size - 1) * largest])
    assert sp.simplify(simplex_chain(K, simplex_cosine(K))[-1]) == 0


@pytest.mark.second_route("Lemma S")
def test_three_vectors_by_the_determinant_of_their_gram_matrix():
    below = simplex_cosine(3)
    prove(z3.Or(*[nonnegative(sp.Symbol(v.decl().name()) - below) for v in (x, y, z)]), GRAM)
    prove(z3.And(x == y, y == z), [*GRAM, 2 * x <= -1, 2 * y <= -1, 2 * z <= -1])


@pytest.mark.twin("Lemma S")
def test_twin_a_larger_bound():
    with pytest.raises(RefutedError):
        prove(nonnegative(m + 1 / K), SUM_OF_VECTORS)
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Or(3 * x >= -1, 3 * y >= -1, 3 * z >= -1), GRAM)
    assert all(3 * refuted.value.model[name] < -1 for name in "xyz")


@pytest.mark.twin("Lemma S")
def test_twin_strict_inequality():
    with pytest.raises(RefutedError) as refuted:
        prove(positive(m - simplex_cosine(K)), SUM_OF_VECTORS)
    assert refuted.value.model["total"] == 0


@pytest.mark.twin("Lemma S")
def test_twin_without_unit_norms_inner_products_are_unbounded_below():
    """Σ ‖v_i‖² = N in place of K."""
    N = z3.Real("N")
    with pytest.raises(RefutedError):
        prove(
            (size - 1) * largest >= -1,
            [size >= 2, N > 0, total >= 0, total == N + s, s <= size * (size - 1) * largest],
        )
