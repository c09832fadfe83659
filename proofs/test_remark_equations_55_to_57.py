"""Equations 55 to 57: what the paper says before theorem 4 about changes of the cosines.

**Claim.** Eq 55: the changes of the cosines between z and the K weights sum to zero. Eq 56: the ratio Δcos_1/(Δcos_1
+ Σ_{j≥2} Δcos_j) decreases with Δcos_1. Eq 57: Σ a_i > Σ b_i does not imply Σ e^{a_i} > Σ e^{b_i}.

**Verdict.** Eq 55 is proved under a stated hypothesis, Σ_i w_i/‖w_i‖ = 0, which the optimal structure meets. Eq 56 is
refuted: its denominator is 0 by eq 55, so the ratio is never defined. Eq 57 is proved.

**What is true.** Let v = Σ_i w_i/‖w_i‖. Then Σ_i cos θ_{z,i} = vᵀz/‖z‖, and it is the same for all z iff v = 0. For K
unit vectors with all cosines −1/(K−1), v = 0. For the sandwich of proposition 5, v = (0, 1) and the sum varies from
−1 to 1. Eq 57 fails everywhere, not only in places: for every a in R^K with K ≥ 2 there is a b with a smaller sum and
a larger sum of exponentials. So conservation of the sum alone says nothing about a softmax.

**Proof.** cos θ_{z,i} = (w_i/‖w_i‖)ᵀ(z/‖z‖); add over i. If the sum is one constant κ on the sphere, its values at ẑ
and −ẑ are κ and −κ, so κ = 0, and vᵀẑ = 0 for all ẑ gives v = 0. For the optimal structure ‖v‖² = Σ_ij cos(w_i, w_j)
= K − K(K−1)/(K−1) = 0. *Eq 56.* The denominator is Σ_i Δcos_i = 0. *Eq 57.* a = (1, 1), b = (3, −2): 2 > 1, but e³ +
e^{−2} > 2e, since e⁵ − 2e³ = e³(e² − 2) > 0. In general b = (T, Σa − 1 − T, 0, …, 0) has the sum Σa − 1, and e^T > Σ
e^{a_i} for T large. ∎

**What the machine checks.** The Gram sum for symbolic K and the sandwich; eq 57 by an exact comparison of exponential
sums (Lindemann–Weierstrass and Arb) and, as second route, by z3 with nothing known of e but e² > 2.

**Sources.** Pearce, Brintrup & Zhu (2021), remark before theorem 4.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
import sympy as sp
import z3

from numerics.exact import exponential_sum_sign
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.structure import gram_entry, named_structures, simplex_coordinates, simplex_vertices
from softmax_geometry.symbolic.vectors import dot, squared_norm

K = sp.Symbol("K", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)


def cosine_sum(weight, z):
    """Σ_i cos(z, w_i)."""
    return sp.simplify(sum(dot(w, z) / sp.sqrt(squared_norm(w) * squared_norm(z)) for w in weight))


@pytest.mark.proves("Equation 55")
def test_unit_vectors_of_the_optimal_structure_sum_to_zero():
    """‖v‖² = K w_iᵀw_i + K(K−1) w_iᵀw_j for any i ≠ j, from the Gram matrix, K symbolic."""
    assert sp.simplify(K * gram_entry(1, 1, K) + K * (K - 1) * gram_entry(1, 2, K)) == 0


@pytest.mark.second_route("Equation 55")
@pytest.mark.parametrize("size", [2, 3, 5])
def test_in_coordinates(size):
    for weight in (simplex_vertices(size), simplex_coordinates(size)):
        z = sp.symbols(f"z1:{len(weight[0]) + 1}", real=True)
        assert sp.simplify(sum(dot(w, z) for w in weight)) == 0
        assert all(sp.simplify(squared_norm(w)) == 1 for w in weight)


@pytest.mark.twin("Equation 55")
def test_twin_any_structure():
    sandwich = named_structures()["sandwich"]
    assert [sum(column) for column in zip(*sandwich, strict=True)] == [0, 1]
    assert cosine_sum(sandwich, [1, 0]) == 0
    assert cosine_sum(sandwich, [sp.Rational(4, 5), -sp.Rational(3, 5)]) == -sp.Rational(3, 5)


@pytest.mark.twin("Equation 55")
def test_twin_another_common_cosine():
    """Orthonormal weights, cosine 0 in place of −1/(K−1)."""
    assert sp.simplify(K * gram_entry(1, 1, K) + K * (K - 1) * 0) != 0


@pytest.mark.proves("Equation 56")
def test_the_denominator_vanishes_for_the_optimal_structure():
    path = [(1, 2), (3, 1), (-2, 5)]
    sums = [cosine_sum(simplex_coordinates(3), z) for z in path]
    assert [after - before for before, after in pairwise(sums)] == [0, 0]


@pytest.mark.second_route("Equation 56")
def test_no_value_of_the_ratio_is_consistent_with_equation_55():
    first, others, ratio = z3.Reals("first others ratio")
    prove(z3.Not(ratio * (first + others) == first), [first < 0, first + others == 0])


@pytest.mark.twin("Equation 56")
def test_twin_without_equation_55_the_ratio_exists():
    first, others, ratio = z3.Reals("first others ratio")
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Not(ratio * (first + others) == first), [first < 0])
    assert Fraction(refuted.value.model["first"]) + Fraction(refuted.value.model["others"]) != 0


@pytest.mark.proves("Equation 57")
def test_a_larger_sum_with_smaller_exponentials():
    a, b = [1, 1], [3, -2]
    assert sum(a) > sum(b)
    assert exponential_sum_sign([1, 1, -1, -1], [*a, *b]) == -1


@pytest.mark.second_route("Equation 57")
def test_from_e_squared_above_2():
    """e³ + e^{−2} > 2e, multiplied by e²."""
    e = z3.Real("e")
    prove(e**5 + 1 > 2 * e**3, [e > 1, e * e > 2])


@pytest.mark.twin("Equation 57")
def test_twin_any_base_will_do():
    e = z3.Real("e")
    with pytest.raises(RefutedError) as refuted:
        prove(e**5 + 1 > 2 * e**3, [e >= 1])
    assert 1 <= Fraction(refuted.value.model["e"]) < 2


@pytest.mark.twin("Equation 57")
def test_twin_the_same_pair_the_other_way_round():
    """For a = (3, −1), b = (1, 0) the implication holds: the witness matters."""
    a, b = [3, -1], [1, 0]
    assert sum(a) > sum(b)
    assert exponential_sum_sign([1, 1, -1, -1], [*a, *b]) == 1
