"""Theorem 3.4: with H ≤ K−2 features the best margin loses a fraction 1/K.

**Claim** (ours; the case theorem 3 excludes). Let K ≥ H+2, ‖w_i‖ ≤ c1, ‖μ_i‖ ≤ c2, biases free. Then
min_{i≠j} [(w_i − w_j)ᵀμ_i + b_i − b_j] ≤ c1 c2. For H+2 ≤ K ≤ 2H it is attained, by any K vectors of ±c1 e_h, zero
biases, μ_i = (c2/c1) w_i. Against K c1 c2/(K−1) (theorem 3.1) the relative loss is 1/K.

**Verdict.** Proved.

**What is true.** As claimed. With zero biases each of the two groups of the proof alone gives the bound.

**Proof** (Radon). K ≥ H+2 points w_i of R^H fall into two disjoint groups I, J whose convex hulls meet, p = Σ_I a_i
w_i = Σ_J a_j w_j with weights a ≥ 0 of sum 1 in each group. Let d be the least margin, β = Σ_I a_i b_i − Σ_J a_j b_j.
For i in I, multiply (w_i − w_j)ᵀμ_i + b_i − b_j ≥ d by a_j and sum over J: (w_i − p)ᵀμ_i + b_i − Σ_J a_j b_j ≥ d.
Multiply by a_i and sum over I, with Cauchy–Schwarz: c2 r_I + β ≥ d, r_I = Σ_I a_i ‖w_i − p‖. Likewise c2 r_J − β ≥ d.
Now r_I² ≤ Σ_I a_i ‖w_i − p‖² = Σ_I a_i ‖w_i‖² − ‖p‖² ≤ c1², and the same for J. Add: 2d ≤ 2 c1 c2.
*Attained:* the margins of the sub-orthoplex are c1 c2 (1 − cos θ_ij), and every cosine is 0 or −1; as K > H+1 ≥ 2,
some pair is orthogonal unless H = 1, which K ≤ 2H excludes. ∎

**What the machine checks.** The variance identity in coordinates, the Jensen step and the conclusion (z3), exact
margins of the sub-orthoplexes. Second route: H = 1, K = 3 in full by z3, where the bound even halves. A person must
read Radon's theorem and the two summations.

**Sources.** Radon (1921); Rankin (1955).
"""

from __future__ import annotations

import itertools

import pytest
import sympy as sp
import z3

from numerics.exact import integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.structure import aligned_gap
from softmax_geometry.symbolic.vectors import difference, dot, squared_norm


def least_margin(W):
    """With μ_i = w_i and zero biases."""
    return min(dot(difference(v, w), v) for v, w in itertools.permutations(W, 2))


@pytest.mark.proves("Theorem 3.4")
def test_spread_around_the_radon_point():
    """Σ a ‖w − p‖² = Σ a ‖w‖² − ‖p‖² for p = Σ a w, Σ a = 1."""
    a, W = sp.symbols("a1:4"), [sp.symbols(f"w{i}_1:3") for i in range(3)]
    a = [a[0], a[1], 1 - a[0] - a[1]]
    p = [sp.Add(*[s * v for s, v in zip(a, column, strict=True)]) for column in zip(*W, strict=True)]
    spread = sp.Add(*[s * squared_norm(difference(w, p)) for s, w in zip(a, W, strict=True)])
    moments = sp.Add(*[s * squared_norm(w) for s, w in zip(a, W, strict=True)]) - squared_norm(p)
    assert sp.expand(spread - moments) == 0


@pytest.mark.proves("Theorem 3.4")
def test_mean_distance_is_at_most_the_root_mean_square():
    """Variance of n = ‖w_i − p‖ under the weights a, for three points; any number by the same identity."""
    a, b, n1, n2, n3 = z3.Reals("a b n1 n2 n3")
    mean, square = a * n1 + b * n2 + (1 - a - b) * n3, a * n1 * n1 + b * n2 * n2 + (1 - a - b) * n3 * n3
    pairs = (
        a * b * (n1 - n2) * (n1 - n2)
        + a * (1 - a - b) * (n1 - n3) * (n1 - n3)
        + b * (1 - a - b) * (n2 - n3) * (n2 - n3)
    )
    prove(square - mean * mean == pairs)
    prove(a * b * n1 * n1 >= 0, [a >= 0, b >= 0])


@pytest.mark.proves("Theorem 3.4")
def test_both_groups_together_bound_the_margin():
    d, beta, c1, c2, r, s = z3.Reals("d beta c1 c2 r s")
    radii = [c1 > 0, c2 > 0, r >= 0, s >= 0, r * r <= c1 * c1, s * s <= c1 * c1]
    prove(d <= c1 * c2, [*radii, d <= c2 * r + beta, d <= c2 * s - beta])
    K, x, y = sp.symbols("K c1 c2", positive=True)
    assert sp.simplify(1 - x * y / aligned_gap(x, y, K) - 1 / K) == 0


@pytest.mark.proves("Theorem 3.4")
def test_parts_of_the_orthoplex_attain_it():
    for H in (2, 3, 4):
        vectors = [tuple(sign * int(i == h) for h in range(H)) for i in range(H) for sign in (1, -1)]
        for K in range(H + 2, 2 * H + 1):
            assert {least_margin(chosen) for chosen in itertools.combinations(vectors, K)} == {1}


@pytest.mark.second_route("Theorem 3.4")
def test_three_classes_on_a_line():
    """(1, 2) and (2, 1) add up to (w_1−w_2)(μ_1−μ_2) ≥ 2d, and so do 2 and 3; at w = μ = (1, 0, −1), d = 1/2."""
    u, v, x, y, d = z3.Reals("u v x y d")
    steps = [u >= 0, v >= 0, u + v <= 2, x + y <= 2, u * x >= 2 * d, v * y >= 2 * d, d > 0]
    prove(2 * d <= 1, steps)
    w, b = (1, 0, -1), (sp.Rational(-1, 2), 0, sp.Rational(-1, 2))
    margins = [(w[i] - w[j]) * w[i] + b[i] - b[j] for i, j in itertools.permutations(range(3), 2)]
    assert min(margins) == sp.Rational(1, 2)


@pytest.mark.second_route("Theorem 3.4")
def test_zero_biases_on_a_line_leave_no_margin():
    """The middle weight is a convex combination of the others, so it never wins."""
    w1, w2, w3, m, d = z3.Reals("w1 w2 w3 m d")
    prove(d <= 0, [w1 >= w2, w2 >= w3, (w2 - w1) * m >= d, (w2 - w3) * m >= d])


@pytest.mark.twin("Theorem 3.4")
def test_twin_one_class_fewer_beats_the_bound():
    """K = H+1: the simplex, with ‖w_i‖² = 3 in R³."""
    assert least_margin(integer_simplex(4, H=3)) == 4 > 3


@pytest.mark.twin("Theorem 3.4")
def test_twin_radii_beyond_c1():
    d, beta, c1, c2, r, s = z3.Reals("d beta c1 c2 r s")
    with pytest.raises(RefutedError):
        prove(d <= c1 * c2, [c1 > 0, c2 > 0, r * r <= c1 * c1, s >= 0, d <= c2 * r + beta, d <= c2 * s - beta])


@pytest.mark.twin("Theorem 3.4")
def test_twin_a_smaller_bound_on_the_line():
    u, v, x, y, d = z3.Reals("u v x y d")
    steps = [u >= 0, v >= 0, u + v <= 2, x + y <= 2, u * x >= 2 * d, v * y >= 2 * d, d > 0]
    with pytest.raises(RefutedError):
        prove(2 * d < 1, steps)
