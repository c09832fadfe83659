"""Lemma W (Welch): more directions than dimensions cannot all be nearly orthogonal.

**Claim** (ours). K > H unit vectors of R^H have max_{i≠j} |u_iᵀu_j| ≥ √((K−H)/(H(K−1))), with equality iff all
|u_iᵀu_j| are equal and Σ u_i u_iᵀ = (K/H) I: an equiangular tight frame.

**Verdict.** Proved.

**What is true.** As claimed. At K = H+1 the bound is 1/(K−1), reached by the optimal structure; for some (K, H) no
equiangular tight frame exists, and the bound is not attained.

**Proof.** Let G be the Gram matrix and T = Σ u_i u_iᵀ, of trace K. Then Σ_ij (u_iᵀu_j)² = ‖T‖_F² =
‖T − (K/H) I‖_F² + K²/H, since tr T = K. With c = max |u_iᵀu_j| the left side is ≤ K + K(K−1)c². So
K + K(K−1)c² ≥ K²/H, which is the bound; equality iff both ≤ are equalities. ∎

**What the machine checks.** The conclusion and its equality case with K and H symbolic (z3), against `welch_bound`;
the identity in coordinates (sympy). Second routes: K = 3 in the plane from a Gram determinant that vanishes; the
simplex.

**Sources.** Welch (1974), Lower bounds on the maximum cross correlation of signals.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.polynomials import nonnegative, positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.structure import simplex_cosine, welch_bound
from softmax_geometry.symbolic.vectors import dot

K, H, c = sp.symbols("K H c", positive=True)
squared_bound = sp.simplify(welch_bound(K, H) ** 2)
size, width, cosine, excess, squares = z3.Reals("K H c excess squares")
FRAME = [
    *(width >= 1, size > width, size >= 2, cosine >= 0, excess >= 0),
    width * squares == width * excess + size * size,
    squares <= size + size * (size - 1) * cosine * cosine,
]


@pytest.mark.proves("Lemma W")
def test_bound_for_every_K_and_H():
    prove(nonnegative(c**2 - squared_bound), FRAME)


@pytest.mark.proves("Lemma W")
def test_equality_iff_tight_and_equiangular():
    at_the_bound = [*FRAME, z3.Not(positive(c**2 - squared_bound))]
    prove(z3.And(excess == 0, squares == size + size * (size - 1) * cosine * cosine), at_the_bound)


@pytest.mark.proves("Lemma W")
def test_sum_of_squares_of_inner_products():
    """For any three vectors in the plane, t = Σ‖u_i‖²: Σ (u_iᵀu_j)² = ‖T − (t/2) I‖² + t²/2."""
    U = sp.Matrix(3, 2, sp.symbols("u1:7"))
    T, t = U.T * U, (U.T * U).trace()
    left = sum(dot(U.row(i), U.row(j)) ** 2 for i in range(3) for j in range(3))
    rest = T - sp.eye(2) * t / 2
    assert sp.expand(left - sum(entry**2 for entry in rest) - t**2 / 2) == 0


@pytest.mark.second_route("Lemma W")
def test_three_directions_of_the_plane_by_a_vanishing_determinant():
    x, y, z = z3.Reals("x y z")
    planar = [x * x <= 1, y * y <= 1, z * z <= 1, 1 + 2 * x * y * z - x * x - y * y - z * z == 0]
    assert welch_bound(3, 2) == sp.Rational(1, 2)
    prove(z3.Or(4 * x * x >= 1, 4 * y * y >= 1, 4 * z * z >= 1), planar)
    with pytest.raises(RefutedError):
        prove(z3.Or(3 * x * x >= 1, 3 * y * y >= 1, 3 * z * z >= 1), planar)


@pytest.mark.second_route("Lemma W")
def test_special_cases():
    assert sp.simplify(welch_bound(K, K - 1) ** 2 - simplex_cosine(K) ** 2) == 0
    assert welch_bound(5, 1) == 1
    assert welch_bound(7, 7) == 0


@pytest.mark.twin("Lemma W")
def test_twin_K_minus_2_in_place_of_K_minus_1():
    with pytest.raises(RefutedError):
        prove(nonnegative(c**2 - (K - H) / (H * (K - 2))), [*FRAME, size > 2])


@pytest.mark.twin("Lemma W")
def test_twin_strict():
    with pytest.raises(RefutedError):
        prove(positive(c**2 - squared_bound), FRAME)
