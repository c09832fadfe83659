"""Equations 58 to 62: the cosines x_i = cos θ_{z,i} of the optimal structure, and lemma 4.1, all there are.

**Claim** (eqs 58–62). For the optimal structure Σ_i w_iᵀz = 0, so Σ_i cos θ_{z,i} = 0, and with class 1 the closest,
max σ(z) = e^{c x_1}/Σ_j e^{c x_j}, c = ‖w‖‖z‖. Eqs 71–72 repeat the first part, also for differences.

**Verdict.** Proved under a stated hypothesis: zero (or equal) biases for eqs 61–62.

**What is true** (lemma 4.1). Put A = K/(K−1). A vector x in R^K is the vector of cosines of some z with the K weights
of an optimal structure in R^H, H ≥ K−1, **iff**

    Σ x_i = 0 and Σ x_i² = A (H = K−1),    Σ x_i = 0 and Σ x_i² ≤ A (H ≥ K).

Σ x_i² = A iff z lies in the span of the weights. The largest cosine m = max x_i is in [0, 1] if H ≥ K, in [1/(K−1),
1] if H = K−1, and every value occurs. In general Σ x_i² ≤ K(K−1) m², with equality iff x = (m, …, m, −(K−1)m).

**Proof.** Unit weights ŵ_i have the Gram matrix G_ij = (K δ_ij − 1)/(K−1) = A δ_ij − 1/(K−1). ‖Σ ŵ_i‖² = Σ_ij G_ij =
0, hence Σ x_i = 0 and eqs 58–60. G² = A G, so S = Σ ŵ_i ŵ_iᵀ satisfies S ŵ_j = Σ_i G_ij ŵ_i = A ŵ_j: S is A times the
projection P on the span, and Σ x_i² = ẑᵀS ẑ = A‖Pẑ‖² ≤ A, an equality iff ẑ is in the span; the span is everything
iff H = K−1. Conversely, given x, put ẑ = (1/A) Σ x_i ŵ_i + n, n orthogonal to the span with ‖n‖² = 1 − Σ x_i²/A (n =
0 if H = K−1). Then ŵ_jᵀẑ = (1/A)(A x_j − Σ x_i/(K−1)) = x_j and ‖ẑ‖² = (1/A²) Σ_ij x_i x_j G_ij + ‖n‖² = 1. *Range of
m.* m ≥ 0 as the x_i sum to 0. The K numbers m − x_i are ≥ 0 with sum K m, so the sum of their squares is at most
K²m², with equality iff one of them is K m and the rest 0; and it equals K m² + Σ x_i². If Σ x_i² = A this gives
K(K−1) m² ≥ K/(K−1), that is m ≥ 1/(K−1). The points (m, −m/(K−1), …) and, for m ≥ 1/(K−1), the extreme points of
theorem E attain every m. Eq 62 is eq 61 with equal norms. ∎

**What the machine checks.** G² = A G and both sums of the converse for symbolic K (row by row: the sum over i splits
into i = j and K−1 equal terms); explicit coordinates for small K as a second route; the range of m by z3 for symbolic
K.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 4; tight frames: Benedetto & Fickus (2003).
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import confidence
from softmax_geometry.symbolic.softmax import affine_logits, magnitude_angle_softmax
from softmax_geometry.symbolic.structure import gram_entry, simplex_coordinates, simplex_vertices
from softmax_geometry.symbolic.vectors import dot, squared_norm

K = sp.Symbol("K", integer=True, positive=True)
c = sp.Symbol("c", positive=True)
A = K / (K - 1)
own, other = gram_entry(1, 1, K), gram_entry(1, 2, K)


@pytest.mark.proves("Equations 58-62", "Lemma 4.1")
def test_row_sums_of_the_gram_matrix_vanish():
    assert sp.simplify(own + (K - 1) * other) == 0
    assert own.subs(K, 7) == 1


@pytest.mark.proves("Lemma 4.1")
def test_the_gram_matrix_is_A_times_a_projection():
    """(G²)_11 = 1 + (K−1)G_12² and (G²)_12 = 2 G_11 G_12 + (K−2) G_12²."""
    assert sp.simplify(own**2 + (K - 1) * other**2 - A * own) == 0
    assert sp.simplify(2 * own * other + (K - 2) * other**2 - A * other) == 0


@pytest.mark.proves("Lemma 4.1")
def test_the_point_built_from_cosines_has_them():
    """Inner products and norm of (1/A) Σ x_i ŵ_i, where others = Σ_{i≠j} x_i and q = Σ x_i²."""
    x_j, q = sp.symbols("x_j q", real=True)
    others = -x_j  # Σ x_i = 0
    assert sp.simplify((own * x_j + other * others) / A - x_j) == 0
    rest = -q  # Σ_{i≠j} x_i x_j = (Σ x_i)² − q
    assert sp.simplify((own * q + other * rest) / A**2 + (1 - q / A) - 1) == 0


size, m, q, largest_gap = z3.Reals("K m q largest_gap")


@pytest.mark.proves("Lemma 4.1")
def test_least_possible_largest_cosine():
    """Σ(m−x_i)² = K m² + q ≤ (K m)²; with q = A it gives m ≥ 1/(K−1)."""
    prove(m * (size - 1) >= 1, [size >= 2, m >= 0, q * (size - 1) == size, size * m * m + q <= (size * m) ** 2])


@pytest.mark.proves("Equations 58-62")
@pytest.mark.parametrize("number", [2, 3, 5])
def test_confidence_is_the_softmax_of_c_times_the_cosines(number):
    x = sp.symbols(f"x1:{number + 1}", real=True)
    norm, size_z = sp.symbols("norm size_z", positive=True)
    assert sp.simplify(confidence(norm * size_z, x) - magnitude_angle_softmax([norm] * number, size_z, x)[0]) == 0


@pytest.mark.second_route("Equations 58-62", "Lemma 4.1")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_in_coordinates(number):
    """Cosine sums of a general z; in R^K the squares fall short of A by A times the part off the span."""
    for weight, normal in ((simplex_coordinates(number), None), (simplex_vertices(number), [1] * number)):
        z = sp.symbols(f"z1:{len(weight[0]) + 1}", real=True)
        l = affine_logits(weight, z)
        off_span = 0 if normal is None else dot(normal, z) ** 2 / squared_norm(normal)
        assert sp.simplify(sum(l)) == 0
        assert sp.expand(squared_norm(l) - A.subs(K, number) * (squared_norm(z) - off_span)) == 0


@pytest.mark.second_route("Lemma 4.1")
def test_every_extreme_with_two_values():
    """Among x = (m^k, b^{K−k}) on the sphere, m = √((K−k)/(k(K−1))) is least for k = K−1, where it is 1/(K−1)."""
    k = sp.Symbol("k", positive=True)
    square = (K - k) / (k * (K - 1))
    b = -k * sp.sqrt(square) / (K - k)
    assert sp.simplify(k * square + (K - k) * b**2 - A) == 0
    assert sp.simplify(square.subs(k, K - 1) - 1 / (K - 1) ** 2) == 0
    assert sp.simplify(sp.diff(square, k) + K / (k**2 * (K - 1))) == 0  # falls in k


@pytest.mark.twin("Equations 58-62")
def test_twin_orthogonal_weights():
    """e_1, …, e_K have the same softmax up to a shift, but their cosines do not sum to 0."""
    assert sum(affine_logits([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1, 2, 2])) != 0
    assert sum(affine_logits(integer_simplex(3), [1, 2, 2])) == 0


@pytest.mark.twin("Equations 58-62")
def test_twin_with_a_bias_equation_61_fails():
    """K = 2, w = ±1, z = 1, b = (0, 2): logits 1 and 1, confidence 1/2 and not e/(e + 1/e)."""
    assert affine_logits([[1], [-1]], [1], [0, 2]) == [1, 1]
    assert sp.simplify(confidence(1, [1, -1]) - sp.Rational(1, 2)) != 0


@pytest.mark.twin("Lemma 4.1")
def test_twin_squares_sum_to_one():
    assert sp.simplify(own**2 + (K - 1) * other**2 - own) != 0


@pytest.mark.twin("Lemma 4.1")
def test_twin_the_least_cosine_off_the_span():
    """For H ≥ K, q ≤ A only, and m may be 0."""
    with pytest.raises(RefutedError) as refuted:
        prove(
            m * (size - 1) >= 1,
            [size >= 2, m >= 0, q >= 0, q * (size - 1) <= size, size * m * m + q <= (size * m) ** 2],
        )
    m_found, size_found = (Fraction(refuted.value.model[name]) for name in ("m", "K"))
    assert m_found * (size_found - 1) < 1
